package locallambda

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
)

// What a Command does where a field is zero.
const (
	defaultTimeout     = 3 * time.Second // Lambda's own
	defaultInitTimeout = 10 * time.Second
	defaultMemory      = 128 // MB, Lambda's own
	defaultConcurrency = 10
	defaultIdleTimeout = 10 * time.Minute
	defaultHandler     = "bootstrap"
)

// Command is a function that runs as processes of its own: any program that
// speaks the Lambda Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), unchanged.
// A Go program that calls lambda.Start, "python3 -m awslambdaric app.handler", a
// Rust bootstrap, a shell script.
//
//	orders := &locallambda.Command{Args: []string{"./bootstrap"}, Log: os.Stderr}
//	defer orders.Close(context.Background())
//	transport := &vialambda.Transport{Invoker: locallambda.Functions{"orders": orders}}
//
// # Workers
//
// A process is a worker: it takes one invocation at a time. The first invocation
// starts one, a second that comes meanwhile another, up to MaxConcurrency; a
// free worker is used again, the one most recently used first. A worker that
// exits is replaced when the next invocation needs one, after a pause if several
// in a row exited without an answer. A worker whose program has changed on disk
// is replaced too.
//
// Every worker leads a process group. At the invocation's deadline, and whenever
// the worker itself exits, the whole group is killed. If this process is killed,
// the kernel kills the workers on Linux; elsewhere they end when they next ask
// for work. What a worker started and moved to another group or session is
// beyond reach.
//
// Processes need Linux, macOS or another Unix; elsewhere every Invoke is an
// error that wraps [errors.ErrUnsupported].
//
// # Answers
//
// What Invoke returns is what Lambda answers, status and body
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html): that the
// function reported an error, exited, ran out of time or answered too much is
// no error of Invoke but Result.FunctionError, or a [*vialambda.FunctionError]
// from Read of a stream. If the caller's context ends, Invoke returns at once
// while the function runs on to its end, as on Lambda; the same goes for a
// stream that is closed early. Every qualifier runs the same program.
//
// A Command is safe for concurrent use and must not be copied after its first
// use, nor its fields changed. Close ends the processes.
type Command struct {
	// Args is the program and its arguments. A program without a slash is looked
	// up in PATH; a relative path is relative to Dir. Required.
	Args []string
	// Name is the function's name: its AWS_LAMBDA_FUNCTION_NAME and the prefix
	// of its lines in Log. If empty, the name in the invocation for which a
	// worker is started.
	Name string
	// Dir is the working directory and LAMBDA_TASK_ROOT. If empty, this
	// process's working directory.
	Dir string
	// Env is the environment, "key=value", to which the variables that Lambda
	// sets are added. If nil, this process's own without what belongs to a
	// Lambda function that it may itself be (AWS_LAMBDA_*, _HANDLER and the
	// like). If not nil, PATH is this process's unless Env has one.
	Env []string
	// Handler is _HANDLER: "app.handler" for some runtimes. If empty, "bootstrap".
	Handler string

	// Timeout is how long an invocation may take from its delivery to the
	// worker: starting a worker is not charged. If zero or less, 3 s. That of a
	// [Timeout] around the Command counts if this is zero, or if it is shorter.
	Timeout time.Duration
	// InitTimeout is how long a new worker may take until it asks for its first
	// event. If zero or less, 10 s or Timeout, whichever is longer.
	InitTimeout time.Duration
	// MemoryMB is what the function is told of its memory, in MB. Nothing
	// enforces it. If zero or less, 128.
	MemoryMB int

	// MaxConcurrency is how many workers there may be. If zero or less, 10.
	MaxConcurrency int
	// Throttle refuses an invocation that finds all workers busy, as Lambda
	// does, with status 429. If false, it waits for one as long as its context
	// allows.
	Throttle bool
	// IdleTimeout is how long an unused worker is kept. If zero, 10 minutes; if
	// negative, until Close.
	IdleTimeout time.Duration
	// Watch names files whose change replaces the workers, besides the program
	// itself: paths relative to Dir or patterns as [path/filepath.Glob] has
	// them. They are looked at when an invocation asks for a worker, by size,
	// time of modification and inode. If empty, the program alone.
	Watch []string

	// Log gets what the workers write to their standard output and error, line
	// by line, each behind "NAME: ", and a hint when a program does not behave
	// as a Lambda function. Writes are whole lines, one at a time; a writer
	// that several Commands share must be safe for concurrent use. If nil, the
	// output is dropped; a log tail has it in either case.
	Log io.Writer
	// Observe is called with what became of every invocation, before its Invoke
	// or its stream ends. It may be called concurrently and must return soon.
	// If nil, nothing is.
	Observe func(Report)

	once sync.Once
	pool pool
	log  sync.Mutex // serializes writes to Log
}

// Report is what became of one invocation of a [Command].
type Report struct {
	Function  string // its name
	RequestID string
	// Cold says that a worker was started for this invocation. Init is how long
	// that took, from its start until it asked for work; 0 if it was not cold or
	// never did.
	Cold bool
	Init time.Duration
	// Duration is the time from the delivery of the event to the end of the
	// answer; 0 if the event was not delivered.
	Duration time.Duration
	// Status is the Invoke API's: 200 if the function was started, whatever
	// became of it; 429 if it was throttled.
	Status int
	// Error is the errorType of what the function reported, or what was reported
	// of it: "Runtime.ExitError", "Sandbox.Timedout", "TypeError". "" if it
	// answered. An error document without a type is "Unhandled".
	Error string
}

// errClosed is why an invocation fails that comes after Close.
var errClosed = errors.Join(errors.New("locallambda: the Command is closed"), os.ErrClosed)

// Invoke implements [vialambda.Invoker]. An invocation that did not reach a
// worker, because it was refused or its context ended in the queue, is a
// [*vialambda.InvokeError] whose MayHaveRun is false.
func (c *Command) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	if hasCall(ctx) {
		return c.run(ctx, callFrom(ctx), in)
	}
	if in.Function == "" && c.Name != "" {
		named := *in
		named.Function = c.Name
		in = &named
	}
	return front(ctx, in, c)
}

// run gets a worker for in and waits for what it answers.
func (c *Command) run(ctx context.Context, taken *call, in *vialambda.Invocation) (*vialambda.Result, error) {
	inv, err := c.newInvocation(ctx, taken, in)
	if err != nil {
		return nil, err
	}
	w, err := c.worker(ctx, inv)
	if err != nil {
		return nil, inv.refused(err)
	}
	if w == nil {
		return inv.answer(), nil // no process could be started
	}
	select {
	case <-inv.answered:
		return inv.answer(), nil
	case <-ctx.Done():
		err := &vialambda.InvokeError{RequestID: taken.RequestID, Err: ctx.Err()}
		err.MayHaveRun = !w.withdraw(inv)
		return nil, err
	}
}

// worker returns the worker to which inv has been given, or nil if none could be
// started, which inv has then been told.
func (c *Command) worker(ctx context.Context, inv *invocation) (*worker, error) {
	c.once.Do(func() { c.pool.init(c.maxConcurrency(), c.Throttle) })
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	stamp := c.stamp()
	for {
		w, err := c.pool.acquire(ctx, stamp)
		if err != nil {
			return nil, err
		}
		if w == nil {
			return c.startWorker(ctx, inv, stamp)
		}
		if w.assign(inv) {
			return w, nil
		}
	}
}

// Close ends the workers: SIGTERM to their process groups, SIGKILL after 500 ms
// or when ctx ends, whichever is first. Invocations that they are working on
// fail as when a process exits, those that wait for a worker with an error.
// When Close returns, no process, goroutine or port of c is left but for streams'
// readers that have not been closed. It always returns nil.
func (c *Command) Close(ctx context.Context) error {
	c.once.Do(func() { c.pool.init(c.maxConcurrency(), c.Throttle) })
	c.pool.close(ctx)
	return nil
}

func (c *Command) maxConcurrency() int {
	if c.MaxConcurrency > 0 {
		return c.MaxConcurrency
	}
	return defaultConcurrency
}

func (c *Command) timeout() time.Duration {
	if c.Timeout > 0 {
		return c.Timeout
	}
	return defaultTimeout
}

// timeoutOf is the timeout of one invocation.
func (c *Command) timeoutOf(taken *call) time.Duration {
	if taken.Timeout > 0 && (c.Timeout <= 0 || taken.Timeout < c.Timeout) {
		return taken.Timeout
	}
	return c.timeout()
}

func (c *Command) initTimeout() time.Duration {
	if c.InitTimeout > 0 {
		return c.InitTimeout
	}
	return max(defaultInitTimeout, c.timeout())
}

func (c *Command) idleTimeout() time.Duration {
	if c.IdleTimeout == 0 {
		return defaultIdleTimeout
	}
	return c.IdleTimeout
}

func (c *Command) memory() int {
	if c.MemoryMB > 0 {
		return c.MemoryMB
	}
	return defaultMemory
}

// throttled is Lambda's answer when all that may run at once is running.
func throttled() error {
	return &vialambda.InvokeError{
		Code:    "TooManyRequestsException",
		Status:  http.StatusTooManyRequests,
		Message: "Rate Exceeded.",
		Reason:  "ReservedFunctionConcurrentInvocationLimitExceeded",
	}
}
