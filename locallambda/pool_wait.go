package locallambda

import (
	"context"
	"slices"
	"time"
)

// How long an invocation waits for a worker that has answered to ask for more,
// or for one that ends to be gone, before another one is started or, if there
// may be none, it is throttled. In between lie some microseconds of the runtime's
// own, in which a caller that makes one call after the other already makes its
// next.
const (
	coldPatience     = 100 * time.Millisecond
	throttlePatience = time.Second
)

// waiter is an invocation that waits for a worker.
type waiter struct {
	grant     chan *worker // cap 1; nil: leave to start one
	hoping    bool         // for a worker that is soon free
	desperate bool         // as it may start none
}

func (p *pool) wait(ctx context.Context, wait *waiter) (*worker, error) {
	var enough <-chan time.Time
	if wait.hoping {
		timer := time.NewTimer(coldPatience)
		defer timer.Stop()
		enough = timer.C
	}
	for {
		select {
		case w := <-wait.grant:
			return w, nil
		case <-enough:
			enough = nil
			over, again, err := p.despair(wait)
			if over {
				return nil, err
			}
			if again > 0 {
				timer := time.NewTimer(again)
				defer timer.Stop()
				enough = timer.C
			}
		case <-ctx.Done():
			p.withdraw(wait)
			return nil, ctx.Err()
		case <-p.done:
			p.withdraw(wait)
			return nil, errClosed
		}
	}
}

// despair ends wait's hope for a worker that is soon free, or puts it off. It
// reports whether the wait is over: with leave to start a worker, or with an
// error.
func (p *pool) despair(wait *waiter) (over bool, again time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.waiters, wait)
	if i < 0 {
		return false, 0, nil // the grant is there
	}
	switch {
	case p.take():
		over = true
	case p.throttle && !wait.desperate:
		wait.desperate = true
		return false, throttlePatience - coldPatience, nil
	case p.throttle:
		over, err = true, throttled()
	}
	wait.hoping = false
	p.hoping--
	if over {
		p.waiters = slices.Delete(p.waiters, i, i+1)
	}
	return over, 0, err
}

// withdraw takes wait out of the queue and gives back what it was granted.
func (p *pool) withdraw(wait *waiter) {
	p.mu.Lock()
	if i := slices.Index(p.waiters, wait); i >= 0 {
		p.waiters = slices.Delete(p.waiters, i, i+1)
		if wait.hoping {
			p.hoping--
		}
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	if w := <-wait.grant; w != nil {
		p.release(w)
	} else {
		p.forgo()
	}
}

// next returns who has waited longest, or nil. The mutex is held.
func (p *pool) next() *waiter {
	if len(p.waiters) == 0 {
		return nil
	}
	wait := p.waiters[0]
	p.waiters = slices.Delete(p.waiters, 0, 1)
	if wait.hoping {
		p.hoping--
	}
	return wait
}

// expect says that w will soon be released or removed.
func (p *pool) expect(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !w.removed && !slices.Contains(p.soon, w) {
		w.since = time.Now()
		p.soon = append(p.soon, w)
	}
}

// expected returns how many workers are expected with reason: one that lets wait
// for longer than anybody's patience is as good as busy. The mutex is held.
func (p *pool) expected() int {
	patience := coldPatience
	if p.throttle && p.taken >= p.max {
		patience = throttlePatience
	}
	n := 0
	for _, w := range p.soon {
		if time.Since(w.since) < patience {
			n++
		}
	}
	return n
}

// settle ends what expect began. The mutex is held.
func (p *pool) settle(w *worker) {
	if i := slices.Index(p.soon, w); i >= 0 {
		p.soon = slices.Delete(p.soon, i, i+1)
	}
}
