package locallambda

import (
	"syscall"
	"time"
)

// expire is called when the worker's present phase has lasted too long.
func (w *worker) expire() {
	w.mu.Lock()
	if w.due.IsZero() || time.Now().Before(w.due) {
		w.mu.Unlock()
		return // the timer has been set anew meanwhile
	}
	was := w.phase
	inv := w.inv
	switch was {
	case idle:
		w.mu.Unlock()
		if w.command.pool.takeIdle(w) {
			w.stop()
		}
		return
	case starting, away:
		if inv != nil {
			w.death = timedOut(inv.call.RequestID, w.command.initTimeout())
		}
	case busy:
		w.death = timedOut(inv.call.RequestID, inv.timeout)
	}
	w.phase = stopping
	w.mu.Unlock()
	if was == starting {
		w.output.hint("did not ask for an event within " + w.command.initTimeout().String() + " and was killed: " + speakRuntimeAPI)
	}
	w.command.pool.expect(w)
	w.signal(syscall.SIGKILL)
}

// stop asks the process to end and kills it after a while.
func (w *worker) stop() {
	w.mu.Lock()
	if w.phase == dead {
		w.mu.Unlock()
		return
	}
	w.phase = stopping
	w.arm(grace)
	w.mu.Unlock()
	w.command.pool.expect(w)
	w.signal(syscall.SIGTERM)
}

// cannotStart is what POST /init/error means. The process is left a moment to end
// by itself. It reports false, and the phase, if the worker has started.
func (w *worker) cannotStart(reported *failure) (phase, bool) {
	w.mu.Lock()
	if was := w.phase; was != starting {
		w.mu.Unlock()
		return was, false
	}
	w.phase = stopping
	w.death, w.unfit = reported, true
	w.arm(grace)
	w.mu.Unlock()
	w.command.pool.failed(w.stamp)
	w.command.pool.expect(w)
	return starting, true
}

// signal signals the process group, unless the process has been reaped.
func (w *worker) signal(s syscall.Signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.reaped {
		signalGroup(w.cmd.Process.Pid, s)
	}
}
