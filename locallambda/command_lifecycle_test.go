//go:build unix

package locallambda

import (
	"context"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A grandchild that holds the function's standard output holds up nothing: it is
// killed with its group when the worker ends.
func TestCommandGrandchildren(t *testing.T) {
	t.Run("while the worker lives", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "grandchild"})
		worksStill(t, c)
		if !alive(s.Child) {
			t.Error("the grandchild was killed though its worker lives")
		}
		c.Close(t.Context())
		eventually(t, "the grandchild is gone", func() bool { return !alive(s.Child) })
	})
	t.Run("when the worker exits", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "grandchild, exit"})
		eventually(t, "the grandchild is gone", func() bool { return !alive(s.Child) })
		worksStill(t, c)
	})
	t.Run("in a session of its own", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "runaway, exit"})
		defer syscall.Kill(s.Child, syscall.SIGKILL)
		worksStill(t, c)
		c.Close(t.Context())
		if !alive(s.Child) {
			t.Error("the runaway was caught: say so in the documentation")
		}
	})
}

// A runtime whose request for work breaks off gets none until it asks again, and
// not for ever.
func TestCommandNextBreaksOff(t *testing.T) {
	phaseOf := func(c *Command) phase {
		w := c.pool.all()[0]
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.phase
	}
	t.Run("it asks again", func(t *testing.T) {
		hook := newHook(t)
		c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
		first := ask(t, c, task{Do: "drop next", Hook: hook.url})
		<-hook.arrived
		eventually(t, "it is away", func() bool { return phaseOf(c) == away })
		hook.proceed <- struct{}{}
		if s := worksStill(t, c); s.PID != first.PID {
			t.Error("the worker was replaced")
		}
	})
	t.Run("it does not", func(t *testing.T) {
		hook := newHook(t)
		c := newCommand(t, func(c *Command) { c.MaxConcurrency, c.InitTimeout = 1, 300*time.Millisecond })
		first := ask(t, c, task{Do: "drop next", Hook: hook.url})
		<-hook.arrived
		eventually(t, "it is gone", func() bool { return !alive(first.PID) })
		worksStill(t, c)
	})
}

func TestCommandIdleWorkersEnd(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.IdleTimeout = 50 * time.Millisecond })
	before := worksStill(t, c)
	eventually(t, "the worker is gone", func() bool { return !alive(before.PID) })
	if after := worksStill(t, c); after.PID == before.PID {
		t.Error("the worker is still there")
	}
}

// Workers that fail one after the other are replaced after a pause, unless the
// program has changed.
func TestCommandBackoff(t *testing.T) {
	dir := t.TempDir()
	c := newCommand(t, mode("init exit"), func(c *Command) {
		c.MaxConcurrency, c.Dir, c.Watch = 1, dir, []string{"app.py"}
	})
	for range freeFailures - 1 {
		send(t, c, task{})
	}
	if pause := c.pool.backoff.until; time.Until(pause) > 0 {
		t.Errorf("a pause after %d failures", freeFailures-1)
	}
	send(t, c, task{})
	c.pool.mu.Lock()
	failures, stamp := c.pool.backoff.failures, c.pool.backoff.stamp
	c.pool.backoff.until = time.Now().Add(time.Hour)
	c.pool.mu.Unlock()
	if failures != freeFailures || stamp != c.stamp() {
		t.Errorf("%d failures counted", failures)
	}

	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Invoke(ctx, newEvent(task{}))
		failed <- err
	}()
	eventually(t, "it pauses", func() bool {
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		return c.pool.taken == 1 && len(c.pool.workers) == 0
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(dir+"/app.py", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	send(t, c, task{}) // does not wait for an hour
}

// One answer from a worker that lives ends the series.
func TestCommandBackoffEnds(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	counted := func() int {
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		return c.pool.backoff.failures
	}
	send(t, c, task{Do: "exit"})
	send(t, c, task{Do: "exit"})
	if n := counted(); n != 2 {
		t.Errorf("%d failures counted, want 2", n)
	}
	worksStill(t, c)
	eventually(t, "the series has ended", func() bool { return counted() == 0 })
}

func TestPauseAfter(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 1: 0, 2: 0,
		3: 100 * time.Millisecond, 4: 200 * time.Millisecond, 5: 400 * time.Millisecond,
		8: 2 * time.Second, 1_000_000: 2 * time.Second,
	} {
		if got := pauseAfter(failures); got != want {
			t.Errorf("pauseAfter(%d) = %v, want %v", failures, got, want)
		}
	}
}

// Observe tells of every invocation.
func TestCommandObserve(t *testing.T) {
	var mu sync.Mutex
	var reports []Report
	c := newCommand(t, func(c *Command) {
		c.Observe = func(r Report) { mu.Lock(); defer mu.Unlock(); reports = append(reports, r) }
	})
	worksStill(t, c)
	worksStill(t, c)
	send(t, c, task{Do: "error", Text: `{"errorType":"ValueError"}`})
	send(t, c, task{Do: "error", Text: `plain`})
	send(t, c, task{Do: "exit"})
	invokeStream(t, c, newStreamEvent(task{Do: "stream, error", Size: 1}))

	mu.Lock()
	defer mu.Unlock()
	want := []struct {
		cold bool
		err  string
	}{{true, ""}, {false, ""}, {false, "ValueError"}, {false, "Unhandled"}, {false, "Runtime.ExitError"}, {true, "Boom"}}
	if len(reports) != len(want) {
		t.Fatalf("%d reports, want %d: %+v", len(reports), len(want), reports)
	}
	for i, r := range reports {
		if r.Function != "orders" || r.RequestID == "" || r.Status != 200 || r.Duration <= 0 ||
			r.Cold != want[i].cold || (r.Init > 0) != want[i].cold || r.Error != want[i].err {
			t.Errorf("report %d: %+v, want %+v", i, r, want[i])
		}
	}
}
