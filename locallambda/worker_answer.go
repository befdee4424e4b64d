package locallambda

import "time"

// claim is what a post of an answer for the invocation id means. It returns the
// invocation, or what to refuse the post with. From then on no other post is
// taken. attempt is the Invocation-Id that the runtime repeated, if it did.
func (w *worker) claim(id, attempt, transition string) (*invocation, *apiRefusal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase == starting || w.phase == stopping && w.inv != nil && w.inv.delivered.IsZero() {
		refusal := invalidTransition(w.phase, transition)
		return nil, &refusal
	}
	inv := w.inv
	switch {
	case inv == nil || inv.delivered.IsZero() || inv.posting || w.death != nil,
		inv.call.RequestID != id, attempt != "" && attempt != inv.attempt:
		refusal := invalidRequestID()
		return nil, &refusal
	}
	inv.posting = true
	return inv, nil
}

// interrupted says that the post of inv's answer broke off. What becomes of inv
// shows when the process ends, its time is over, or it asks for another event.
func (w *worker) interrupted(inv *invocation) {
	w.mu.Lock()
	defer w.mu.Unlock()
	inv.broken = true
}

// begin lets Invoke return inv's stream. It reports false if inv has been
// concluded already.
func (w *worker) begin(inv *invocation) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if inv.concluded {
		return false
	}
	inv.begun = true
	close(inv.answered)
	return true
}

// conclude gives inv its outcome, unless it has one. It reports whether it did.
// What the pool is to know comes first: with the outcome the caller may come
// back at once.
func (w *worker) conclude(inv *invocation, payload []byte, failed *failure) bool {
	w.mu.Lock()
	if inv.concluded {
		w.mu.Unlock()
		return false
	}
	inv.concluded = true
	begun := inv.begun
	var duration time.Duration
	if !inv.delivered.IsZero() {
		duration = time.Since(inv.delivered)
	}
	w.mu.Unlock()
	inv.end(begun, duration, payload, failed)
	return true
}

// answer concludes inv with what the runtime posted, if it came in time, be it the
// last thing that the process did. It reports whether it did.
func (w *worker) answer(inv *invocation, payload []byte, failed *failure) bool {
	w.mu.Lock()
	if w.inv != inv || w.death != nil || !time.Now().Before(inv.deadline) {
		w.mu.Unlock()
		return false
	}
	if w.phase == busy {
		w.phase = finishing
	}
	w.mu.Unlock()
	w.command.pool.expect(w)
	return w.conclude(inv, payload, failed)
}
