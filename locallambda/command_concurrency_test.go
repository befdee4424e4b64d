//go:build unix

package locallambda

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

// A hundred calls at once: every answer is its own caller's, no more workers than
// the limit, and none is left at the end (newCommand sees to that).
func TestCommandHundredCalls(t *testing.T) {
	const limit = 8
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = limit })
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		pids = map[int]int{}
	)
	for range 100 {
		wg.Go(func() {
			for range 5 {
				nonce := newUUID()
				s := ask(t, c, task{Do: "echo", Nonce: nonce})
				if s.Nonce != nonce {
					t.Errorf("got the answer %q, want %q", s.Nonce, nonce)
				}
				mu.Lock()
				pids[s.PID]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(pids) > limit {
		t.Errorf("%d workers, allowed are %d: %v", len(pids), limit, pids)
	}
}

// The same among functions that fail in every way: no answer goes astray, and at
// no time are there more processes than the limit.
func TestCommandHundredCallsWithCrashes(t *testing.T) {
	const limit = 6
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = limit })
	stop := make(chan struct{})
	var watch, wg sync.WaitGroup
	watch.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
				if n := len(workersOf(c)); n > limit {
					t.Errorf("%d processes, allowed are %d", n, limit)
				}
			}
		}
	})
	for i := range 100 {
		wg.Go(func() {
			nonce := newUUID()
			switch i % 10 {
			case 3:
				if o := send(t, c, task{Do: "exit", Code: 7}); o.failed == "" {
					t.Errorf("exit: %s", o.payload)
				}
			case 6:
				want := `{"errorType":"` + nonce + `"}`
				if o := send(t, c, task{Do: "error, exit", Text: want}); o.payload != want {
					t.Errorf("error: %s, want %s", o.payload, want)
				}
			case 8:
				payload, _, err := invokeStream(t, c, newStreamEvent(task{Do: "stream, exit", Size: 1}))
				if payload != "chunk 0\n" || err == nil {
					t.Errorf("stream: %q, %v", payload, err)
				}
			default:
				if s := ask(t, c, task{Do: "echo", Nonce: nonce}); s.Nonce != nonce {
					t.Errorf("got the answer %q, want %q", s.Nonce, nonce)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	watch.Wait()
}

// One call after the other needs one worker, and is never throttled: a worker
// that has answered is about to be free, and one that crashed about to be gone.
func TestCommandSequentialCallsShareAWorker(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.MaxConcurrency, c.Throttle = 1, true })
	first := worksStill(t, c)
	for range 500 {
		if s := worksStill(t, c); s.PID != first.PID {
			t.Fatalf("worker %d, then %d", first.PID, s.PID)
		}
	}
	for range 3 {
		send(t, c, task{Do: "exit"})
		worksStill(t, c)
	}
}

func TestCommandSecondWorkerOnlyIfNeeded(t *testing.T) {
	c := newCommand(t)
	pids := map[int]bool{}
	for range 200 {
		pids[worksStill(t, c).PID] = true
	}
	if len(pids) != 1 {
		t.Errorf("%d workers for one call at a time", len(pids))
	}
}

func TestCommandThrottle(t *testing.T) {
	hook := newHook(t)
	reports := make(chan Report, 10)
	c := newCommand(t, func(c *Command) {
		c.MaxConcurrency, c.Throttle = 1, true
		c.Observe = func(r Report) { reports <- r }
	})
	var wg sync.WaitGroup
	wg.Go(func() { ask(t, c, task{Do: "echo", Hook: hook.url}) })
	<-hook.arrived
	_, err := c.Invoke(t.Context(), newEvent(task{Do: "echo"}))
	refusal, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok || refusal.Status != http.StatusTooManyRequests || refusal.Code != "TooManyRequestsException" ||
		refusal.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" || refusal.MayHaveRun || refusal.RequestID == "" {
		t.Errorf("error %+v", refusal)
	}
	if r := <-reports; r.Status != 429 || r.Error != "TooManyRequestsException" || r.RequestID != refusal.RequestID {
		t.Errorf("report %+v", r)
	}
	hook.proceed <- struct{}{}
	wg.Wait()
	worksStill(t, c)
}

// At the limit calls wait, in their order. Who gives up has not run.
func TestCommandQueue(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	var wg sync.WaitGroup
	wg.Go(func() { ask(t, c, task{Do: "echo", Hook: hook.url + "running"}) })
	<-hook.arrived

	turns := []string{"first", "second", "third"}
	for i, nonce := range turns {
		wg.Go(func() { ask(t, c, task{Do: "echo", Hook: hook.url + nonce}) })
		eventually(t, nonce+" waits", func() bool { return waiting(c) == i+1 })
	}
	ctx, cancel := context.WithCancel(t.Context())
	wg.Go(func() {
		_, err := c.Invoke(ctx, newStreamEvent(task{Do: "echo", Hook: hook.url + "never"}))
		refusal, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || refusal.MayHaveRun || !errors.Is(err, context.Canceled) {
			t.Errorf("error %+v", err)
		}
	})
	eventually(t, "the fourth waits", func() bool { return waiting(c) == 4 })
	cancel()
	eventually(t, "the fourth has given up", func() bool { return waiting(c) == 3 })
	hook.proceed <- struct{}{}
	for _, want := range turns {
		if got := <-hook.arrived; got != want {
			t.Errorf("%s came, want %s", got, want)
		}
		hook.proceed <- struct{}{}
	}
	wg.Wait()
	select {
	case who := <-hook.arrived:
		t.Errorf("%s ran", who)
	default:
	}
}

func waiting(c *Command) int {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	return len(c.pool.waiters)
}

func idling(c *Command) int {
	c.pool.mu.Lock()
	defer c.pool.mu.Unlock()
	return len(c.pool.idle)
}

// A worker that takes its time between its answer and its next request is not
// waited for beyond reason: another one is started.
func TestCommandLingeringWorker(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 2 })
	slow := ask(t, c, task{Do: "linger", Hook: hook.url})
	<-hook.arrived
	if s := worksStill(t, c); s.PID == slow.PID {
		t.Error("the lingering worker took another invocation")
	}
	eventually(t, "one is idle", func() bool { return idling(c) == 1 })
	hook.proceed <- struct{}{}
	eventually(t, "both are idle", func() bool { return idling(c) == 2 })
	if s := worksStill(t, c); s.PID != slow.PID {
		t.Error("not the worker that was used most recently")
	}
}

// The caller's context ends while the function runs: Invoke returns at once, and
// the function runs on to its end.
func TestCommandContext(t *testing.T) {
	hook := newHook(t)
	reports := make(chan Report, 10)
	c := newCommand(t, func(c *Command) {
		c.MaxConcurrency = 1
		c.Observe = func(r Report) { reports <- r }
	})
	before := worksStill(t, c)
	<-reports
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Invoke(ctx, newEvent(task{Do: "echo", Hook: hook.url}))
		failed <- err
	}()
	<-hook.arrived
	cancel()
	err := <-failed
	refusal, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok || !refusal.MayHaveRun || !errors.Is(err, context.Canceled) || refusal.RequestID == "" {
		t.Errorf("error %+v", err)
	}
	hook.proceed <- struct{}{}
	if r := <-reports; r.RequestID != refusal.RequestID || r.Error != "" || r.Status != 200 {
		t.Errorf("report %+v", r)
	}
	if after := worksStill(t, c); after.PID != before.PID {
		t.Error("the worker was replaced")
	}
}

// The context ends while the worker is being started: the function is not run,
// and the worker is there for the next call.
func TestCommandContextDuringInit(t *testing.T) {
	c := newCommand(t, mode("init hang"), func(c *Command) { c.MaxConcurrency = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Invoke(ctx, newEvent(task{Do: "echo"}))
		failed <- err
	}()
	eventually(t, "the process is there", func() bool { return len(workersOf(c)) == 1 })
	cancel()
	err := <-failed
	if refusal, ok := errors.AsType[*vialambda.InvokeError](err); !ok || refusal.MayHaveRun || !errors.Is(err, context.Canceled) {
		t.Errorf("error %+v", err)
	}
	expired, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Invoke(expired, newEvent(task{})); !errors.Is(err, context.Canceled) {
		t.Errorf("error %+v", err)
	}
}
