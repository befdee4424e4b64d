package gateway_test

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// TestIdempotencyKey: the client's header lets nothing be sent again unless the
// target allows it, and the function sees it in any case.
func TestIdempotencyKeyIsTheTargetsToAllow(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		calls := 0
		saw := ""
		f := vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			calls++
			saw = strings.ToLower(string(in.Payload))
			if calls == 1 {
				return nil, &vialambda.InvokeError{Status: 500, MayHaveRun: true}
			}
			return answer(`{"statusCode":200}`), nil
		})
		gw := mustNew(t, single(f, func(c *gateway.Config, target *gateway.Target) {
			target.IdempotencyKey = allowed
			c.Retry.BaseDelay = time.Nanosecond
		}))
		w := do(gw, "POST", "/", header("Idempotency-Key", "k1"))
		if want := map[bool]int{false: 1, true: 2}[allowed]; calls != want {
			t.Errorf("allowed %t: %d calls, status %d", allowed, calls, w.Code)
		}
		if !strings.Contains(saw, `"idempotency-key":"k1"`) {
			t.Errorf("the function does not see the key: %s", saw)
		}
	}
}

func TestAsyncOnlyWhereAllowed(t *testing.T) {
	for _, allowed := range []bool{false, true} {
		var typ vialambda.InvocationType
		f := vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			typ = in.Type
			return answer(`{"statusCode":200}`), nil
		})
		gw := mustNew(t, single(f, func(_ *gateway.Config, target *gateway.Target) { target.Async, target.Invoker = allowed, f }))
		w := do(gw, "POST", "/", header("Prefer", "respond-async"))
		if allowed != (typ == vialambda.Event) || allowed != (w.Code == 202) {
			t.Errorf("allowed %t: %v, %d", allowed, typ, w.Code)
		}
	}
}

func TestForwardedHeaders(t *testing.T) {
	var s seen
	gw := mustNew(t, single(named("f", &s), func(c *gateway.Config, _ *gateway.Target) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
		c.Routes = []gateway.Route{{
			Path: "/api/*", Target: "f", Strip: true,
			RequestHeaders:  gateway.Headers{Remove: []string{"Cookie"}, Set: map[string]string{"X-Team": "blue"}},
			ResponseHeaders: gateway.Headers{Remove: []string{"X-Function"}, Set: map[string]string{"X-Served-By": "gateway"}},
		}}
	}))
	send := func(remote string, edits ...func(*http.Request)) *http.Request {
		w := do(gw, "GET", "/api/x", append(edits, func(r *http.Request) { r.RemoteAddr = remote })...)
		if w.Code != 200 || w.Header().Get("X-Served-By") != "gateway" || w.Header().Get("X-Function") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
		return s.request()
	}
	spoof := []func(*http.Request){
		header("X-Forwarded-For", "6.6.6.6"), header("X-Forwarded-Proto", "https"), header("X-Forwarded-Host", "evil.example"),
		header("Forwarded", "for=6.6.6.6"), header("X-Real-Ip", "6.6.6.6"), header("X-Amzn-Oidc-Identity", "root"),
		header("X_forwarded_for", "6.6.6.6"), header("X_Real-Ip", "6.6.6.6"), // the same to WSGI
		header("Connection", "X-Hop, X-Forwarded-For, X-Team, X-Request-Id"), header("X-Hop", "1"), header("Proxy-Authorization", "Basic x"),
		header("Te", "trailers"), header("Cookie", "a=b"),
	}
	got := send("192.0.2.7:999", spoof...).Header
	want := map[string]string{
		"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "8080", "X-Forwarded-Prefix": "/api",
		"X-Forwarded-Host": "", "Forwarded": "", "X-Real-Ip": "", "X-Amzn-Oidc-Identity": "", "X_forwarded_for": "", "X_Real-Ip": "", "X-Hop": "", "Connection": "",
		"Proxy-Authorization": "", "Te": "", "Cookie": "", "X-Team": "blue",
	}
	for name, value := range want {
		if got.Get(name) != value {
			t.Errorf("from anybody: %s: %q, want %q", name, got.Get(name), value)
		}
	}
	if got.Get("X-Request-Id") == "" {
		t.Error("the function gets no X-Request-Id")
	}
	trusted := []func(*http.Request){
		header("X-Forwarded-For", "6.6.6.6, 203.0.113.9, 10.9.9.9"), header("X-Forwarded-Proto", "https"), header("X-Forwarded-Host", "shop.example"),
		header("Forwarded", "for=203.0.113.9"),
	}
	request := send("10.1.1.1:999", trusted...)
	want = map[string]string{
		"X-Forwarded-For": "6.6.6.6, 203.0.113.9, 10.9.9.9, 10.1.1.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example",
		"Forwarded": "for=203.0.113.9, for=10.1.1.1;proto=http",
	}
	for name, value := range want {
		if request.Header.Get(name) != value {
			t.Errorf("from a trusted proxy: %s: %q, want %q", name, request.Header.Get(name), value)
		}
	}
	if !strings.HasPrefix(request.RemoteAddr, "203.0.113.9") {
		t.Errorf("the function sees the client %s", request.RemoteAddr)
	}
}

// TestTrapE8: a redirect to the host of the event leads back to the gateway.
func TestTrapE8Locations(t *testing.T) {
	location := ""
	f := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return answer(`{"statusCode":301,"headers":{"Location":"` + location + `"}}`), nil
	})
	gw := mustNew(t, single(f, func(c *gateway.Config, _ *gateway.Target) {
		c.Routes = []gateway.Route{{Target: "f"}, {Path: "/api/*", Target: "f", Strip: true}, {Path: "/v1/*", Target: "f", Rewrite: "/v2"}}
	}))
	for _, tt := range []struct{ path, location, want string }{
		{"/x", "https://localhost:8080/x/", "http://localhost:8080/x/"},
		{"/x", "/x/?a=b", "/x/?a=b"},
		{"/x", "https://other.example/x", "https://other.example/x"},
		{"/x", "//other.example/x", "//other.example/x"},
		{"/api/x", "https://localhost:8080/x/", "http://localhost:8080/api/x/"},
		{"/api/x", "/x/", "/api/x/"},
		{"/api/x", "/api/x/", "/api/x/"},
		{"/api/x", "x/", "x/"},
		{"/v1/x", "/v2/a%2Fb", "/v1/a%2Fb"},
		{"/v1/x", "/v20/a", "/v20/a"},
	} {
		location = tt.location
		if got := do(gw, "GET", tt.path).Header().Get("Location"); got != tt.want {
			t.Errorf("%s -> %s: %q, want %q", tt.path, tt.location, got, tt.want)
		}
	}
}
