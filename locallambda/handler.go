package locallambda

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
)

// maxDuration is Lambda's longest function timeout, and that of a handler to
// which no [Timeout] gives one.
const maxDuration = 900 * time.Second

// execution is one run of a handler in this process.
type execution struct {
	*call
	in      *vialambda.Invocation
	begun   time.Time
	timeout time.Duration
	cancel  context.CancelFunc // ends the handler's context

	ended sync.Once
}

// begin returns an execution of in and its handler's context: that has the
// values of ctx and what [FromContext] returns, and ends when the function's
// time is over or its handler has returned, not when ctx does.
func begin(ctx context.Context, in *vialambda.Invocation) (*execution, context.Context) {
	c := *callFrom(ctx)
	x := &execution{call: &c, in: in, begun: time.Now(), timeout: c.Timeout}
	if c.Deadline.IsZero() {
		x.timeout = maxDuration
		c.Deadline = x.begun.Add(maxDuration)
	}
	ctx = context.WithValue(context.WithoutCancel(ctx), contextKey{}, &Context{
		RequestID:     c.RequestID,
		FunctionARN:   c.ARN,
		Version:       c.Version,
		ClientContext: in.ClientContext,
		TenantID:      in.TenantID,
		TraceHeader:   in.TraceHeader,
		Log:           c.log,
	})
	ctx, x.cancel = context.WithDeadline(ctx, c.Deadline)
	if in.LogTail {
		c.log.start(c.RequestID, c.Version)
	}
	return x, ctx
}

// late reports whether the function's time is over.
func (x *execution) late() bool { return !time.Now().Before(x.Deadline) }

// end completes the log, the first time that it is called.
func (x *execution) end(timedOut bool) {
	if !x.in.LogTail {
		return
	}
	x.ended.Do(func() {
		ran, status := time.Since(x.begun), ""
		if timedOut {
			ran, status = x.timeout, "timeout"
			fmt.Fprintf(x.log, "%s %s %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), x.RequestID, timeoutText(x.timeout))
		}
		x.log.end(x.RequestID, ran, status)
	})
}

// logTail returns what the caller gets of the log.
func (x *execution) logTail() []byte {
	if !x.in.LogTail {
		return nil
	}
	return x.log.tail()
}

// timeUp ends the execution at its deadline and returns what Lambda reports of
// that.
func (x *execution) timeUp() *fault {
	x.end(true)
	return timeoutFault(x.RequestID, x.timeout)
}

func timeoutFault(requestID string, after time.Duration) *fault {
	return &fault{Message: "RequestId: " + requestID + " Error: " + timeoutText(after), Type: "Sandbox.Timedout"}
}

func timeoutText(after time.Duration) string {
	return fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())
}

// gone is the error of an invocation whose caller stopped waiting.
func (x *execution) gone(ctx context.Context) error {
	return &vialambda.InvokeError{RequestID: x.RequestID, MayHaveRun: true, Err: ctx.Err()}
}

// handle is a handler whose arguments are bound.
type handle func(context.Context) ([]byte, error)

// protect calls h. What h returns as an error, its panic, and the end of its
// goroutine by runtime.Goexit (which testing.T.FailNow calls) come to failed,
// which is called before the goroutine ends and at most once. ok reports that h
// returned no error.
func (x *execution) protect(ctx context.Context, h handle, failed func(*fault)) (payload []byte, ok bool) {
	returned := false
	defer func() {
		if returned {
			return
		}
		f := &fault{Message: "RequestId: " + x.RequestID + " Error: Runtime exited without providing a reason", Type: "Runtime.ExitError"}
		if v := recover(); v != nil {
			f = panicFault(v)
			fmt.Fprintf(x.log, "%s\n", f.document())
		}
		failed(f)
	}()
	payload, err := h(ctx)
	returned = true
	if err != nil {
		failed(errorFault(err))
		return nil, false
	}
	return payload, true
}
