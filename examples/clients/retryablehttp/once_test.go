package retryable_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/vialambda/vialambda"
	retryable "github.com/vialambda/vialambda/examples/clients/retryablehttp"
	"github.com/vialambda/vialambda/locallambda"
)

// cut is a connection that breaks when the function has run.
var cut = locallambda.FaultRule{Calls: []int64{1}, Cut: true, At: locallambda.AfterRun}

// throttled is a call that Lambda refuses before the function runs.
var throttled = locallambda.FaultRule{Calls: []int64{1}, Error: locallambda.Throttle(0)}

func TestOnceMeansOnce(t *testing.T) {
	for _, tc := range []struct {
		name, method, key string
		fault             locallambda.FaultRule
		status            int // of the function's first answer
		panics            bool
		answers, all      int // runs of the function, by policy
	}{
		{name: "POST, connection cut", method: "POST", fault: cut, answers: 1, all: 1},
		{name: "GET, connection cut", method: "GET", fault: cut, answers: 2, all: 2},
		{name: "POST, throttled", method: "POST", fault: throttled, answers: 1, all: 1},
		{name: "POST, 503", method: "POST", status: 503, answers: 1, all: 1},
		{name: "POST with a key, 503", method: "POST", key: "k", status: 503, answers: 2, all: 2},
		{name: "GET, 503", method: "GET", status: 503, answers: 2, all: 2},
		{name: "GET, 500", method: "GET", status: 500, answers: 1, all: 1},
		{name: "GET, 404", method: "GET", status: 404, answers: 1, all: 1},
		{name: "GET, function error", method: "GET", panics: true, answers: 1, all: 1},
	} {
		for _, policy := range []struct {
			name  string
			check retryablehttp.CheckRetry
			retry vialambda.Retry
			want  int
		}{
			{"CheckAnswer", retryable.CheckAnswer, vialambda.Retry{BaseDelay: time.Nanosecond}, tc.answers},
			{"CheckAll", retryable.CheckAll, vialambda.Retry{MaxAttempts: 1}, tc.all},
		} {
			t.Run(tc.name+", "+policy.name, func(t *testing.T) {
				t.Parallel()
				fn := &function{first: tc.status, panics: tc.panics}
				lambda := &locallambda.Faults{Invoker: locallambda.HTTP(fn), Rules: []locallambda.FaultRule{tc.fault}}
				if tc.fault.Calls == nil {
					lambda.Rules = nil
				}
				client := retryable.New(&vialambda.Transport{Invoker: lambda, Retry: policy.retry})
				client.CheckRetry, client.RetryWaitMin = policy.check, time.Nanosecond
				send(t, client, tc.method, tc.key)
				if got := int(fn.runs.Load()); got != policy.want {
					t.Errorf("the function ran %d times, want %d", got, policy.want)
				}
				if n := fn.damaged.Load(); n > 0 {
					t.Errorf("%d runs got another body", n)
				}
			})
		}
	}
}

// Why New sets a policy: with the one that go-retryablehttp has by default a
// failed POST runs as often as it may.
func TestDefaultPolicyRunsTwice(t *testing.T) {
	fn := &function{panics: true}
	client := retryable.New(&vialambda.Transport{Invoker: locallambda.HTTP(fn)})
	client.CheckRetry, client.RetryWaitMin, client.RetryMax = retryablehttp.DefaultRetryPolicy, time.Nanosecond, 2
	send(t, client, "POST", "")
	if got := fn.runs.Load(); got != 3 {
		t.Errorf("the function ran %d times; if that is 1, the default has become safe and this package can go", got)
	}
}

func TestErrorsStayTyped(t *testing.T) {
	client := retryable.New(&vialambda.Transport{Invoker: locallambda.HTTP(&function{panics: true})})
	_, err := client.Get("http+lambda://orders/?token=secret")
	failed, ok := errors.AsType[*vialambda.FunctionError](err)
	if !ok || failed.Message != "broken" {
		t.Errorf("%v is no FunctionError", err)
	}
}

// The last answer is returned with its body, however often it came.
func TestLastAnswer(t *testing.T) {
	fn := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "0")
		http.Error(w, "closed", http.StatusServiceUnavailable)
	})
	client := retryable.New(&vialambda.Transport{Invoker: locallambda.HTTP(fn)})
	client.RetryMax = 1
	resp, err := client.Get("http+lambda://orders/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); resp.StatusCode != 503 || string(body) != "closed\n" {
		t.Errorf("%s %q, %v", resp.Status, body, err)
	}
}

func TestCheckAll(t *testing.T) {
	of := func(op string, err error) error { return &url.Error{Op: op, URL: "http+lambda://f/", Err: err} }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name string
		ctx  context.Context
		err  error
		want bool
	}{
		{"no connection", t.Context(), of("Post", &vialambda.InvokeError{Err: io.EOF}), true},
		{"cut, PUT", t.Context(), of("Put", &vialambda.InvokeError{MayHaveRun: true}), false},
		{"cut, HEAD", t.Context(), of("Head", &vialambda.InvokeError{MayHaveRun: true}), true},
		{"denied", t.Context(), of("Get", &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}), false},
		{"queue full", t.Context(), of("Get", &vialambda.InvokeError{Code: vialambda.CodeQueueFull}), false},
		{"not ready", t.Context(), of("Post", &vialambda.InvokeError{Code: "ENINotReadyException", Status: 502}), true},
		{"function error", t.Context(), of("Get", &vialambda.FunctionError{}), false},
		{"bad address", t.Context(), of("Get", &vialambda.AddressError{}), false},
		{"context ended", gone, of("Get", &vialambda.InvokeError{Err: gone.Err()}), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if again, _ := retryable.CheckAll(tc.ctx, nil, tc.err); again != tc.want {
				t.Errorf("retried is %t", again)
			}
		})
	}
}

// function counts its runs and those that did not get the body that was sent.
type function struct {
	first         int // status of the first answer, if not 200
	panics        bool
	runs, damaged atomic.Int64
}

func (f *function) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.runs.Add(1)
	if f.panics {
		panic("broken")
	}
	if body, _ := io.ReadAll(r.Body); r.Method == "POST" && string(body) != "two pens" {
		f.damaged.Add(1)
	}
	if n == 1 && f.first != 0 {
		w.WriteHeader(f.first)
	}
}

func send(t *testing.T, client *retryablehttp.Client, method, key string) {
	t.Helper()
	var body io.Reader
	if method == "POST" {
		body = strings.NewReader("two pens")
	}
	req, err := retryablehttp.NewRequestWithContext(t.Context(), method, "http+lambda://orders/", body)
	if err != nil {
		t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := client.Do(req)
	if err == nil {
		resp.Body.Close()
	}
}
