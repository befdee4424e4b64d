package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda/internal/localset"
	"github.com/vialambda/vialambda/internal/samples"
	"github.com/vialambda/vialambda/locallambda"
)

// localOptions are the flags of "vialambda local".
type localOptions struct {
	functions []string
	file      string
	samples   bool
	port      int
	http      bool
	httpPorts []string
	region    string
	throttle  bool
	help      bool
}

func (o *localOptions) flagSet() *pflag.FlagSet {
	f := pflag.NewFlagSet("vialambda local", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	f.StringArrayVar(&o.functions, "function", nil, "a function and its command, `NAME='COMMAND ARGS'`; repeatable")
	f.StringVar(&o.file, "config", "", "`FILE` of functions, or an AWS SAM template")
	f.BoolVar(&o.samples, "samples", false, "the sample functions flaskexp-test, httpbin and echo")
	f.IntVar(&o.port, "port", 9001, "`PORT` of the Invoke API on 127.0.0.1; 0 takes a free one")
	f.BoolVar(&o.http, "http", false, "also serve each function at /NAME/… and for the host NAME.localhost")
	f.StringArrayVar(&o.httpPorts, "http-port", nil, "serve one function on a port of its own, `NAME=PORT`; repeatable")
	f.StringVar(&o.region, "region", "us-east-1", "`REGION` of the functions' ARNs")
	f.BoolVar(&o.throttle, "throttle", false, "answer 429 at a function's concurrency limit, as Lambda does, instead of waiting")
	f.BoolVarP(&o.help, "help", "h", false, "show this")
	return f
}

func localVerb() verb {
	return verb{
		name:     "local",
		synopsis: "[flags] [FILE]",
		summary:  "run functions on this machine",
		about: `Serves the Invoke API. FILE is a file of functions or an AWS SAM template. Functions are any programs that speak the
Lambda Runtime API: a Go program that calls lambda.Start, python3 -m awslambdaric app.handler, … They can call each other:
their AWS_ENDPOINT_URL_LAMBDA is this server, unless their own environment in FILE says otherwise.

  vialambda local --function orders='./bootstrap' --function flask='python3 -m awslambdaric app.handler'
  vialambda local template.yaml --http`,
		flags:    localFlags,
		complete: completeFile,
		run:      runLocal,
	}
}

func localFlags() *pflag.FlagSet {
	var o localOptions
	return o.flagSet()
}

// runLocal is "vialambda local".
func runLocal(ctx context.Context, t *terminal, args []string) int {
	var o localOptions
	f := o.flagSet()
	if err := f.Parse(args); err != nil {
		return t.fail(ctx, flagError(err))
	}
	if o.help {
		fmt.Fprint(t.out, localVerb().help())
		return exitOK
	}
	switch {
	case f.NArg() > 1 || f.NArg() == 1 && o.file != "":
		return t.fail(ctx, usagef("one file at a time: %s", strings.Join(f.Args(), " ")))
	case f.NArg() == 1:
		o.file = f.Arg(0)
	}
	if err := o.serve(ctx, t); err != nil {
		return t.fail(ctx, err)
	}
	return exitOK
}

// load is the functions of all flags.
func (o *localOptions) load(t *terminal) (*localset.Set, error) {
	set := &localset.Set{}
	if o.file != "" {
		var err error
		if set, err = localset.Load(o.file); err != nil {
			return nil, &usageError{err.Error()}
		}
		for _, note := range set.Notes {
			fmt.Fprintln(t.err, "note:", note)
		}
	}
	for _, flag := range o.functions {
		f, err := localset.ParseFlag(flag)
		if err != nil {
			return nil, &usageError{err.Error()}
		}
		set.Functions = append(set.Functions, f)
	}
	if err := localset.CheckNames(set.Functions); err != nil {
		return nil, &usageError{err.Error()}
	}
	if len(set.Functions) == 0 && !o.samples {
		return nil, usagef("no functions: write --function NAME='COMMAND', a file, or --samples")
	}
	return set, nil
}

// serve runs the functions until ctx ends.
func (o *localOptions) serve(ctx context.Context, t *terminal) error {
	set, err := o.load(t)
	if err != nil {
		return err
	}
	var servers servers
	defer servers.shutdown()
	listener, err := servers.listen(ctx, o.port)
	if err != nil {
		return err
	}
	defer listener.Close()
	log := &lineLog{to: t.err}
	running, err := startSet(set, log, o.throttle, "http://"+listener.Addr().String())
	if err != nil {
		return err
	}
	defer running.close()
	if o.samples {
		for name, fn := range samples.Functions() {
			if running.functions[name] == nil {
				running.functions[name] = fn
			}
		}
	}
	api := &locallambda.Server{Functions: running.functions, Region: o.region, Log: log.entry(running)}
	handler := http.Handler(api)
	if o.http {
		handler = alsoHTTP(api, running)
	}
	servers.serve(listener, handler)
	o.announce(t, listener.Addr().String(), running)
	for _, flag := range o.httpPorts {
		if err := servers.own(ctx, t, flag, running); err != nil {
			return err
		}
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(t.err, "vialambda local: stopping")
	case err = <-servers.failed():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
	defer cancel()
	if closeErr := api.Close(drain); closeErr != nil {
		fmt.Fprintln(t.err, "vialambda local: some invocations did not end:", oneLine(closeErr))
	}
	return err
}

// announce says where the functions are and how to point an SDK at them.
func (o *localOptions) announce(t *terminal, addr string, running *runningSet) {
	endpoint := "http://" + addr
	fmt.Fprintf(t.out, "Lambda on this machine: %s\n", endpoint)
	for _, name := range running.names() {
		fmt.Fprintf(t.out, "  %s", name)
		if o.http {
			fmt.Fprintf(t.out, "   %s/%s/", endpoint, name)
		}
		fmt.Fprintln(t.out)
	}
	_, port, _ := net.SplitHostPort(addr)
	if o.http {
		fmt.Fprintf(t.out, "  or by host: http://NAME.localhost:%s/\n", port)
	}
	fmt.Fprintf(t.out, `
Point an SDK, the AWS CLI or vialambda at it:
  export AWS_ENDPOINT_URL_LAMBDA=%s AWS_REGION=%s AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local
  vialambda http+lambda://%s/

`, endpoint, o.region, running.names()[0])
}

// servers are the HTTP servers of one command.
type servers struct {
	list []*http.Server
	errs chan error
	wg   sync.WaitGroup
}

func (s *servers) failed() <-chan error {
	if s.errs == nil {
		s.errs = make(chan error, 16)
	}
	return s.errs
}

func (s *servers) listen(ctx context.Context, port int) (net.Listener, error) {
	if port < 0 || port > 65535 {
		return nil, usagef("port %d is none: 0 to 65535", port)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, usagef("port %d is in use: choose another with --port, or 0 for a free one", port)
	}
	if err != nil {
		return nil, usagef("cannot listen: %v", err)
	}
	return l, nil
}

func (s *servers) serve(l net.Listener, h http.Handler) {
	s.failed()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10}
	s.list = append(s.list, server)
	s.wg.Go(func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.errs <- err
		}
	})
}

// shutdown lets what is under way end for a moment, then closes.
func (s *servers) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	for _, server := range s.list {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	s.wg.Wait()
}
