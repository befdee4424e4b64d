package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// deployed stands for what is on Lambda: in production the Invoker is
// awslambda.New(cfg).
var deployed = locallambda.Functions{
	"orders": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "orders: %s %s", r.Method, r.URL.Path)
	})),
}

// A function under a prefix, as a reverse proxy.
func Example() {
	gw, err := gateway.New(gateway.Config{
		Invoker: deployed,
		Targets: map[string]gateway.Target{"orders": {MaxConcurrent: 50, Queue: 100}},
		Routes:  []gateway.Route{{Path: "/api/orders/*", Target: "orders", Strip: true}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(gw)
	defer server.Close()

	for _, path := range []string{"/api/orders/7", "/other"} {
		resp, err := http.Get(server.URL + path)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.Status, string(body))
	}
	http.DefaultClient.CloseIdleConnections()
	// Output:
	// 200 OK orders: GET /7
	// 404 Not Found {"message":"no route has this path"}
}

// Clients that honour HTTP_PROXY need no change but their environment.
func ExampleConfig_proxy() {
	gw, err := gateway.New(gateway.Config{
		Invoker: deployed,
		Targets: map[string]gateway.Target{"orders": {}},
		Proxy:   []string{"orders"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(gw)
	defer server.Close()

	proxy, _ := url.Parse(server.URL) // what http.ProxyFromEnvironment makes of HTTP_PROXY
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://orders.lambda.internal/items")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 OK orders: GET /items
}

// Wrap puts tracing, caching or anything else that is a RoundTripper around every
// call; the module otel has one. Observe gets what happened.
func ExampleConfig_observe() {
	gw, err := gateway.New(gateway.Config{
		Invoker: deployed,
		Targets: map[string]gateway.Target{"orders": {Target: vialambda.Target{Format: vialambda.HTTPAPI}}},
		Routes:  []gateway.Route{{Target: "orders"}},
		Wrap: func(next http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				fmt.Println("span begins:", r.URL)
				defer fmt.Println("span ends")
				return next.RoundTrip(r)
			})
		},
		Observe: func(r *gateway.Record) {
			fmt.Println(r.Route, r.Status, r.Info.Function, r.Info.Format, "attempts:", r.Info.Attempts)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost/items", nil)
	gw.ServeHTTP(httptest.NewRecorder(), r)
	// Output:
	// span begins: http+lambda://orders/items
	// span ends
	// /* 200 orders http-api attempts: 1
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
