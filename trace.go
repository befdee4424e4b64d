package vialambda

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Trace is a set of hooks, in the manner of net/http/httptrace, that are called
// as a request goes through the Transport. Any of them may be nil. Each gets what
// is known so far; it may read the Info during the call, and must not keep or
// change it. They are called one after another, in the goroutine of RoundTrip,
// BodyDone in that of the body's reader.
type Trace struct {
	// Resolved: the target is known.
	Resolved func(*Info)
	// Encoded: the event is made.
	Encoded func(*Info)
	// AttemptStart: the invocation is about to be sent; Attempts counts it.
	AttemptStart func(*Info)
	// AttemptDone: it was answered, or failed.
	AttemptDone func(*Info, error)
	// Done: RoundTrip returns, with an error or without.
	Done func(*Info, error)
	// BodyDone: a streamed body was read to its end or closed before it; error is
	// nil in either case, and what Read returned if that was something else.
	BodyDone func(*Info, error)
}

type traceKey struct{}

// WithTrace returns a context whose requests call the hooks of trace, and after
// them those of a Trace that ctx already has.
func WithTrace(ctx context.Context, trace *Trace) context.Context {
	if outer := traceFrom(ctx); outer != nil {
		trace = trace.before(outer)
	}
	return context.WithValue(ctx, traceKey{}, trace)
}

func traceFrom(ctx context.Context) *Trace {
	trace, _ := ctx.Value(traceKey{}).(*Trace)
	return trace
}

// before returns a Trace that calls the hooks of t, then those of next.
func (t *Trace) before(next *Trace) *Trace {
	if t == nil {
		return next
	}
	return &Trace{
		Resolved:     func(i *Info) { t.resolved(i); next.resolved(i) },
		Encoded:      func(i *Info) { t.encoded(i); next.encoded(i) },
		AttemptStart: func(i *Info) { t.attemptStart(i); next.attemptStart(i) },
		AttemptDone:  func(i *Info, err error) { t.attemptDone(i, err); next.attemptDone(i, err) },
		Done:         func(i *Info, err error) { t.done(i, err); next.done(i, err) },
		BodyDone:     func(i *Info, err error) { t.bodyDone(i, err); next.bodyDone(i, err) },
	}
}

func (t *Trace) resolved(i *Info) {
	if t != nil && t.Resolved != nil {
		t.Resolved(i)
	}
}

func (t *Trace) encoded(i *Info) {
	if t != nil && t.Encoded != nil {
		t.Encoded(i)
	}
}

func (t *Trace) attemptStart(i *Info) {
	if t != nil && t.AttemptStart != nil {
		t.AttemptStart(i)
	}
}

func (t *Trace) attemptDone(i *Info, err error) {
	if t != nil && t.AttemptDone != nil {
		t.AttemptDone(i, err)
	}
}

func (t *Trace) done(i *Info, err error) {
	if t != nil && t.Done != nil {
		t.Done(i, err)
	}
}

func (t *Trace) bodyDone(i *Info, err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, http.ErrBodyReadAfterClose) {
		err = nil
	}
	if t != nil && t.BodyDone != nil {
		t.BodyDone(i, err)
	}
}
