package caddyvialambda

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

const secret = "arn:aws:lambda:eu-west-1:123456789012:function:secret"

// failures are all that can become of an invocation that gives no HTTP response.
var failures = map[string]struct {
	err    error
	answer string // if there is no error
	ran    bool
}{
	"function error":   {err: &vialambda.FunctionError{Kind: "Unhandled", Type: "Boom", Message: secret, RequestID: "id"}, ran: true},
	"function timeout": {err: &vialambda.FunctionError{Kind: "Unhandled", Message: "Task timed out after 3.00 seconds"}, ran: true},
	"malformed answer": {answer: `{"statusCode":99,"secret":"` + secret + `"}`, ran: true},
	"throttled":        {err: locallambda.Throttle(1500 * time.Millisecond)},
	"queue full":       {err: &vialambda.InvokeError{Code: vialambda.CodeQueueFull, RetryAfter: time.Second}},
	"too large":        {err: &vialambda.InvokeError{Code: "RequestTooLargeException", Status: 413, Message: secret}},
	"no such function": {err: &vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404, Message: secret}},
	"access denied":    {err: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: secret}},
	"API failed":       {err: &vialambda.InvokeError{Code: "ServiceException", Status: 500, Message: secret, MayHaveRun: true}, ran: true},
	"deadline":         {err: &vialambda.InvokeError{Err: context.DeadlineExceeded, MayHaveRun: true}, ran: true},
	"unreachable":      {err: &vialambda.InvokeError{Err: errors.New("dial " + secret)}},
	"answer too large": {err: &vialambda.TooLargeError{What: "answer", Size: 7 << 20, Limit: 6 << 20}, ran: true},
}

func failing(err error, answer string) vialambda.Invoker {
	return vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		if err != nil {
			return nil, err
		}
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(answer)), Size: int64(len(answer)), RequestID: "id"}, nil
	})
}

// bare is a Transport without a Caddy around it.
func bare(t *testing.T, invoker vialambda.Invoker, problems bool, options Target) *Transport {
	t.Helper()
	l, err := compile("f", options, 1, invoker)
	if err != nil {
		t.Fatal(err)
	}
	return &Transport{app: new(App), Options: Options{ProblemJSON: &problems}, log: zap.NewNop(), lanes: map[string]*lane{"f": l}}
}

// TestErrorsAreTheGateways sends the same requests to a transport and to a
// gateway and compares the answers byte by byte.
func TestErrorsAreTheGateways(t *testing.T) {
	for _, problems := range []bool{false, true} {
		for _, format := range formats {
			for name, f := range failures {
				for _, method := range []string{"GET", "HEAD", "POST"} {
					invoker := failing(f.err, f.answer)
					compareAnswers(t, strings.Join([]string{name, format, method}, " "), invoker, problems, Target{Format: format}, func() *http.Request {
						return httptest.NewRequest(method, "http://localhost/x", nil)
					})
				}
			}
		}
	}
}

// TestRefusalsAreTheGateways does the same with requests that reach no function.
func TestRefusalsAreTheGateways(t *testing.T) {
	ok := failing(nil, `{"statusCode":200,"body":"ok"}`)
	for name, make := range map[string]func() *http.Request{
		"dot segments":                 func() *http.Request { return httptest.NewRequest("GET", "http://localhost/a/../b", nil) },
		"encoded dot segments":         func() *http.Request { return httptest.NewRequest("GET", "http://localhost/a/%2e%2e/b", nil) },
		"hidden dot segments":          func() *http.Request { return httptest.NewRequest("GET", "http://localhost/a%2f..%5cb", nil) },
		"dot segments with parameters": func() *http.Request { return httptest.NewRequest("GET", "http://localhost/a/..;b=c/d", nil) },
		"NUL":                          func() *http.Request { return httptest.NewRequest("GET", "http://localhost/a%00", nil) },
		"upgrade": func() *http.Request {
			r := httptest.NewRequest("GET", "http://localhost/", nil)
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
			return r
		},
		"announced too large": func() *http.Request {
			return httptest.NewRequest("POST", "http://localhost/", strings.NewReader("12345678901"))
		},
		"too large": func() *http.Request {
			return httptest.NewRequest("POST", "http://localhost/", io.MultiReader(strings.NewReader("12345678901")))
		},
		"no such route": func() *http.Request { return httptest.NewRequest("DELETE", "http://localhost/x", nil) },
		"an offer of h2c": func() *http.Request {
			r := httptest.NewRequest("GET", "http://localhost/", nil)
			r.Header.Set("Upgrade", "h2c")
			return r
		},
	} {
		for _, problems := range []bool{false, true} {
			compareAnswers(t, name, ok, problems, Target{MaxBody: 10, Routes: []string{"GET /", "POST /", "GET /{x+}"}}, make)
		}
	}
}

func compareAnswers(t *testing.T, name string, invoker vialambda.Invoker, problems bool, options Target, make func() *http.Request) {
	t.Helper()
	format, _ := vialambda.ParseFormat(options.Format)
	gw, err := gateway.New(gateway.Config{
		Invoker: invoker, ProblemJSON: problems, Retry: vialambda.Retry{MaxAttempts: 1},
		Targets: map[string]gateway.Target{"f": {Target: vialambda.Target{Format: format, Routes: options.Routes}, MaxBody: options.MaxBody}},
		Routes:  []gateway.Route{{Target: "f"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want, req := httptest.NewRecorder(), make()
	req.Header.Set("X-Request-Id", "same")
	gw.ServeHTTP(want, req)

	req = make()
	req.Header.Set("X-Request-Id", "same")
	req.URL.Host = "f"
	got, err := bare(t, invoker, problems, options).RoundTrip(req)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	body, _ := io.ReadAll(got.Body)
	got.Body.Close()
	want.Header().Del("Connection") // what the gateway's own server is told
	if got.StatusCode != want.Code || !bytes.Equal(body, want.Body.Bytes()) {
		t.Errorf("%s: %d %s, of the gateway %d %s", name, got.StatusCode, body, want.Code, want.Body)
	}
	for _, field := range []string{"Content-Type", "Content-Length", "Retry-After", "X-Request-Id", "X-Amzn-Requestid", "X-Amzn-Errortype"} {
		if g, w := got.Header.Get(field), want.Header().Get(field); g != w {
			t.Errorf("%s: %s is %q, of the gateway %q", name, field, g, w)
		}
	}
	if all := string(body) + strings.Join(got.Header["Location"], ""); strings.Contains(all, "arn:") || strings.Contains(all, "123456789012") {
		t.Errorf("A5 %s: the client is told %s", name, all)
	}
}

// TestOnlyWhatCannotHaveRunIsAnError: whatever Caddy gets as an error it may send
// again.
func TestOnlyWhatCannotHaveRunIsAnError(t *testing.T) {
	for name, f := range failures {
		for _, p := range []proxy{{}, {retries: true}, {counts: true}} {
			transport := bare(t, failing(f.err, f.answer), false, Target{})
			transport.proxy = p
			req := httptest.NewRequest("POST", "http://f/x", strings.NewReader("x"))
			resp, err := transport.RoundTrip(req)
			if resp != nil {
				resp.Body.Close()
			}
			_, called := errors.AsType[*vialambda.InvokeError](f.err)
			if want := called && !f.ran && (p.retries || p.counts); (err != nil) != want {
				t.Errorf("%s with %+v: %v", name, p, err)
			}
			if err != nil && (!isDialError(err) || strings.Contains(err.Error(), "arn:")) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestGoneClientsAreNotAnswered(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	transport := bare(t, vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		cancel()
		return nil, &vialambda.InvokeError{Err: ctx.Err(), MayHaveRun: true}
	}), false, Target{})
	resp, err := transport.RoundTrip(httptest.NewRequest("GET", "http://f/", nil).WithContext(ctx))
	if resp != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", resp, err)
	}
}
