package vialambda

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"
	"time"
)

// Info is what happened to a request. It is asked for beforehand, with
// [WithInfo], because http.Client hides what a response would carry. If one
// context serves several requests (redirects, above all), it tells of the last.
type Info struct {
	// Function and Qualifier are what was invoked.
	Function, Qualifier string
	Format              Format
	Mode                Mode

	// RequestID is the Lambda request id, Version the version that ran.
	RequestID, Version string
	// Attempts is how often the invocation was sent, or tried to be.
	Attempts int

	// EventBytes is the size of the payload sent, AnswerBytes that of the one
	// received; of a stream, of its body as far as it was read.
	EventBytes, AnswerBytes int64

	// How long it took to find the target, to make the event (and read the
	// request's body), to get a connection, to send and get the answer (of a
	// stream, its beginning), and to make the response of it. Connect and Wait
	// are sums over all attempts; the pauses between them are Backoff.
	Resolve, Encode, Connect, Wait, Backoff, Decode time.Duration

	// LogTail is the end of the function's log, at most 4 KiB of it, if the
	// target asked for it.
	LogTail []byte
}

type infoKey struct{}

// WithInfo returns a context whose requests fill the Info. It may be read when
// RoundTrip has returned, with an error or without; of a stream, AnswerBytes and
// LogTail are there when the body is at its end or closed. Requests that run at
// the same time need one each.
//
//	ctx, info := vialambda.WithInfo(ctx)
//	resp, err := client.Do(req.WithContext(ctx))
//	log.Print(info.RequestID, info.Wait)
func WithInfo(ctx context.Context) (context.Context, *Info) {
	info := new(Info)
	return context.WithValue(ctx, infoKey{}, info), info
}

func infoFrom(ctx context.Context) *Info {
	info, _ := ctx.Value(infoKey{}).(*Info)
	return info
}

// observer fills the Info of a request and calls its Trace. Where neither was asked
// for, info is nil and nothing is measured.
type observer struct {
	info  *Info
	trace *Trace
	mark  time.Time
	conn  *connClock
}

func (x *exchange) observe() {
	x.trace = traceFrom(x.req.Context())
	x.info = infoFrom(x.req.Context())
	if x.info == nil && x.trace != nil {
		x.info = new(Info)
	}
	if x.info != nil {
		*x.info = Info{}
		x.mark = time.Now()
	}
}

// lap adds the time since the last lap to d.
func (o *observer) lap(d *time.Duration) {
	now := time.Now()
	*d += now.Sub(o.mark)
	o.mark = now
}

func (x *exchange) targetKnown() {
	i := x.info
	if i == nil {
		return
	}
	x.lap(&i.Resolve)
	i.Function, i.Qualifier = x.to.Function, x.to.Qualifier
	i.Format, i.Mode = x.to.Format, x.to.Mode
	x.trace.resolved(i)
}

func (x *exchange) encoded(size int) {
	if x.info == nil {
		return
	}
	x.lap(&x.info.Encode)
	x.info.EventBytes = int64(size)
	x.trace.encoded(x.info)
}

func (x *exchange) attemptStart(ctx context.Context) context.Context {
	if x.info == nil {
		return ctx
	}
	x.lap(&x.info.Backoff)
	x.info.Attempts++
	x.trace.attemptStart(x.info)
	c := new(connClock)
	x.conn = c
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { c.set(&c.get) },
		GotConn: func(httptrace.GotConnInfo) { c.set(&c.got) },
	})
}

func (x *exchange) attemptDone(got *answer, err error) {
	i := x.info
	if i == nil {
		return
	}
	x.lap(&i.Wait)
	if connect := x.conn.took(x.mark); connect > 0 {
		i.Connect += connect
		i.Wait -= connect
	}
	if got != nil {
		i.RequestID, i.Version, i.LogTail = got.RequestID, got.Version, got.LogTail
		i.AnswerBytes = int64(len(got.payload))
	}
	if e, ok := errors.AsType[*InvokeError](err); ok && e.RequestID != "" {
		i.RequestID = e.RequestID
	}
	if e, ok := errors.AsType[*FunctionError](err); ok {
		i.RequestID, i.LogTail = e.RequestID, e.LogTail
	}
	x.trace.attemptDone(i, err)
}

func (x *exchange) done(err error) {
	if x.info == nil {
		return
	}
	if err == nil {
		x.lap(&x.info.Decode)
	}
	x.trace.done(x.info, err)
}

func (o *observer) bodyDone(log []byte, read int64, err error) {
	if o.info == nil {
		return
	}
	o.info.AnswerBytes = read
	if log != nil {
		o.info.LogTail = log
	}
	o.trace.bodyDone(o.info, err)
}

// connClock times the getting of a connection. net/http may go on dialing, and
// so call it, after the request is over.
type connClock struct {
	mu       sync.Mutex
	get, got time.Time
}

func (c *connClock) set(t *time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*t = time.Now()
}

// took returns how long it took until now; if no connection was got, all of it.
func (c *connClock) took(now time.Time) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.get.IsZero():
		return 0
	case c.got.Before(c.get):
		return now.Sub(c.get)
	}
	return c.got.Sub(c.get)
}
