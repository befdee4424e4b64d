package vialambda

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/internal/event"
	"github.com/vialambda/vialambda/internal/memo"
)

// TestKnownHosts sends every pair of requests, one after the other: what the Transport
// remembers of the first must not change what it makes of the second.
func TestKnownHosts(t *testing.T) {
	invoker := InvokerFunc(nil)
	targets := Targets{
		"shop":   {Function: "arn:aws:lambda:eu-west-1:123456789012:function:shop:prod", Format: HTTPAPI},
		"async":  {Async: true},
		"routed": {Routes: []string{"GET /items/{id}", "ANY /{proxy+}"}},
		"source": {Front: Front{SourceIP: "192.0.2.7"}},
	}
	withHost := func(host string) func(*http.Request) { return func(r *http.Request) { r.Host = host } }
	var requests []*http.Request
	for _, u := range []string{
		"http+lambda://orders/", "http+lambda://orders/items/4?x=1", "http+lambda://orders:7/", "http+lambda://7.orders/", "http+lambda://Orders/",
		"http+lambda://orders.lambda.internal/", "http+lambda://orders.lambda.internal:7/", "http://orders.lambda.internal/", "http://orders.lambda.internal:7/",
		"https://orders.lambda.internal:7/", "http+lambda://shop/", "http+lambda://9.shop/", "http+lambda://async/", "http+lambda://routed/items/4",
		"http+lambda://routed/items/5", "http+lambda://routed/", "http+lambda://source/", "http+lambda://orders:/", "http+lambda:orders", "http+lambda://a.b.orders/",
	} {
		for _, change := range []func(*http.Request){
			func(*http.Request) {},
			withHost(""), withHost("api.example.com"), withHost("orders:"),
			func(r *http.Request) { r.RemoteAddr = "198.51.100.4:4711" },
			func(r *http.Request) { r.Header.Set("Prefer", "respond-async") },
			func(r *http.Request) { r.Method = http.MethodPost },
			func(r *http.Request) { r.URL.Opaque = "orders" },
			func(r *http.Request) { *r = *r.WithContext(WithTarget(r.Context(), Target{Qualifier: "canary"})) },
			func(r *http.Request) { *r = *r.WithContext(WithTarget(r.Context(), Target{Async: true})) },
		} {
			parsed, err := url.Parse(u)
			if err != nil {
				t.Fatal(err)
			}
			r := (&http.Request{Method: http.MethodGet, URL: parsed, Host: parsed.Host, Header: http.Header{}}).WithContext(context.Background())
			change(r)
			requests = append(requests, r)
		}
	}
	fronts := 0
	resolve := func(tr *Transport, r *http.Request) (resolved, string) {
		x := exchange{t: tr, req: r}
		err := x.resolve()
		if err != nil {
			return resolved{}, err.Error()
		}
		to := *x.to
		to.Invoker = nil // a func, which nothing equals
		if front := to.restFront; front != nil {
			to.restFront = nil // only what is remembered has one
			e := to.event()
			if want := event.NewRESTFront(&e); to.Format != RESTAPI || *front != *want {
				t.Fatalf("%s (Host %q): what is remembered of its front is\n%+v, not\n%+v", r.URL, r.Host, front, want)
			}
			fronts++
		}
		return to, ""
	}
	for _, first := range requests {
		for _, second := range requests {
			want, wantErr := resolve(&Transport{Invoker: invoker, Targets: targets}, second)
			tr := &Transport{Invoker: invoker, Targets: targets}
			resolve(tr, first)
			if got, err := resolve(tr, second); err != wantErr || !reflect.DeepEqual(got, want) {
				t.Fatalf("after %s (Host %q, from %q), %s (Host %q, from %q) is\n%+v %s\nby itself\n%+v %s",
					first.URL, first.Host, first.RemoteAddr, second.URL, second.Host, second.RemoteAddr, got, err, want, wantErr)
			}
		}
	}
	if fronts == 0 {
		t.Error("no front was remembered")
	}
}

// TestKnownFrontIsWrong: an Authorizer that is no object is an error of every call.
func TestKnownFrontIsWrong(t *testing.T) {
	tr := &Transport{Invoker: InvokerFunc(nil), Front: Front{Authorizer: []byte("[1]")}}
	for range 3 {
		req, _ := http.NewRequest(http.MethodGet, "http+lambda://orders/", nil)
		if _, err := tr.RoundTrip(req); err == nil || !strings.Contains(err.Error(), "Front.Authorizer is not a JSON object") {
			t.Errorf("error %v", err)
		}
	}
}

// TestKnownHostsAreBounded: a Transport does not grow with the hosts that it is asked for.
func TestKnownHostsAreBounded(t *testing.T) {
	tr := &Transport{Invoker: InvokerFunc(nil)}
	for i := range memo.Limit + 10 {
		x := exchange{t: tr, req: &http.Request{URL: &url.URL{Scheme: Scheme, Host: "f" + strconv.Itoa(i)}}}
		for range 2 {
			if err := x.resolve(); err != nil || x.to.Function != x.req.URL.Host {
				t.Fatalf("%s is %q, %v", x.req.URL.Host, x.to.Function, err)
			}
		}
		if found := tr.known.find(x.req); (found != nil) != (i < memo.Limit) {
			t.Fatalf("host %d is known: %v", i+1, found)
		}
	}
}

// TestKnownHostsShareNoMemory: the URL of a request does not live on in what is
// remembered of its host.
func TestKnownHostsShareNoMemory(t *testing.T) {
	const size = 32 << 20
	tr := &Transport{Invoker: InvokerFunc(nil)}
	before := heap()
	func() {
		u, err := url.Parse("http+lambda://7.orders/" + strings.Repeat("x", size))
		if err != nil {
			t.Fatal(err)
		}
		x := exchange{t: tr, req: &http.Request{URL: u}}
		if err := x.resolve(); err != nil || tr.known.find(x.req) == nil {
			t.Fatalf("the host is not known (%v)", err)
		}
	}()
	if grown := heap() - before; grown > size/2 {
		t.Errorf("%d bytes are held", grown)
	}
	runtime.KeepAlive(tr)
}

// heap returns how many bytes are in use.
func heap() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
