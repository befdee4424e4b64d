package gateway_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// TestDefaults: the limits of a configuration that says nothing are those that its
// documentation promises.
func TestDefaults(t *testing.T) {
	announce := func(n int64) func(*http.Request) {
		return func(r *http.Request) { r.Body, r.ContentLength = io.NopCloser(strings.NewReader("short")), n }
	}
	plain := mustNew(t, single(answering(`{"statusCode":200}`)))
	wide := mustNew(t, single(answering(`{"statusCode":200}`), func(_ *gateway.Config, target *gateway.Target) { target.MaxBody = 1 << 40 }))
	for _, tt := range []struct {
		gw     *gateway.Gateway
		length int64
		want   int
		words  string
	}{
		{plain, 6_291_456, 413, "Request Too Long"}, // the event would be
		{plain, 6_291_457, 413, "the body is too large: allowed are 6291456 bytes"},
		{wide, 192 << 20, 413, "Request Too Long"},
		{wide, 192<<20 + 1, 503, "the gateway is busy"},
	} {
		if w := do(tt.gw, "POST", "/", announce(tt.length)); w.Code != tt.want || !strings.Contains(w.Body.String(), tt.words) {
			t.Errorf("a body of %d bytes: %d %s, want %d %s", tt.length, w.Code, w.Body, tt.want, tt.words)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		slow := vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
			<-ctx.Done()
			return nil, &vialambda.InvokeError{MayHaveRun: true, Err: ctx.Err()}
		})
		gw := mustNew(t, single(slow, func(_ *gateway.Config, target *gateway.Target) { target.MaxConcurrent, target.Queue = 1, 1 }))
		ended := make(chan time.Duration, 1)
		began := time.Now()
		go func() { do(gw, "POST", "/"); ended <- time.Since(began) }()
		synctest.Wait()
		if w := do(gw, "POST", "/"); w.Code != 503 || time.Since(began) != time.Second {
			t.Errorf("in the queue: %d after %v", w.Code, time.Since(began))
		}
		if d := <-ended; d != 15*time.Minute {
			t.Errorf("a call takes %v at most", d)
		}
	})
}
