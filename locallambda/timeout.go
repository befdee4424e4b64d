package locallambda

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/vialambda/vialambda"
)

// Timeout is a function that has only so much time, as Lambda's have. When that
// is over it is answered for with Lambda's own function error, Sandbox.Timedout,
// in a stream by Read.
//
// The deadline ends the context of a function in this process; a goroutine that
// does not heed it runs on, and what it answers is dropped. It is the function's
// deadline, not the caller's: that of the context given to Invoke is no failure
// of the function.
type Timeout struct {
	Invoker vialambda.Invoker // required
	// After is the function's time. If zero or less, 3 s, as on Lambda. Lambda
	// has no more than 900 s.
	After time.Duration
}

// errTimedOut is the cause of a context that ended with a function's time.
var errTimedOut = errors.New("function timed out")

// Invoke calls t.Invoker.
func (t Timeout) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	if !hasCall(ctx) {
		return front(ctx, in, t)
	}
	c := *callFrom(ctx)
	after := t.After
	if after <= 0 {
		after = defaultTimeout
	}
	deadline := time.Now().Add(after)
	if !c.Deadline.IsZero() && c.Deadline.Before(deadline) {
		return t.Invoker.Invoke(ctx, in)
	}
	c.Deadline, c.Timeout = deadline, after
	ctx, cancel := context.WithDeadlineCause(withCall(ctx, &c), deadline, errTimedOut)
	res, err := t.Invoker.Invoke(ctx, in)
	switch {
	case err == nil && res.Payload != nil:
		res.Payload = &timedPayload{ReadCloser: res.Payload, ctx: ctx, cancel: cancel, call: &c}
		return res, nil
	case err != nil && outOfTime(ctx):
		res, err = (&execution{call: &c, in: in}).result(nil, timeoutFault(c.RequestID, after)), nil
	}
	cancel()
	return res, err
}

// CloseIdleConnections is passed on to t.Invoker.
func (t Timeout) CloseIdleConnections() { closeIdleConnections(t.Invoker) }

func outOfTime(ctx context.Context) bool { return context.Cause(ctx) == errTimedOut } //nolint:errorlint // it is ours

// timedPayload is a payload that must be read before the function's time is over.
type timedPayload struct {
	io.ReadCloser
	ctx    context.Context
	cancel context.CancelFunc
	call   *call
}

func (p *timedPayload) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err == nil || err == io.EOF || !outOfTime(p.ctx) { //nolint:errorlint // as every Reader returns it
		return n, err
	}
	if _, ok := errors.AsType[*vialambda.FunctionError](err); !ok {
		err = timeoutFault(p.call.RequestID, p.call.Timeout).err(p.call.RequestID)
	}
	return n, err
}

func (p *timedPayload) Close() error {
	defer p.cancel()
	return p.ReadCloser.Close()
}
