package locallambda

import (
	"context"
	"maps"
	"slices"
	"sync"
	"syscall"
)

// pool decides which worker takes an invocation. Its mutex is held for some list
// work only: no I/O, no other lock.
type pool struct {
	max      int
	throttle bool
	done     chan struct{} // closed by close
	spawner  *spawner

	mu      sync.Mutex
	closed  bool
	workers map[*worker]struct{} // whose process has not been reaped
	taken   int                  // workers, and those about to be started
	idle    []*worker            // the last one was used most recently
	soon    []*worker            // about to be idle or to end
	hoping  int                  // waiters that hope for one of these
	waiters []*waiter            // first come, first served
	stamp   uint64               // of the program, as last seen
	backoff backoff
	ending  sync.WaitGroup // everything counted in taken, to its very end
}

func (p *pool) init(limit int, throttle bool) {
	p.max, p.throttle = limit, throttle
	p.done = make(chan struct{})
	p.workers = make(map[*worker]struct{})
	p.spawner = newSpawner()
}

// acquire returns a worker that was idle, or nil with leave to start one, which
// is to be followed by add or by forgo. Workers with another stamp are ended. The
// error is a context's, errClosed or that of throttled.
func (p *pool) acquire(ctx context.Context, stamp uint64) (*worker, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errClosed
	}
	p.stamp = stamp
	stale := p.takeStale()
	w, wait, err := p.choose()
	p.mu.Unlock()
	for _, old := range stale {
		old.stop()
	}
	if wait == nil {
		return w, err
	}
	return p.wait(ctx, wait)
}

// choose returns a worker, leave to start one (nil), or what to wait on. The
// mutex is held.
func (p *pool) choose() (*worker, *waiter, error) {
	if last := len(p.idle) - 1; last >= 0 {
		w := p.idle[last]
		p.idle = p.idle[:last]
		return w, nil, nil
	}
	wait := &waiter{grant: make(chan *worker, 1), hoping: p.expected() > p.hoping}
	switch {
	case wait.hoping:
		p.hoping++
	case p.take():
		return nil, nil, nil
	case p.throttle:
		return nil, nil, throttled()
	}
	p.waiters = append(p.waiters, wait)
	return nil, wait, nil
}

// take counts one more worker if there may be one. The mutex is held.
func (p *pool) take() bool {
	if p.taken >= p.max || p.closed {
		return false
	}
	p.taken++
	p.ending.Add(1)
	return true
}

// add makes w, whose process has been started, a worker of the pool. It reports
// false if the pool has been closed meanwhile.
func (p *pool) add(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.workers[w] = struct{}{}
	return !p.closed
}

// forgo gives back the leave to start a worker.
func (p *pool) forgo() {
	p.free()
	p.ending.Done()
}

// free passes the place of a worker that is no more to who waits longest.
func (p *pool) free() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	if len(p.waiters) > 0 && p.take() {
		p.next().grant <- nil
	}
}

// release makes w, which has asked for work, available.
func (p *pool) release(w *worker) {
	p.mu.Lock()
	p.settle(w)
	if w.removed {
		p.mu.Unlock()
		return
	}
	if p.closed || w.stamp != p.stamp {
		p.mu.Unlock()
		w.stop()
		return
	}
	if wait := p.next(); wait != nil {
		wait.grant <- w
	} else {
		p.idle = append(p.idle, w)
	}
	p.mu.Unlock()
}

// takeIdle takes w out of the idle ones. It reports whether it was among them.
func (p *pool) takeIdle(w *worker) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.idle, w)
	if i < 0 {
		return false
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	return true
}

// takeStale takes those out of the idle ones whose program is no longer the one
// on disk. The mutex is held.
func (p *pool) takeStale() []*worker {
	var stale []*worker
	p.idle = slices.DeleteFunc(p.idle, func(w *worker) bool {
		if w.stamp == p.stamp {
			return false
		}
		stale = append(stale, w)
		return true
	})
	return stale
}

// remove takes w, whose process has been reaped, out of the pool. The place is
// free from now on; ending is told by the worker itself.
func (p *pool) remove(w *worker) {
	p.mu.Lock()
	p.settle(w)
	w.removed = true
	delete(p.workers, w)
	p.idle = slices.DeleteFunc(p.idle, func(other *worker) bool { return other == w })
	p.mu.Unlock()
	p.free()
}

// close ends all workers and returns when nothing is left of them.
func (p *pool) close(ctx context.Context) {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.done)
	}
	p.mu.Unlock()

	for _, w := range p.all() {
		w.stop()
	}
	ended := make(chan struct{})
	go func() {
		p.ending.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		for _, w := range p.all() {
			w.signal(syscall.SIGKILL)
		}
		<-ended
	}
	p.spawner.close()
}

func (p *pool) all() []*worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.workers))
}
