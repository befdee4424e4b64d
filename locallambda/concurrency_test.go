package locallambda_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// counting is a function that takes a second and counts how many run beside it.
type counting struct {
	mu                  sync.Mutex
	running, runs, most int
}

func (c *counting) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	c.mu.Lock()
	c.running++
	c.runs++
	c.most = max(c.most, c.running)
	c.mu.Unlock()
	time.Sleep(time.Second)
	c.mu.Lock()
	c.running--
	c.mu.Unlock()
	return reply("null")(ctx, in)
}

func (c *counting) counts() (runs, most int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.runs, c.most
}

func TestConcurrencyLimit(t *testing.T) {
	for _, tt := range []struct {
		name             string
		max, queue       int
		runs, most, took int
		refused          int
	}{
		{name: "none", max: 0, queue: 5, refused: 10},
		{name: "refuse", max: 3, runs: 3, most: 3, took: 1, refused: 7},
		{name: "wait for some", max: 3, queue: 4, runs: 7, most: 3, took: 3, refused: 3},
		{name: "wait for all", max: 3, queue: -1, runs: 10, most: 3, took: 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fn := &counting{}
				limit := &locallambda.ConcurrencyLimit{Invoker: fn, Max: tt.max, Queue: tt.queue, RetryAfter: time.Minute}
				start := time.Now()
				errs := make(chan error, 10)
				for range 10 {
					go func() {
						_, err := limit.Invoke(t.Context(), &vialambda.Invocation{})
						errs <- err
					}()
				}
				refused := 0
				for range 10 {
					if err := <-errs; err != nil {
						e, _ := errors.AsType[*vialambda.InvokeError](err)
						if e == nil || e.Status != 429 || e.Reason != "ReservedFunctionConcurrentInvocationLimitExceeded" ||
							e.RetryAfter != time.Minute || e.MayHaveRun {
							t.Errorf("%+v", err)
						}
						refused++
					}
				}
				runs, most := fn.counts()
				if took := int(time.Since(start) / time.Second); refused != tt.refused || runs != tt.runs || most != tt.most || took != tt.took {
					t.Errorf("%d refused, %d runs, %d at once, in %d s", refused, runs, most, took)
				}
			})
		})
	}
}

// Who gives up waiting has not run, and leaves its turn to others.
func TestConcurrencyLimitGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn := &counting{}
		limit := &locallambda.ConcurrencyLimit{Invoker: fn, Max: 1, Queue: -1}
		go limit.Invoke(t.Context(), &vialambda.Invocation{})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := limit.Invoke(ctx, &vialambda.Invocation{})
		e, _ := errors.AsType[*vialambda.InvokeError](err)
		if !errors.Is(err, context.DeadlineExceeded) || e == nil || e.MayHaveRun {
			t.Errorf("%+v", err)
		}
		if _, err := limit.Invoke(t.Context(), &vialambda.Invocation{}); err != nil {
			t.Error(err)
		}
		if runs, most := fn.counts(); runs != 2 || most != 1 {
			t.Errorf("%d runs, %d at once", runs, most)
		}
	})
}

// A stream holds its place until it ends, whichever way.
func TestConcurrencyLimitStream(t *testing.T) {
	limit := &locallambda.ConcurrencyLimit{Invoker: reply("abc"), Max: 1}
	ends := map[string]func(io.ReadCloser){
		"read":        func(p io.ReadCloser) { io.ReadAll(p) },
		"closed":      func(p io.ReadCloser) { p.Close() },
		"read, twice": func(p io.ReadCloser) { io.ReadAll(p); p.Close(); p.Close() },
	}
	for name, end := range ends {
		res, err := limit.Invoke(t.Context(), &vialambda.Invocation{Stream: true})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 2 {
			if _, err := limit.Invoke(t.Context(), &vialambda.Invocation{Stream: true}); err == nil {
				t.Errorf("before the stream was %s there was room for another", name)
			}
		}
		end(res.Payload)
	}
	for range 3 { // buffered ones hold none after Invoke
		if _, err := limit.Invoke(t.Context(), &vialambda.Invocation{}); err != nil {
			t.Error(err)
		}
	}
}
