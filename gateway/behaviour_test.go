package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// single is a configuration with one function at /.
func single(f vialambda.Invoker, edit ...func(*gateway.Config, *gateway.Target)) gateway.Config {
	var c gateway.Config
	var t gateway.Target
	for _, e := range edit {
		e(&c, &t)
	}
	c.Invoker = locallambda.Functions{"f": f}
	c.Targets = map[string]gateway.Target{"f": t}
	if c.Routes == nil {
		c.Routes = []gateway.Route{{Target: "f"}}
	}
	return c
}

func failing(err error) vialambda.Invoker {
	return vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) { return nil, err })
}

func TestErrors(t *testing.T) {
	secret := "arn:aws:lambda:eu-west-1:999988887777:function:f"
	tests := []struct {
		name   string
		f      vialambda.Invoker
		format vialambda.Format
		status int
		after  string
	}{
		{"function error", locallambda.Func(func(context.Context, []byte) ([]byte, error) { return nil, errors.New(secret) }), 0, 502, ""},
		{"function error of an HTTP API", locallambda.Func(func(context.Context, []byte) ([]byte, error) { return nil, errors.New(secret) }), vialambda.HTTPAPI, 500, ""},
		{"A8 malformed answer", answering(`{"statusCode":99}`), 0, 502, ""},
		{"A3 throttled", failing(&vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429, Message: secret, RetryAfter: 90 * time.Second}), 0, 429, "90"},
		{"no such function", failing(&vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404, Message: secret}), 0, 502, ""},
		{"access denied", failing(&vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: secret}), 0, 502, ""},
		{"no credentials", failing(&vialambda.InvokeError{Code: "NoCredentials", Err: errors.New(secret)}), 0, 502, ""},
		{"too large for Lambda", failing(&vialambda.InvokeError{Code: "RequestTooLargeException", Status: 413, Message: secret}), 0, 413, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, problem := range []bool{false, true} {
				var record gateway.Record
				gw := mustNew(t, single(tt.f, func(c *gateway.Config, target *gateway.Target) {
					c.ProblemJSON, target.Format = problem, tt.format
					c.Observe = func(r *gateway.Record) { record = *r }
				}))
				w := do(gw, "POST", "/x", header("X-Request-Id", "my-id"))
				if w.Code != tt.status || w.Header().Get("Retry-After") != tt.after {
					t.Errorf("status %d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
				}
				if w.Header().Get("X-Request-Id") != "my-id" || record.RequestID != "my-id" {
					t.Error("the request id is not the client's")
				}
				if strings.Contains(w.Body.String(), "arn:") || strings.Contains(w.Body.String(), "999988887777") {
					t.Errorf("the client is told %q", w.Body)
				}
				if record.Err == nil || record.Status != tt.status {
					t.Errorf("record: %d %v", record.Status, record.Err)
				}
				if !problem {
					continue
				}
				var p struct {
					Title, Detail string
					Status        int
					RequestID     string `json:"request_id"`
				}
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != tt.status || p.RequestID != "my-id" || p.Title == "" || p.Detail == "" {
					t.Errorf("problem %q: %v", w.Body, err)
				}
				if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
					t.Errorf("Content-Type %q", ct)
				}
			}
		})
	}
}

func TestTimeoutIs504(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
			<-ctx.Done()
			return nil, &vialambda.InvokeError{MayHaveRun: true, Err: ctx.Err()}
		})
		var record gateway.Record
		gw := mustNew(t, single(slow, func(c *gateway.Config, target *gateway.Target) {
			target.Timeout = time.Minute
			c.Observe = func(r *gateway.Record) { record = *r }
		}))
		if w := do(gw, "POST", "/"); w.Code != 504 || !record.MayRun || record.Duration != time.Minute {
			t.Errorf("%d, %+v", w.Code, record)
		}
	})
}

func TestClientGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := make(chan struct{})
		slow := vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
			<-ctx.Done()
			close(stopped)
			return nil, &vialambda.InvokeError{MayHaveRun: true, Err: ctx.Err()}
		})
		var record gateway.Record
		gw := mustNew(t, single(slow, func(c *gateway.Config, _ *gateway.Target) {
			c.Observe = func(r *gateway.Record) { record = *r }
		}))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("recovered %v", v)
				}
			}()
			do(gw, "POST", "/", func(r *http.Request) { *r = *r.WithContext(ctx) })
		}()
		<-stopped
		if record.Status != gateway.StatusClientGone || !record.ClientGone || !record.MayRun {
			t.Errorf("%+v", record)
		}
	})
}

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			<-release
			return answer(`{"statusCode":200,"body":"ok"}`), nil
		})
		gw := mustNew(t, single(f, func(_ *gateway.Config, target *gateway.Target) {
			target.MaxConcurrent, target.Queue, target.QueueTimeout = 1, 1, time.Minute
		}))
		codes := make(chan int, 3)
		call := func() { codes <- do(gw, "POST", "/").Code }
		go call()
		synctest.Wait()
		go call()
		synctest.Wait()
		if s := gw.Stats()[0]; s != (gateway.Stats{Target: "f", Requests: 2, Running: 1, Queued: 1}) {
			t.Errorf("%+v", s)
		}
		w := do(gw, "POST", "/")
		if w.Code != 503 || w.Header().Get("Retry-After") != "1" {
			t.Errorf("over the queue: %d %v", w.Code, w.Header())
		}
		close(release)
		if a, b := <-codes, <-codes; a != 200 || b != 200 {
			t.Errorf("%d %d", a, b)
		}
		if s := gw.Stats()[0]; s != (gateway.Stats{Target: "f"}) {
			t.Errorf("left over: %+v", s)
		}

		// Whoever waits too long is told so.
		release = make(chan struct{})
		go call()
		synctest.Wait()
		if w := do(gw, "POST", "/"); w.Code != 503 {
			t.Errorf("after the wait: %d", w.Code)
		}
		close(release)
		<-codes
	})
}

func TestBytesInFlight(t *testing.T) {
	large := strings.Repeat("x", 600)
	release, inside := make(chan struct{}), make(chan struct{}, 9)
	f := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		inside <- struct{}{}
		<-release
		return answer(`{"statusCode":200,"body":"` + large + `"}`), nil
	})
	gw := mustNew(t, single(f, func(c *gateway.Config, _ *gateway.Target) { c.MaxBytesInFlight = 1000 }))
	body := func(n int, known bool) func(*http.Request) {
		return func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat("b", n))), -1
			if known {
				r.ContentLength = int64(n)
			}
		}
	}
	first := make(chan *httptest.ResponseRecorder)
	go func() { first <- do(gw, "POST", "/", body(300, true)) }()
	<-inside
	for _, known := range []bool{true, false} {
		if w := do(gw, "POST", "/", body(500, known)); w.Code != 503 || w.Header().Get("Retry-After") == "" {
			t.Errorf("body of known length %t: %d %s", known, w.Code, w.Body)
		}
	}
	close(release)
	if w := <-first; w.Code != 200 {
		t.Errorf("who was let in got %d", w.Code)
	}
	large = strings.Repeat("x", 1500)
	if w := do(gw, "POST", "/"); w.Code != 503 {
		t.Errorf("answer over the budget: %d", w.Code)
	}
	if n := gw.BytesInFlight(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

func TestReloadKeepsWhatIsGood(t *testing.T) {
	gw := mustNew(t, single(named("f", nil)))
	bad := single(named("g", nil))
	bad.Routes = append(bad.Routes, bad.Routes[0])
	err := gw.Reload(bad)
	if _, ok := errors.AsType[*gateway.ConfigError](err); !ok {
		t.Errorf("Reload: %v", err)
	}
	if w := do(gw, "GET", "/"); w.Body.String() != "f GET /" {
		t.Errorf("after a bad one: %s", w.Body)
	}
	if err := gw.Reload(single(named("g", nil))); err != nil {
		t.Error(err)
	}
	if w := do(gw, "GET", "/"); w.Body.String() != "g GET /" {
		t.Errorf("after a good one: %s", w.Body)
	}
}

// TestStreamGivesItsPlaceBack: also one whose body nobody reads.
func TestStreamGivesItsPlaceBack(t *testing.T) {
	gw := mustNew(t, single(named("f", nil), func(_ *gateway.Config, target *gateway.Target) {
		target.Mode, target.MaxConcurrent = vialambda.Stream, 1
	}))
	for range 2 {
		if w := do(gw, "HEAD", "/"); w.Code != 200 {
			t.Errorf("status %d", w.Code)
		}
	}
	if s := gw.Stats()[0]; s.Running != 0 {
		t.Errorf("%+v", s)
	}
}
