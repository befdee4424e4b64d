package gateway_test

import (
	"context"
	"net/http"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// TestReloadKeepsCounts: what runs and waits counts for the new configuration, too,
// and a budget for retries that is used up stays so.
func TestReloadKeepsCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		records := make(chan gateway.Record, 3)
		c := single(vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			<-release
			return answer(`{"statusCode":200}`), nil
		}), func(c *gateway.Config, target *gateway.Target) {
			target.MaxConcurrent, target.Queue, target.QueueTimeout = 1, 1, time.Hour
			c.Observe = func(r *gateway.Record) { records <- *r }
		})
		gw := mustNew(t, c)
		codes := make(chan int, 2)
		for range 2 {
			go func() { codes <- do(gw, "POST", "/").Code }()
			synctest.Wait()
		}
		if err := gw.Reload(c); err != nil {
			t.Fatal(err)
		}
		if s := gw.Stats()[0]; s != (gateway.Stats{Target: "f", Requests: 2, Running: 1, Queued: 1}) {
			t.Errorf("after a reload: %+v", s)
		}
		if w := do(gw, "POST", "/"); w.Code != 503 {
			t.Errorf("after a reload there is room for one more: %d", w.Code)
		}
		time.Sleep(time.Minute)
		close(release)
		if a, b := <-codes, <-codes; a != 200 || b != 200 {
			t.Errorf("%d %d", a, b)
		}
		<-records // of the one that found no room
		if a, b := <-records, <-records; min(a.Queued, b.Queued) != 0 || max(a.Queued, b.Queued) != time.Minute {
			t.Errorf("queued for %v and %v", a.Queued, b.Queued)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c := single(vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			calls++
			return nil, &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429}
		}))
		gw := mustNew(t, c)
		attempts := func() int {
			before := calls
			do(gw, "GET", "/")
			return calls - before
		}
		first, last := attempts(), 0
		for range 500 {
			last = attempts()
		}
		if err := gw.Reload(c); err != nil {
			t.Fatal(err)
		}
		if again := attempts(); first != 3 || last != 1 || again != 1 {
			t.Errorf("%d attempts at first, %d at last, %d after a reload", first, last, again)
		}
	})
}

// TestWhatTheFunctionSees of a request that says little: the configured host, and
// no wish for compression that the client has not.
func TestWhatTheFunctionSees(t *testing.T) {
	var s seen
	gw := mustNew(t, single(named("f", &s), func(_ *gateway.Config, target *gateway.Target) { target.Front.DomainName = "orders.example" }))
	if w := do(gw, "GET", "/"); w.Code != 200 {
		t.Fatal(w.Code)
	}
	if got := s.request(); got.Host != "orders.example" || got.Header["Accept-Encoding"] != nil {
		t.Errorf("the function sees the host %q, %v", got.Host, got.Header)
	}
}

// TestLocationBehindTLS: a trusted proxy that has ended TLS gets a Location that
// leads back to it.
func TestLocationBehindTLS(t *testing.T) {
	gw := mustNew(t, single(answering(`{"statusCode":301,"headers":{"Location":"https://localhost:8080/x/"}}`), func(c *gateway.Config, _ *gateway.Target) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	}))
	for remote, want := range map[string]string{"10.0.0.1:9": "https://localhost:8080/x/", "192.0.2.7:9": "http://localhost:8080/x/"} {
		w := do(gw, "GET", "/x", header("X-Forwarded-Proto", "https"), func(r *http.Request) { r.RemoteAddr = remote })
		if got := w.Header().Get("Location"); got != want {
			t.Errorf("from %s: %s, want %s", remote, got, want)
		}
	}
}

// TestProblemHasLambdasRequestID, as other answers have.
func TestProblemHasLambdasRequestID(t *testing.T) {
	gw := mustNew(t, single(answering(`{"statusCode":"x"}`), func(c *gateway.Config, _ *gateway.Target) { c.ProblemJSON = true }))
	if w := do(gw, "GET", "/"); w.Code != 502 || w.Header().Get("X-Amzn-Requestid") != "lambda-id" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}
