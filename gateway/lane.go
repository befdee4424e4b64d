package gateway

import (
	"context"
	"io"
	"net/http"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

// lane is what a target keeps from one configuration to the next: its Transport,
// which has the budget for retries, and its limit of concurrency.
type lane struct {
	name string // of the target
	host string // of the URL that the Transport gets

	given     vialambda.Target // as configured; made anew if it changes
	transport *vialambda.Transport
	rt        http.RoundTripper
	limit     *limiter
	inFlight  *atomic.Int64 // requests
}

// newLane makes a lane for t, of what known, which may be nil, has already.
func newLane(s *compiled, name string, t *Target, known *lane) *lane {
	l := &lane{name: name, host: edge.BareName(t.Function), given: t.Target, limit: new(limiter), inFlight: new(atomic.Int64)}
	if known != nil {
		l.limit, l.inFlight = known.limit, known.inFlight
	}
	if known != nil && known.transport.Retry == s.Retry && sameTarget(known.given, t.Target) {
		l.transport = known.transport
	} else {
		inner := t.Target
		inner.Invoker = &laneInvoker{next: t.Invoker, limit: l.limit}
		l.transport = &vialambda.Transport{
			Targets:            vialambda.Targets{l.host: inner},
			Retry:              s.Retry,
			DisableCompression: true, // what the client asks for, it gets
		}
	}
	l.rt = l.transport
	if s.Wrap != nil {
		l.rt = s.Wrap(l.transport)
	}
	return l
}

// sameTarget reports whether a and b are equal, by the identity of their Invokers.
func sameTarget(a, b vialambda.Target) bool {
	if !sameInvoker(reflect.ValueOf(a.Invoker), reflect.ValueOf(b.Invoker)) {
		return false
	}
	a.Invoker, b.Invoker = nil, nil
	return reflect.DeepEqual(a, b)
}

func sameInvoker(a, b reflect.Value) bool {
	switch {
	case a.Type() != b.Type():
		return false
	case a.Comparable() && b.Comparable():
		return a.Equal(b)
	case a.Kind() == reflect.Map:
		return a.Pointer() == b.Pointer()
	}
	return false // of others, functions above all, it cannot be told
}

// laneInvoker holds an invocation until there is room for it, and counts the
// bytes of its answer.
type laneInvoker struct {
	next  vialambda.Invoker
	limit *limiter
}

func (i *laneInvoker) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	x := exchangeFrom(ctx)
	start := time.Now()
	err := i.limit.enter(ctx)
	if x != nil {
		x.addQueued(time.Since(start))
	}
	if err != nil {
		return nil, err
	}
	leave := sync.OnceFunc(i.limit.leave)
	res, err := i.next.Invoke(ctx, in)
	if err != nil || res == nil || res.Payload == nil {
		leave()
		return res, err
	}
	payload := &lanePayload{ReadCloser: res.Payload, leave: leave, x: x}
	if x != nil && res.Size > 0 && !in.Stream {
		payload.counted = true
		if err := x.reserveAnswer(res.Size, res.RequestID); err != nil {
			payload.Close()
			return nil, err
		}
	}
	copied := *res
	copied.Payload = payload
	payload.result, payload.copied = res, &copied
	return &copied, nil
}

func (i *laneInvoker) CloseIdleConnections() {
	if c, ok := i.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// lanePayload has a place in the limiter until it ends.
type lanePayload struct {
	io.ReadCloser
	leave          func()
	x              *exchange
	counted        bool
	result, copied *vialambda.Result
}

func (p *lanePayload) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		p.leave()
		p.copied.LogTail = p.result.LogTail // of a stream it is there only now
	}
	if n > 0 && p.x != nil && !p.counted && !p.x.answering.Load() {
		if full := p.x.reserveAnswer(int64(n), p.result.RequestID); full != nil {
			return 0, full
		}
	}
	return n, err
}

func (p *lanePayload) Close() error {
	defer p.leave()
	return p.ReadCloser.Close()
}
