package locallambda

import (
	"context"
	"time"
)

// Workers that end by themselves, one after the other and none with an answer in
// between, are not replaced at once from the third on: a program that cannot
// start would otherwise be forked as fast as it is called.
const (
	freeFailures = 3
	firstPause   = 100 * time.Millisecond
	longestPause = 2 * time.Second
)

// backoff counts these failures. A program that has changed since starts anew.
type backoff struct {
	failures int
	stamp    uint64 // of the program that failed
	until    time.Time
}

// pauseAfter is how long to wait after so many failures in a row.
func pauseAfter(failures int) time.Duration {
	if failures < freeFailures {
		return 0
	}
	return min(longestPause, firstPause<<min(failures-freeFailures, 10))
}

// failed counts a worker that ended by itself, or could not be started.
func (p *pool) failed(stamp uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.backoff.stamp != stamp {
		p.backoff = backoff{stamp: stamp}
	}
	p.backoff.failures++
	p.backoff.until = time.Now().Add(pauseAfter(p.backoff.failures))
}

// succeeded says that a worker has answered and lives.
func (p *pool) succeeded() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.backoff.failures = 0
	p.backoff.until = time.Time{}
}

// pause waits until a worker of that program may be started. Its error is ctx's
// or errClosed.
func (p *pool) pause(ctx context.Context, stamp uint64) error {
	p.mu.Lock()
	var left time.Duration
	if p.backoff.stamp == stamp {
		left = time.Until(p.backoff.until)
	}
	p.mu.Unlock()
	if left <= 0 {
		return nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.done:
		return errClosed
	}
}
