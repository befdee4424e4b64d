package locallambda

import (
	"context"
	"os/exec"
	"sync"
	"time"
)

// phase is what a worker is doing.
type phase int

const (
	starting  phase = iota // has not asked for an event yet
	idle                   // waits in GET /next
	away                   // its GET /next broke off while it was idle
	busy                   // has an event and has not answered
	finishing              // has answered and not yet asked for another event
	stopping               // has been told to end, or reported that it cannot start
	dead                   // its process has been reaped
)

// runtimeState is the name that Lambda's own errors give a phase.
func (p phase) runtimeState() string {
	switch p {
	case starting:
		return "Started"
	case idle, away:
		return "Ready"
	case busy:
		return "Running"
	case finishing:
		return "ResponseSent"
	}
	return "InitError"
}

// worker is one process of a function and its Runtime API.
//
// What changes its phase are the requests of the runtime, one timer and the end
// of the process. Its mutex is held for none of the I/O, and never together with
// the pool's.
type worker struct {
	command *Command
	name    string // the function's
	stamp   uint64 // of the program it was started from
	born    time.Time
	cmd     *exec.Cmd
	api     *runtimeAPI
	output  *output
	timer   *time.Timer // calls expire

	// Guarded by the pool's mutex.
	removed bool
	since   time.Time // when it was expected

	mu     sync.Mutex
	phase  phase
	parked int         // requests that wait in GET /next
	inv    *invocation // assigned, delivered, or answered and not left yet
	due    time.Time   // when expire has something to do; zero: never
	init   time.Duration
	death  *failure // why it was killed, if it matters to the invocation
	unfit  bool     // has reported that it cannot start
	reaped bool
	wake   chan struct{} // cap 1: there may be an invocation
}

// assign gives inv to w, which was idle. It reports false if w no longer is.
func (w *worker) assign(inv *invocation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase != idle || w.inv != nil {
		return false
	}
	w.inv = inv
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return true
}

// withdraw takes inv back. It reports false if that is too late: the event has
// been delivered, or the invocation has ended.
func (w *worker) withdraw(inv *invocation) bool {
	w.mu.Lock()
	if w.inv != inv || !inv.delivered.IsZero() {
		w.mu.Unlock()
		return false
	}
	w.inv = nil
	free := w.phase == idle
	if free {
		w.arm(w.command.idleTimeout())
	}
	w.mu.Unlock()
	if inv.stream != nil {
		inv.stream.abandon()
	}
	if free {
		w.command.pool.release(w)
	}
	return true
}

// arrive is what GET /next means: the worker has finished starting, or with its
// last invocation. It returns the invocation that the worker is to be given at
// once, if there is one, and the one that it has left. ok is false if the worker
// is not to get any.
func (w *worker) arrive() (next, left *invocation, ok bool) {
	w.mu.Lock()
	was := w.phase
	broken := was == busy && w.inv.broken
	switch {
	case was == stopping || was == dead:
		w.mu.Unlock()
		return nil, nil, false
	case was == busy && !broken:
		// The runtime may not have got the event; Lambda hands it out again too.
		next = w.inv
		w.mu.Unlock()
		return next, nil, true
	case was == starting:
		w.init = time.Since(w.born)
	case was == finishing || broken:
		left = w.inv
		w.inv = nil
	}
	w.phase = idle
	if w.inv != nil && was != idle {
		next = w.inv
		w.deliver()
	} else {
		w.arm(w.command.idleTimeout())
	}
	w.mu.Unlock()

	if was == finishing {
		w.command.pool.succeeded()
	}
	if next == nil && was != idle {
		w.command.pool.release(w)
	}
	if broken {
		w.conclude(left, nil, truncated(left.call.RequestID))
	}
	return next, left, true
}

// park waits for an invocation. It returns nil if ctx, that of the runtime's
// request, ends before.
func (w *worker) park(ctx context.Context) *invocation {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parked++
	defer func() { w.parked-- }()
	for w.phase != idle || w.inv == nil {
		w.mu.Unlock()
		select {
		case <-w.wake:
			w.mu.Lock()
		case <-ctx.Done():
			w.goAway()
			w.mu.Lock()
			return nil
		}
	}
	w.deliver()
	return w.inv
}

// goAway takes w out of the idle workers as long as it has no request for work.
func (w *worker) goAway() {
	w.mu.Lock()
	gone := w.phase == idle && w.parked == 1
	if gone {
		w.phase = away
		w.arm(w.command.initTimeout())
	}
	w.mu.Unlock()
	if gone {
		w.command.pool.takeIdle(w)
	}
}

// deliver starts the time of w.inv. The mutex is held.
func (w *worker) deliver() {
	w.phase = busy
	w.inv.delivered = time.Now()
	w.inv.deadline = w.inv.delivered.Add(w.inv.timeout)
	w.arm(w.inv.timeout)
	if w.inv.cold {
		w.inv.init = w.init
	}
}

// arm makes the timer call expire after d; not at all if d is negative. The mutex
// is held.
func (w *worker) arm(d time.Duration) {
	if d < 0 {
		w.due = time.Time{}
		w.timer.Stop()
		return
	}
	w.due = time.Now().Add(d)
	w.timer.Reset(d)
}
