package vialambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// functions stand for what is deployed: in production the Invoker is
// awslambda.New(cfg), in tests and here it is locallambda.
var functions = locallambda.Functions{
	"flaskexp-test": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/health":
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"status":"UP"}`)
		case "/panic":
			panic("something broke")
		default:
			http.NotFound(w, r)
		}
	})),
}

// One call, as in the README of lambda-httpx.
func Example() {
	client := &http.Client{Transport: &vialambda.Transport{Invoker: functions}}
	resp, err := client.Get("http+lambda://flaskexp-test/health")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 OK {"status":"UP"}
}

// Ten calls at once: each invocation runs in an environment of its own, so all
// ten run at the same time.
func Example_concurrent() {
	var running, most atomic.Int64
	all := make(chan struct{})
	slow := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := running.Add(1); n == 10 {
			most.Store(n)
			close(all) // nobody answers before the tenth is here
		}
		select {
		case <-all:
			fmt.Fprint(w, "done")
		case <-r.Context().Done():
		}
	}))
	client := &http.Client{Transport: &vialambda.Transport{Invoker: locallambda.Functions{"slow": slow}}, Timeout: 10 * time.Second}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			resp, err := client.Get("http+lambda://slow/")
			if err != nil {
				fmt.Println(err)
				return
			}
			resp.Body.Close()
		})
	}
	wg.Wait()
	fmt.Println("running at once:", most.Load())
	// Output: running at once: 10
}

// Beside https, the way lambda-httpx mounts its transport.
func ExampleTransport_registerProtocol() {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.RegisterProtocol(vialambda.Scheme, &vialambda.Transport{Invoker: functions})
	client := &http.Client{Transport: t}
	resp, err := client.Get("http+lambda://flaskexp-test/health")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output: 200
}

func ExampleMount() {
	client := &http.Client{Transport: vialambda.Mount(http.DefaultTransport, &vialambda.Transport{Invoker: functions})}
	resp, err := client.Get("http://flaskexp-test.lambda.internal/health") // for tools that know only http
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output: 200
}

func ExampleTargets() {
	client := &http.Client{Transport: &vialambda.Transport{
		Invoker: functions,
		Targets: vialambda.Targets{
			"health": {Function: "flaskexp-test", Format: vialambda.HTTPAPI},
		},
	}}
	resp, err := client.Get("http+lambda://health/health")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output: 200
}

func ExampleWithTarget() {
	ctx := vialambda.WithTarget(context.Background(), vialambda.Target{Format: vialambda.FunctionURL})
	req, _ := http.NewRequestWithContext(ctx, "GET", "http+lambda://flaskexp-test/health", nil)
	client := &http.Client{Transport: &vialambda.Transport{Invoker: functions}}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output: 200
}

func ExampleWithInfo() {
	ctx, info := vialambda.WithInfo(context.Background())
	req, _ := http.NewRequestWithContext(ctx, "GET", "http+lambda://flaskexp-test/health", nil)
	client := &http.Client{Transport: &vialambda.Transport{Invoker: functions}}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(info.Function, info.Version, "attempts:", info.Attempts, "request id:", len(info.RequestID) > 0)
	// Output: flaskexp-test $LATEST attempts: 1 request id: true
}

// What happened, when there is no HTTP response.
func ExampleFunctionError() {
	client := &http.Client{Transport: &vialambda.Transport{Invoker: functions}}
	_, err := client.Get("http+lambda://flaskexp-test/panic")
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		fmt.Println("the function failed:", e.Message)
	}
	_, err = client.Get("http+lambda://no-such-function/")
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		fmt.Println("Lambda said:", e.Code, e.Status, "may have run:", e.MayHaveRun)
	}
	// Output:
	// the function failed: something broke
	// Lambda said: ResourceNotFoundException 404 may have run: false
}

func ExampleCookieJar() {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := r.Cookie("session"); err == nil {
			fmt.Fprint(w, "welcome back")
			return
		}
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "1", Secure: true})
		fmt.Fprint(w, "hello")
	})
	jar, _ := cookiejar.New(nil)
	client := &http.Client{
		Transport: &vialambda.Transport{Invoker: locallambda.Functions{"shop": locallambda.HTTP(app)}},
		Jar:       vialambda.CookieJar(jar),
	}
	for range 2 {
		resp, err := client.Get("http+lambda://shop/")
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(string(body))
	}
	// Output:
	// hello
	// welcome back
}

func ExampleErrorResponse() {
	err := &vialambda.FunctionError{Type: "KeyError", Message: "'user'"}
	resp := vialambda.ErrorResponse(nil, vialambda.HTTPAPI, err)
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 500 Internal Server Error {"message":"Internal Server Error"}
}

// Under httputil.ReverseProxy a function is an upstream like any other.
func ExampleTransport_reverseProxy() {
	upstream, _ := url.Parse("http+lambda://flaskexp-test")
	proxy := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(upstream); r.SetXForwarded() },
		Transport: &vialambda.Transport{Invoker: functions, ErrorResponses: true},
	}
	rec := httptest.NewRecorder()
	proxy.ServeHTTP(rec, httptest.NewRequest("GET", "http://shop.example/health", nil))
	fmt.Println(rec.Code, rec.Body)
	// Output: 200 {"status":"UP"}
}

// An Invoker is easy to fake: this one answers without any Lambda.
func ExampleInvokerFunc() {
	fake := vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		answer := `{"statusCode":200,"body":"this is ` + in.Function + `"}`
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(answer))}, nil
	})
	client := &http.Client{Transport: &vialambda.Transport{Invoker: fake}}
	resp, err := client.Get("http+lambda://orders/")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(string(body))
	// Output: this is orders
}
