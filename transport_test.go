package vialambda_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
)

const ok = `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"hi"}`

// The RoundTripper contract, clause by clause (net/http, RoundTripper).
func TestRoundTripperContract(t *testing.T) {
	t.Run("the request is untouched", func(t *testing.T) {
		req := newRequest(t, "POST", "http+lambda://user:pw@f/a?b=c", strings.NewReader("body"))
		req.Header.Set("X-A", "1")
		req.Header.Set("Connection", "x-a")
		before := req.Clone(t.Context())
		roundTrip(t, &vialambda.Transport{Invoker: answering(ok)}, req)
		if !reflect.DeepEqual(before.Header, req.Header) || before.URL.String() != req.URL.String() || before.Host != req.Host {
			t.Errorf("the request changed: %v, was %v", req, before)
		}
	})
	t.Run("C17 the body is closed", func(t *testing.T) {
		for name, inv := range map[string]vialambda.Invoker{
			"on success":        answering(ok),
			"on error":          failing(errors.New("x")),
			"on function error": functionFailed(`{}`),
			"on bad answer":     answering(`{`),
			"without invoker":   nil,
		} {
			body := tracked("hello")
			req := newRequest(t, "POST", "http+lambda://f/", body)
			_, err := (&vialambda.Transport{Invoker: inv, Retry: vialambda.Retry{MaxAttempts: 1}}).RoundTrip(req)
			if (err == nil) != (name == "on success") {
				t.Errorf("%s: error is %v", name, err)
			}
			if !body.isClosed() {
				t.Errorf("%s: the body was not closed", name)
			}
		}
	})
	t.Run("no status is an error", func(t *testing.T) {
		for _, status := range []string{"200", "204", "301", "400", "404", "500", "503", "599"} {
			resp, _ := get(t, &vialambda.Transport{Invoker: answering(`{"statusCode":` + status + `}`)}, "http+lambda://f/")
			if !strings.HasPrefix(resp.Status, status) {
				t.Errorf("status is %q, want %s", resp.Status, status)
			}
		}
	})
	t.Run("the response is complete", func(t *testing.T) {
		req := newRequest(t, "GET", "http+lambda://f/", nil)
		resp, body := roundTrip(t, &vialambda.Transport{Invoker: answering(ok)}, req)
		if resp.Status != "200 OK" || resp.Proto != "HTTP/1.1" || resp.ProtoMajor != 1 || resp.ProtoMinor != 1 ||
			resp.ContentLength != 2 || resp.Header.Get("Content-Length") != "2" || resp.Request != req || body != "hi" {
			t.Errorf("response is %+v, body %q", resp, body)
		}
	})
	t.Run("a body that fails", func(t *testing.T) {
		f, broken := answering(ok), errors.New("broken")
		req := newRequest(t, "POST", "http+lambda://f/", io.MultiReader(strings.NewReader("x"), errReader{broken}))
		_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(req)
		if !errors.Is(err, broken) || f.count() != 0 {
			t.Errorf("error is %v after %d calls", err, f.count())
		}
	})
	t.Run("a nil header", func(t *testing.T) {
		_, err := (&vialambda.Transport{Invoker: answering(ok)}).RoundTrip(&http.Request{URL: mustURL(t, "http+lambda://f/")})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("safe for concurrent use", func(t *testing.T) {
		tr := &vialambda.Transport{Invoker: vialambda.InvokerFunc(echoPath)}
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				path := "/" + strings.Repeat("x", i)
				if _, body := get(t, tr, "http+lambda://f"+path); body != path {
					t.Errorf("%s was answered with %q", path, body)
				}
			})
		}
		wg.Wait()
	})
	t.Run("CloseIdleConnections reaches every Invoker", func(t *testing.T) {
		a, b := &closer{}, &closer{}
		tr := &vialambda.Transport{Invoker: a, Targets: vialambda.Targets{"b": {Invoker: b}, "none": {}}}
		(&http.Client{Transport: tr}).CloseIdleConnections()
		(&http.Client{Transport: vialambda.Mount(nil, tr)}).CloseIdleConnections()
		if a.closed != 2 || b.closed != 2 {
			t.Errorf("closed %d and %d times", a.closed, b.closed)
		}
	})
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type closer struct {
	vialambda.Invoker
	closed int
}

func (c *closer) CloseIdleConnections() { c.closed++ }

// echoPath answers with the path of a REST event.
func echoPath(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	_, rest, _ := bytes.Cut(in.Payload, []byte(`"path":"`))
	path, _, _ := bytes.Cut(rest, []byte(`"`))
	return result(`{"statusCode":200,"body":"` + string(path) + `"}`), nil
}

func TestTrapE3Deadlines(t *testing.T) {
	t.Run("while the function runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &http.Client{Timeout: time.Second, Transport: &vialambda.Transport{Invoker: vialambda.InvokerFunc(
				func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
					<-ctx.Done()
					return nil, ctx.Err()
				})}}
			_, err := c.Get("http+lambda://f/")
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error is %v", err)
			}
		})
	})
	t.Run("before anything is sent", func(t *testing.T) {
		f := answering(ok)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
		if !errors.Is(err, context.Canceled) || f.count() != 0 {
			t.Errorf("error is %v after %d calls", err, f.count())
		}
		if e, ok := errors.AsType[*vialambda.InvokeError](err); !ok || e.MayHaveRun {
			t.Errorf("error is %#v", err)
		}
	})
	t.Run("while the request's body blocks", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			block := make(chan struct{})
			f := answering(ok)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, "POST", "http+lambda://f/", blockingReader(block))
			_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(req)
			if !errors.Is(err, context.DeadlineExceeded) || f.count() != 0 {
				t.Errorf("error is %v after %d calls", err, f.count())
			}
			close(block)
		})
	})
	t.Run("while the answer arrives", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			c := &http.Client{Timeout: time.Second, Transport: &vialambda.Transport{Mode: vialambda.Stream, Invoker: vialambda.InvokerFunc(
				func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
					return &vialambda.Result{Payload: io.NopCloser(io.MultiReader(strings.NewReader("raw"), untilDone{ctx}))}, nil
				})}}
			resp, err := c.Get("http+lambda://f/")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if string(body) != "raw" || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("body %q, error %v", body, err)
			}
		})
	})
}

type blockingReader chan struct{}

func (b blockingReader) Read([]byte) (int, error) {
	<-b
	return 0, io.EOF
}

type untilDone struct{ ctx context.Context }

func (u untilDone) Read([]byte) (int, error) {
	<-u.ctx.Done()
	return 0, u.ctx.Err()
}

func TestRequestBodies(t *testing.T) {
	pipe := func(s string) io.Reader {
		r, w := io.Pipe()
		go func() {
			for i := range len(s) {
				_, _ = io.WriteString(w, s[i:i+1])
			}
			w.Close()
		}()
		return r
	}
	for _, tc := range []struct {
		name   string
		body   io.Reader
		want   any
		base64 bool
	}{
		{"C13 no body", http.NoBody, nil, false},
		{"nil", nil, nil, false},
		{"C18 unknown length", pipe("hello"), "hello", false},
		{"C18 unknown length, empty", pipe(""), nil, false},
		{"in memory", strings.NewReader("hello"), "hello", false},
		{"C10 not UTF-8", strings.NewReader("\xe9"), "6Q==", true},
		{"larger than a chunk of the pump", io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000))), strings.Repeat("x", 100_000), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(ok)
			ctx, cancel := context.WithCancel(t.Context()) // a context that can end
			defer cancel()
			req := newRequest(t, "POST", "http+lambda://f/", tc.body).WithContext(ctx)
			req.Header.Set("Content-Type", "text/plain")
			roundTrip(t, &vialambda.Transport{Invoker: f}, req)
			e := f.event(t)
			if e["body"] != tc.want || e["isBase64Encoded"] != tc.base64 {
				t.Errorf("body %.40v isBase64Encoded %v, want %.40v and %v", e["body"], e["isBase64Encoded"], tc.want, tc.base64)
			}
		})
	}
}

func TestTrapC14TooLarge(t *testing.T) {
	const limit = 6_291_456
	for _, tc := range []struct {
		name  string
		body  io.Reader
		ctype string
		async bool
		limit int64
	}{
		{"text", strings.NewReader(strings.Repeat("x", limit)), "text/plain", false, limit},
		{"base64", strings.NewReader(strings.Repeat("\xff", limit/4*3)), "image/png", false, limit},
		{"escapes", strings.NewReader(strings.Repeat("\x01", limit/6)), "text/plain", false, limit},
		{"unknown length", io.MultiReader(strings.NewReader(strings.Repeat("x", 2*limit))), "text/plain", false, limit},
		{"async", strings.NewReader(strings.Repeat("x", 1<<20)), "text/plain", true, 1 << 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(ok)
			req := newRequest(t, "POST", "http+lambda://f/", tc.body)
			req.Header.Set("Content-Type", tc.ctype)
			if tc.async {
				req = req.WithContext(vialambda.WithTarget(req.Context(), vialambda.Target{Async: true}))
			}
			_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(req)
			e, ok := errors.AsType[*vialambda.TooLargeError](err)
			if !ok || e.Limit != tc.limit || e.Size <= e.Limit || f.count() != 0 {
				t.Fatalf("error is %v after %d calls", err, f.count())
			}
			if !strings.Contains(err.Error(), "allowed are ") {
				t.Errorf("%q does not say what is allowed", err)
			}
		})
	}
}

func TestBodilessAnswers(t *testing.T) {
	withBody := `{"statusCode":%,"headers":{"Content-Length":"1234","X-A":"1"},"body":"%b"}`
	for _, tc := range []struct {
		name, method, status, body string
		length                     int64
		header                     string
	}{
		{"B13 HEAD keeps the length", "HEAD", "200", "", 1234, "1234"},
		{"HEAD drops a body", "HEAD", "200", "xyz", 1234, "1234"},
		{"B14 304", "GET", "304", "", 0, "1234"},
		{"B14 204", "GET", "204", "xyz", 0, ""},
		{"Content-Length is recomputed", "GET", "200", "xyz", 3, "3"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			answer := strings.NewReplacer("%b", tc.body, "%", tc.status).Replace(withBody)
			resp, body := roundTrip(t, &vialambda.Transport{Invoker: answering(answer)}, newRequest(t, tc.method, "http+lambda://f/", nil))
			if resp.ContentLength != tc.length || resp.Header.Get("Content-Length") != tc.header {
				t.Errorf("length %d, header %q", resp.ContentLength, resp.Header.Get("Content-Length"))
			}
			if wantBody := tc.method == "GET" && tc.status == "200"; wantBody != (body != "") {
				t.Errorf("body is %q", body)
			}
			if tc.status != "200" && resp.Header.Get("Content-Type") != "" {
				t.Errorf("Content-Type %q was invented", resp.Header.Get("Content-Type"))
			}
		})
	}
}

func TestTrapC3BasicAuth(t *testing.T) {
	for name, send := range map[string]func(*http.Request, *vialambda.Transport) error{
		"alone":       func(r *http.Request, tr *vialambda.Transport) error { _, err := tr.RoundTrip(r); return err },
		"http.Client": func(r *http.Request, tr *vialambda.Transport) error { _, err := client(tr).Do(r); return err },
	} {
		f := answering(ok)
		if err := send(newRequest(t, "GET", "http+lambda://user:pw@f/", nil), &vialambda.Transport{Invoker: f}); err != nil {
			t.Fatal(err)
		}
		if got := f.event(t)["headers"].(map[string]any)["Authorization"]; got != "Basic dXNlcjpwdw==" {
			t.Errorf("%s: Authorization is %v", name, got)
		}
		if in := f.last(t); in.Qualifier != "" {
			t.Errorf("%s: qualifier is %q", name, in.Qualifier)
		}
	}
}

func TestHost(t *testing.T) {
	for _, tc := range []struct {
		name, host string
		front      vialambda.Front
		wantHost   string
		wantDomain string
	}{
		{"default", "", vialambda.Front{}, "f.lambda.internal", "f.lambda.internal"},
		{"request", "shop.example:8443", vialambda.Front{}, "shop.example:8443", "shop.example"},
		{"domain name", "", vialambda.Front{DomainName: "api.example"}, "api.example", "api.example"},
		{"both", "shop.example", vialambda.Front{DomainName: "api.example"}, "shop.example", "api.example"},
	} {
		f := answering(ok)
		req := newRequest(t, "GET", "http+lambda://f/", nil)
		if tc.host != "" {
			req.Host = tc.host
		} else {
			req.Host = "" // E2: as after a redirect
		}
		roundTrip(t, &vialambda.Transport{Invoker: f, Front: tc.front}, req)
		e := f.event(t)
		host, domain := e["headers"].(map[string]any)["Host"], e["requestContext"].(map[string]any)["domainName"]
		if host != tc.wantHost || domain != tc.wantDomain {
			t.Errorf("%s: Host %v, domainName %v", tc.name, host, domain)
		}
	}
}

func TestReverseProxy(t *testing.T) {
	f := answering(ok)
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(mustURL(t, "http+lambda://orders/base"))
			r.SetXForwarded()
		},
		Transport: &vialambda.Transport{Invoker: f},
	}
	req := httptest.NewRequest("GET", "http://shop.example/items?x=1", nil)
	req.RemoteAddr = "192.0.2.7:1234"
	rec := httptest.NewRecorder()
	proxy.ServeHTTP(rec, req)
	if rec.Code != 200 || rec.Body.String() != "hi" {
		t.Fatalf("%d %q", rec.Code, rec.Body)
	}
	e := f.event(t)
	h := e["headers"].(map[string]any)
	if e["path"] != "/base/items" || h["X-Forwarded-For"] != "192.0.2.7" || h["X-Forwarded-Host"] != "shop.example" || h["X-Forwarded-Proto"] != "http" {
		t.Errorf("event is %v", e)
	}
	if ip := e["requestContext"].(map[string]any)["identity"].(map[string]any)["sourceIp"]; ip != "192.0.2.7" {
		t.Errorf("sourceIp is %v", ip)
	}
}

func TestRegisterProtocol(t *testing.T) {
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.RegisterProtocol(vialambda.Scheme, &vialambda.Transport{Invoker: answering(ok)})
	resp, err := (&http.Client{Transport: base}).Get("http+lambda://flaskexp-test/health")
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%v, %v", resp, err)
	}
	resp.Body.Close()
}

func TestMount(t *testing.T) {
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "web") }))
	defer web.Close()
	c := &http.Client{Transport: vialambda.Mount(nil, &vialambda.Transport{Invoker: answering(ok)})}
	for target, want := range map[string]string{
		"http+lambda://f/":               "hi",
		"http://f.lambda.internal/":      "hi",
		"http://f.lambda.internal:8080/": "hi",
		"https://f.lambda.internal/":     "hi",
		web.URL:                          "web",
	} {
		resp, err := c.Get(target)
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if string(body) != want {
			t.Errorf("%s: body is %q, want %q", target, body, want)
		}
	}
	c.CloseIdleConnections()
}
