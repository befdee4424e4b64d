package locallambda

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
)

// ConcurrencyLimit is an Invoker that runs a bounded number of invocations of
// another one at a time, as a function's reserved concurrency does
// (https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html).
//
// What is over the limit waits, if Queue has room, or is refused: 429
// TooManyRequestsException with the reason
// ReservedFunctionConcurrentInvocationLimitExceeded. An invocation counts until
// Invoke has returned, a streamed one until its payload is at its end or closed.
//
// It must not be copied after first use.
type ConcurrencyLimit struct {
	Invoker vialambda.Invoker // required

	// Max is how many run at a time. If zero, none does: all are refused, as by
	// a function whose reserved concurrency is zero.
	Max int
	// Queue is how many may wait for one to end, first come, first served. If
	// zero, nobody waits; if negative, everybody may. Lambda itself has no such
	// queue. Whose context ends while waiting has not run.
	Queue int
	// RetryAfter is what a refusal asks to wait. If zero, it says nothing.
	RetryAfter time.Duration

	mu      sync.Mutex
	running int
	waiting []chan struct{} // closed one by one, each with the place of who ended
}

// Invoke calls l.Invoker when there is room.
func (l *ConcurrencyLimit) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	if err := l.enter(ctx); err != nil {
		return nil, err
	}
	leave := sync.OnceFunc(l.leave)
	streaming := false
	defer func() {
		if !streaming {
			leave()
		}
	}()
	res, err := l.Invoker.Invoke(ctx, in)
	if err == nil && in.Stream && res.Payload != nil {
		streaming = true
		res.Payload = &placeHolder{res.Payload, leave}
	}
	return res, err
}

// CloseIdleConnections is passed on to l.Invoker.
func (l *ConcurrencyLimit) CloseIdleConnections() { closeIdleConnections(l.Invoker) }

func (l *ConcurrencyLimit) enter(ctx context.Context) error {
	l.mu.Lock()
	if l.running < l.Max {
		l.running++
		l.mu.Unlock()
		return nil
	}
	if l.Max <= 0 || l.Queue >= 0 && len(l.waiting) >= l.Queue {
		l.mu.Unlock()
		return &vialambda.InvokeError{
			Code:       "TooManyRequestsException",
			Status:     429,
			Message:    "Rate Exceeded.",
			Reason:     "ReservedFunctionConcurrentInvocationLimitExceeded",
			RetryAfter: l.RetryAfter,
		}
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	l.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return &vialambda.InvokeError{Err: ctx.Err()}
		}
	}
	// The turn came at the same moment: whoever waits next gets it.
	l.pass()
	return &vialambda.InvokeError{Err: ctx.Err()}
}

func (l *ConcurrencyLimit) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass()
}

// pass gives a place to who waits longest, or up.
func (l *ConcurrencyLimit) pass() {
	if len(l.waiting) == 0 {
		l.running--
		return
	}
	close(l.waiting[0])
	l.waiting = l.waiting[1:]
}

// placeHolder is a stream that has a place until it ends.
type placeHolder struct {
	io.ReadCloser
	leave func()
}

func (p *placeHolder) Read(b []byte) (int, error) {
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		p.leave()
	}
	return n, err
}

func (p *placeHolder) Close() error {
	defer p.leave()
	return p.ReadCloser.Close()
}
