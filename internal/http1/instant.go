package http1

import "time"

// instant is a time by both clocks. Of the time that a machine sleeps, its monotonic clock
// may know nothing, and the other one may be set.
type instant struct{ monotonic, wall time.Time }

func now() instant {
	t := time.Now()
	return instant{t, t.Round(0)}
}

// since returns how much time has passed from u to t, by the clock by which it was more.
func (t instant) since(u instant) time.Duration {
	return max(t.monotonic.Sub(u.monotonic), t.wall.Sub(u.wall))
}
