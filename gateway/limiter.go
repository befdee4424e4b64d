package gateway

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
)

// limiter runs a bounded number of invocations at a time and lets a few wait,
// first come, first served. The zero value has no bound.
type limiter struct {
	mu       sync.Mutex
	most     int // 0: no bound
	queue    int
	patience time.Duration

	running int
	waiting []chan struct{} // each closed with the place of who ended
}

// set changes the bounds. What runs and waits is not disturbed.
func (l *limiter) set(t *Target) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.most, l.queue, l.patience = t.MaxConcurrent, t.Queue, t.QueueTimeout
	l.admit()
}

// admit lets in who waits while there is room.
func (l *limiter) admit() {
	for len(l.waiting) > 0 && (l.most == 0 || l.running < l.most) {
		l.running++
		close(l.waiting[0])
		l.waiting = l.waiting[1:]
	}
}

var (
	errQueueFull = errors.New("the queue of the gateway is full")
	errQueueLong = errors.New("no room came free in time")
)

func (l *limiter) enter(ctx context.Context) error {
	l.mu.Lock()
	if l.most == 0 || l.running < l.most {
		l.running++
		l.mu.Unlock()
		return nil
	}
	if len(l.waiting) >= l.queue {
		l.mu.Unlock()
		return queueFull(errQueueFull)
	}
	turn := make(chan struct{})
	l.waiting = append(l.waiting, turn)
	patience := l.patience
	l.mu.Unlock()

	timer := time.NewTimer(patience)
	defer timer.Stop()
	var err error
	select {
	case <-turn:
		return nil
	case <-timer.C:
		err = queueFull(errQueueLong)
	case <-ctx.Done():
		err = &vialambda.InvokeError{Err: ctx.Err()}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, w := range l.waiting {
		if w == turn {
			l.waiting = append(l.waiting[:i], l.waiting[i+1:]...)
			return err
		}
	}
	if ctx.Err() == nil { // the turn came at the same moment
		return nil
	}
	l.running--
	l.admit()
	return err
}

func (l *limiter) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running--
	l.admit()
}

func (l *limiter) numbers() (running, waiting int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.running, len(l.waiting)
}

func queueFull(err error) error {
	return &vialambda.InvokeError{Code: vialambda.CodeQueueFull, Message: err.Error(), RetryAfter: time.Second, Err: err}
}
