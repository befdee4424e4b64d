package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/localset"
	"github.com/vialambda/vialambda/internal/samples"
	"github.com/vialambda/vialambda/locallambda"
)

// runningSet is functions that can be called, with what is known of their format
// and routes.
type runningSet struct {
	functions locallambda.Functions
	targets   vialambda.Targets
	commands  []*locallambda.Command
}

// startSet makes functions of commands. It starts no process: the first
// invocation does. endpoint is the Invoke API by which the functions can call
// each other; "" if there is none.
func startSet(set *localset.Set, log *lineLog, throttle bool, endpoint string) (*runningSet, error) {
	r := &runningSet{functions: locallambda.Functions{}, targets: vialambda.Targets{}}
	for _, f := range set.Functions {
		if err := checkProgram(f); err != nil {
			return nil, err
		}
		command := &locallambda.Command{
			Name: f.Name, Args: f.Command, Dir: f.Dir, Handler: f.Handler,
			Timeout: f.Timeout, MemoryMB: f.MemoryMB, MaxConcurrency: f.Concurrency,
			Throttle: throttle, Log: log, Observe: log.report,
		}
		switch {
		case endpoint != "":
			command.Env = slices.Concat(inherited(), []string{"AWS_ENDPOINT_URL_LAMBDA=" + endpoint}, f.Env)
		case len(f.Env) > 0:
			command.Env = append(inherited(), f.Env...)
		}
		r.functions[f.Name] = command
		r.commands = append(r.commands, command)
		r.targets[f.Name] = vialambda.Target{Format: f.Format, Routes: f.Routes}
	}
	return r, nil
}

// checkProgram says early that a program is not there.
func checkProgram(f localset.Function) error {
	program := f.Command[0]
	if strings.ContainsRune(program, filepath.Separator) && !filepath.IsAbs(program) {
		var err error
		if program, err = filepath.Abs(filepath.Join(f.Dir, program)); err != nil {
			return err
		}
	}
	if _, err := exec.LookPath(program); err != nil && !errors.Is(err, exec.ErrDot) {
		return usagef("function %s: the program %s cannot be run: %v", f.Name, f.Command[0], reasonOf(err))
	}
	return nil
}

func reasonOf(err error) error {
	if e, ok := errors.AsType[*exec.Error](err); ok {
		err = e.Err
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	return err
}

// inherited is this process's environment without what belongs to a function
// that it may itself be, as a locallambda.Command without an Env has it.
func inherited() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		switch name {
		case "_HANDLER", "AWS_EXECUTION_ENV", "AWS_XRAY_DAEMON_ADDRESS", "AWS_XRAY_CONTEXT_MISSING", "GOCOVERDIR", "TZ":
			return true
		}
		return strings.HasPrefix(name, "AWS_LAMBDA_") || strings.HasPrefix(name, "_LAMBDA_") || strings.HasPrefix(name, "LAMBDA_")
	})
}

func (r *runningSet) names() []string {
	var names []string
	for name := range r.functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (r *runningSet) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for _, c := range r.commands {
		wg.Go(func() { _ = c.Close(ctx) }) // nothing is left to do where it fails
	}
	wg.Wait()
}

// openLocal is --local=FILE: the functions of a file, with no server between.
func openLocal(file string, t *terminal) (*runningSet, error) {
	set, err := localset.Load(file)
	if err != nil {
		return nil, &usageError{err.Error()}
	}
	return startSet(set, &lineLog{to: t.err, quiet: true}, false, "")
}

// openSamples is --local without a file.
func openSamples() *runningSet { return &runningSet{functions: samples.Functions()} }

// naming is an Invoker that names the functions there are where there is none of
// the name asked for.
func (r *runningSet) naming() vialambda.Invoker {
	return vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		res, err := r.functions.Invoke(ctx, in)
		if e, ok := errors.AsType[*vialambda.InvokeError](err); ok && e.Code == "ResourceNotFoundException" {
			named := *e
			there := "there are " + strings.Join(r.names(), ", ")
			named.Err = &noFunction{&usageError{"there is no function " + in.Function + ": " + there}, there}
			return nil, &named
		}
		return res, err
	})
}

// noFunction is the usageError of a function that is not there. Its hint is for the
// gateway's log, which has the error in AWS's words.
type noFunction struct {
	*usageError
	hint string
}

func (e *noFunction) Hint() string  { return e.hint }
func (e *noFunction) Unwrap() error { return e.usageError }

// lineLog writes whole lines, of several functions at a time.
type lineLog struct {
	mu    sync.Mutex
	to    io.Writer
	quiet bool // no line an invocation
}

func (l *lineLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(p)
}

// report is the line of an invocation that ran as a process.
func (l *lineLog) report(r locallambda.Report) {
	if l.quiet {
		return
	}
	start := "warm"
	if r.Cold {
		start = fmt.Sprintf("cold (%s)", milliseconds(r.Init))
	}
	l.line(r.Function, r.RequestID, start, r.Duration, r.Status, r.Error)
}

// entry is the line of any other invocation: of a sample, or one that was refused.
func (l *lineLog) entry(r *runningSet) func(locallambda.Entry) {
	return func(e locallambda.Entry) {
		if _, isProcess := r.functions[e.Function].(*locallambda.Command); isProcess && e.Err == nil {
			return // report has it
		}
		failure := e.Code
		if e.Err != nil {
			failure = oneLine(e.Err)
		}
		l.line(e.Function, e.RequestID, "-", e.Duration, e.Status, failure)
	}
}

func (l *lineLog) line(function, id, start string, took time.Duration, status int, failure string) {
	if function == "" {
		function = "-"
	}
	line := fmt.Sprintf("%s %s %s %s %d", function, id, start, milliseconds(took), status)
	if failure != "" {
		line += " " + failure
	}
	_, _ = fmt.Fprintln(l, line)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}
