package invokertest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// patience is after how long a call that does not heed its context is ended
// otherwise, so that the test fails instead of hanging.
const patience = 20 * time.Second

// testContexts ends the context at every stage of a call.
func (s suite) testContexts(t *testing.T) {
	modes(t, func(t *testing.T, stream bool) {
		t.Run("before", func(t *testing.T) {
			fn := watch(reply("null"))
			invoker := s.invoker(t, locallambda.Functions{"fn": fn})
			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			expired, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
			defer cancel()
			for _, ctx := range []context.Context{cancelled, expired} {
				_, err := invoker.Invoke(ctx, &vialambda.Invocation{Function: "fn", Stream: stream})
				wantEnded(ctx, t, err, false)
			}
			if n := fn.arrived.Total(); n != 0 {
				t.Errorf("invoked %d times", n)
			}
			answer(t, invoker, &vialambda.Invocation{Function: "fn", Stream: stream})
		})
		t.Run("while the function runs", func(t *testing.T) {
			fn := newWaiting()
			invoker := s.invoker(t, locallambda.Functions{"fn": fn})
			release := sync.OnceFunc(func() { close(fn.release) })
			t.Cleanup(release)
			defer time.AfterFunc(patience, release).Stop()

			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-fn.begun
				cancel()
			}()
			res, err := invoker.Invoke(ctx, &vialambda.Invocation{Function: "fn", Stream: stream})
			wantEnded(ctx, t, read(res, err), true)

			ctx, cancel = context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			res, err = invoker.Invoke(ctx, &vialambda.Invocation{Function: "fn", Stream: stream})
			wantEnded(ctx, t, read(res, err), true)
		})
		t.Run("while the answer is read", func(t *testing.T) {
			if !stream {
				t.Skip("a buffered answer may have arrived whole")
			}
			enough := make(chan struct{})
			invoker := s.invoker(t, locallambda.Functions{
				"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
					return write(ctx, func(w io.Writer) error {
						for {
							select {
							case <-enough:
								return nil
							default:
							}
							if _, err := w.Write(make([]byte, 10_000)); err != nil {
								return err
							}
						}
					}), nil
				}),
			})
			stop := sync.OnceFunc(func() { close(enough) })
			defer stop()
			defer time.AfterFunc(patience, stop).Stop()
			ctx, cancel := context.WithCancel(t.Context())
			res, err := invoker.Invoke(ctx, &vialambda.Invocation{Function: "fn", Stream: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(res.Payload, make([]byte, 100)); err != nil {
				t.Fatal(err)
			}
			cancel()
			wantEnded(ctx, t, read(res, nil), true)
		})
	})
}

// read reads what a call has answered to the end, and returns its error.
func read(res *vialambda.Result, err error) error {
	if err != nil {
		return err
	}
	defer res.Payload.Close()
	_, err = io.Copy(io.Discard, res.Payload)
	return err
}

// wantEnded wants err to be that of ctx. If it is an InvokeError it must know
// whether the function may have run.
func wantEnded(ctx context.Context, t *testing.T, err error, mayHaveRun bool) {
	t.Helper()
	if !errors.Is(err, ctx.Err()) {
		t.Errorf("error %v, want %v", err, ctx.Err())
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok && e.MayHaveRun != mayHaveRun {
		t.Errorf("may have run: %t", e.MayHaveRun)
	}
}
