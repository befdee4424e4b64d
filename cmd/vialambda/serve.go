package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/internal/serve"
)

// serveOptions are the flags of "vialambda serve".
type serveOptions struct {
	set    *pflag.FlagSet
	values *serve.Config // what the flags say; of these only the changed ones count
	routes []string
	target gateway.Target // of functions named by flags
	format string
	mode   string
	file   string
	local  string
	check  bool
	help   bool

	maxHeaderBytes, maxBytesInFlight string
}

func newServeOptions() *serveOptions {
	o := &serveOptions{values: serve.Default()}
	f := pflag.NewFlagSet("vialambda serve", pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.SortFlags = false
	v := o.values
	f.StringArrayVar(&o.routes, "route", nil, "`'[METHOD ]PATH=TARGET'`: a path, or a prefix that ends in /*, and a function; repeatable")
	f.StringSliceVar(&v.Proxy, "proxy", nil, "`TARGETS` that answer to http://TARGET.lambda.internal/")
	f.StringSliceVar(&v.ByName, "by-name", nil, "`TARGETS` that answer at /TARGET/…")
	f.StringVar(&o.format, "format", "", "`FORMAT` that functions named here expect: rest-api (default), http-api, function-url, alb, alb-multi-value or raw")
	f.StringVar(&o.mode, "mode", "", "`MODE` of their answers: buffered (default), stream or auto")
	f.BoolVar(&o.target.Async, "async", false, "let their clients ask for an asynchronous call (Prefer: respond-async)")
	f.DurationVar(&o.target.Timeout, "timeout", 0, "`TIME` that their answers may take (default 15m)")
	f.IntVar(&o.target.MaxConcurrent, "max-concurrent", 0, "`NUMBER` of calls of each at a time; default: any")
	f.IntVar(&o.target.Queue, "queue", 0, "`NUMBER` of calls that may wait for their turn")
	f.StringVar(&o.file, "config", "", "`FILE` (YAML) for all of this and more; flags come before it")
	f.BoolVar(&o.check, "check", false, "read the configuration, say what is wrong, serve nothing")
	f.StringVar(&v.Listen, "listen", v.Listen, "`ADDRESS` to listen on: host:port or unix:PATH")
	f.BoolVar(&v.InsecureListen, "insecure-listen", false, "allow an address beyond this machine without TLS")
	f.StringVar(&v.TLSCert, "tls-cert", "", "`FILE` of the certificate chain, PEM")
	f.StringVar(&v.TLSKey, "tls-key", "", "`FILE` of its key, PEM")
	f.StringVar(&v.MetricsListen, "metrics-listen", "", "`ADDRESS` of /metrics, /healthz and /readyz; default: none")
	f.StringSliceVar(&v.Hosts, "hosts", nil, "`NAMES` besides loopback ones that requests may be addressed to")
	f.StringSliceVar(&v.TrustedProxies, "trusted-proxies", nil, "`ADDRESSES` (10.0.0.0/8, unix) whose X-Forwarded-* are believed")
	f.BoolVar(&v.ProblemJSON, "problem-json", false, "errors as application/problem+json (RFC 9457)")
	f.StringVar(&v.LogFormat, "log-format", v.LogFormat, "`FORMAT` of the log on stderr: text or json")
	f.DurationVar(&v.HeaderTimeout, "header-timeout", v.HeaderTimeout, "`TIME` a client has for a request's header")
	f.DurationVar(&v.IdleTimeout, "idle-timeout", v.IdleTimeout, "`TIME` a connection may be idle")
	f.DurationVar(&v.BodyTimeout, "body-timeout", 0, "`TIME` a client has for a body (default 1m)")
	f.DurationVar(&v.WriteTimeout, "write-timeout", 0, "`TIME` a client may take nothing of an answer (default 1m)")
	f.DurationVar(&v.DrainTimeout, "drain-timeout", v.DrainTimeout, "`TIME` that requests have to end when the server stops")
	f.StringVar(&o.maxHeaderBytes, "max-header-bytes", "64KiB", "`SIZE` of a request's header at most")
	f.StringVar(&o.maxBytesInFlight, "max-bytes-in-flight", "256MiB", "`SIZE` of all bodies and answers held at most")
	f.IntVar(&v.MaxAttempts, "max-attempts", 0, "`NUMBER` of times an invocation is sent at most (default 3)")
	f.StringVar(&v.Region, "region", "", "AWS `REGION`; default as the AWS CLI has it")
	f.StringVar(&v.Profile, "profile", "", "`PROFILE` of the AWS configuration")
	f.StringVar(&v.Role, "role", "", "`ARN` of a role to assume")
	f.StringVar(&v.ExternalID, "external-id", "", "`ID` that the role's trust policy asks for")
	f.StringVar(&v.SessionName, "session-name", "", "`NAME` of the session with that role (default vialambda)")
	f.StringVar(&v.EndpointURL, "endpoint-url", "", "`URL` of another Invoke API, such as vialambda local")
	f.StringVar(&o.local, "local", "", "serve functions inside this command: sample functions, or those of `FILE`")
	f.Lookup("local").NoOptDefVal = samplesSet
	offer(f, "format", formatNames()...)
	offer(f, "mode", modeNames()...)
	offer(f, "log-format", "text", "json")
	f.BoolVarP(&o.help, "help", "h", false, "show this")
	o.set = f
	return o
}

func serveVerb() verb {
	return verb{
		name:     "serve",
		synopsis: "[flags] [FUNCTION]...",
		summary:  "put functions behind HTTP",
		about: `One FUNCTION ([qualifier.]name) answers at /; several answer at /FUNCTION/… each. All of them answer
to http://FUNCTION.lambda.internal/ through HTTP_PROXY too.

  vialambda serve --local flaskexp-test
  vialambda serve --route '/api/orders/*=prod.orders' --route 'GET /health=health'
  vialambda serve --config gateway.yaml`,
		after:    "SIGHUP reads the configuration again; if it is wrong, the old one stays. See docs/gateway.md.",
		flags:    func() *pflag.FlagSet { return newServeOptions().set },
		complete: completeFunction,
		run:      runServe,
	}
}

// runServe is "vialambda serve".
func runServe(ctx context.Context, t *terminal, args []string) int {
	o := newServeOptions()
	if err := o.set.Parse(args); err != nil {
		return t.fail(ctx, flagError(err))
	}
	if o.help {
		fmt.Fprint(t.out, serveVerb().help())
		return exitOK
	}
	if err := o.run(ctx, t); err != nil {
		return t.failServe(ctx, err)
	}
	return exitOK
}

// failServe prints each of several mistakes in a line of its own.
func (t *terminal) failServe(ctx context.Context, err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			t.failServe(ctx, one)
		}
		return exitUsage
	}
	if _, ok := errors.AsType[*serve.Error](err); ok {
		err = &usageError{err.Error()}
	}
	return t.fail(ctx, err)
}

func (o *serveOptions) run(ctx context.Context, t *terminal) error {
	connect, done, err := o.connect(t)
	if err != nil {
		return err
	}
	defer done()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	server := &serve.Server{Load: o.load, Connect: connect, Reload: hangup, Log: t.err, Ready: announceGateway(t)}
	if o.check {
		if err := server.Check(ctx); err != nil {
			return err
		}
		fmt.Fprintln(t.out, "the configuration is good")
		return nil
	}
	err = server.Run(ctx)
	if _, ok := errors.AsType[*net.OpError](err); ok || err != nil && strings.HasPrefix(err.Error(), "cannot listen") {
		return &usageError{err.Error()}
	}
	return err
}

// connect returns what makes Clients, and a function that ends what it started.
func (o *serveOptions) connect(t *terminal) (func(context.Context, serve.Account) (*serve.Client, error), func(), error) {
	if o.local == "" {
		return serve.AWS(func(ctx context.Context, a serve.Account) (aws.Config, error) {
			options := options{connectOptions: connectOptions{region: a.Region, profile: a.Profile, endpoint: a.EndpointURL}}
			return options.awsConfig(ctx)
		}), func() {}, nil
	}
	invoker := openSamples().naming()
	done := func() {}
	if o.local != samplesSet {
		running, err := openLocal(o.local, t)
		if err != nil {
			return nil, nil, err
		}
		invoker, done = running.naming(), running.close
	}
	client := &serve.Client{Invoker: invoker}
	return func(context.Context, serve.Account) (*serve.Client, error) { return client, nil }, done, nil
}

// noProxy are the names that must not go through the gateway: the addresses of
// EC2's, ECS's and EKS Pod Identity's credentials, so that the caller's own AWS SDK
// goes on working.
const noProxy = "169.254.169.254,169.254.170.2,localhost,127.0.0.1,169.254.170.23"

// announceGateway says where the gateway is and what clients have to set.
func announceGateway(t *terminal) func(c *serve.Config, listening, metrics net.Addr) {
	return func(c *serve.Config, listening, metrics net.Addr) {
		scheme := "http"
		if c.TLSCert != "" {
			scheme = "https"
		}
		base := scheme + "://" + listening.String()
		if listening.Network() == "unix" {
			base = "unix:" + listening.String()
		}
		fmt.Fprintf(t.out, "vialambda gateway: %s\n", base)
		for _, r := range c.Routes {
			fmt.Fprintf(t.out, "  %s -> %s\n", strings.TrimSpace(strings.Join(r.Methods, ",")+" "+strings.Join(r.Hosts, ",")+r.Path), r.Target)
		}
		for _, name := range c.ByName {
			fmt.Fprintf(t.out, "  /%s/* -> %s\n", name, name)
		}
		if metrics != nil {
			fmt.Fprintf(t.out, "metrics: http://%s/metrics\n", metrics)
		}
		if len(c.Proxy) > 0 && listening.Network() != "unix" {
			fmt.Fprintf(t.out, "\nFor clients that honour HTTP_PROXY:\n  export HTTP_PROXY=%[1]s http_proxy=%[1]s NO_PROXY=%[2]s no_proxy=%[2]s\n", scheme+"://"+reachable(listening), noProxy)
			for _, name := range c.Proxy {
				fmt.Fprintf(t.out, "  curl http://%s%s/\n", name, vialambda.Suffix)
			}
		}
	}
}

// reachable is an address at which this machine reaches listening, which may be all
// of its addresses.
func reachable(listening net.Addr) string {
	if tcp, ok := listening.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(tcp.Port))
	}
	return listening.String()
}
