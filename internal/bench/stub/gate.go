package stub

import (
	"context"
	"sync"
)

// gate holds calls back until as many have come as are waited for, or until it
// is told to let them go. Its zero value is ready.
type gate struct {
	mu    sync.Mutex
	held  int64
	group chan struct{} // closed when those that wait now may go
}

// hold waits for release. It returns false if ctx has ended before.
func (g *gate) hold(ctx context.Context) bool {
	group := g.join()
	return g.wait(ctx, group)
}

// barrier waits until n calls wait, release is called, or ctx ends, which alone
// makes it return false.
func (g *gate) barrier(ctx context.Context, n int) bool {
	group := g.join()
	if g.waiting() >= int64(n) {
		g.release()
	}
	return g.wait(ctx, group)
}

func (g *gate) release() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.group != nil {
		close(g.group)
		g.group = nil
		g.held = 0
	}
}

func (g *gate) waiting() int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.held
}

func (g *gate) join() chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.group == nil {
		g.group = make(chan struct{})
	}
	g.held++
	return g.group
}

func (g *gate) wait(ctx context.Context, group chan struct{}) bool {
	select {
	case <-group:
		return true
	case <-ctx.Done():
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.group == group {
			g.held--
		}
		return false
	}
}
