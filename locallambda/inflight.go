package locallambda

import (
	"context"
	"fmt"
	"sync"
)

// inflight are the invocations that have begun and not ended, whether their
// callers are still there or not. The zero value has none.
type inflight struct {
	mu     sync.Mutex
	closed bool
	next   int
	all    map[int]context.CancelFunc
	events int           // Events among them
	idle   chan struct{} // closed when closed and none is left
}

// begin adds an invocation. Its context has the values of ctx and ends only when
// end is called or stop ends all. It returns false if no more are taken: after
// close, or, of Events, if there are maxEvents.
func (f *inflight) begin(ctx context.Context, event bool, maxEvents int) (_ context.Context, end func(), ok bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || event && f.events >= maxEvents {
		return nil, nil, false
	}
	if f.all == nil {
		f.all = map[int]context.CancelFunc{}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	id := f.next
	f.next++
	f.all[id] = cancel
	if event {
		f.events++
	}
	return ctx, func() { f.end(id, event) }, true
}

func (f *inflight) end(id int, event bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all[id]()
	delete(f.all, id)
	if event {
		f.events--
	}
	if f.closed && len(f.all) == 0 {
		close(f.idle)
	}
}

func (f *inflight) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// close takes no more invocations and waits for those that there are. If ctx
// ends first, it ends their contexts and returns an error that wraps ctx's.
func (f *inflight) close(ctx context.Context) error {
	f.mu.Lock()
	if !f.closed {
		f.closed = true
		f.idle = make(chan struct{})
		if len(f.all) == 0 {
			close(f.idle)
		}
	}
	f.mu.Unlock()

	select {
	case <-f.idle:
		return nil
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all) == 0 {
		return nil
	}
	for _, cancel := range f.all {
		cancel()
	}
	return fmt.Errorf("%d invocations had not ended: %w", len(f.all), ctx.Err())
}
