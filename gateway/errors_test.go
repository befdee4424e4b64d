package gateway_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// TestErrorsInTheFormatsWords: which status, which words, and whether the function
// may have run, for all that can happen instead of an answer. Nothing of what AWS
// or the function said is in them.
func TestErrorsInTheFormatsWords(t *testing.T) {
	const secret = "arn:aws:lambda:eu-west-1:123456789012:function:secret"
	failed := func(document string) vialambda.Invoker {
		return vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			res := answer(document)
			res.FunctionError = "Unhandled"
			return res, nil
		})
	}
	const html502 = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n"
	tests := []struct {
		name   string
		f      vialambda.Invoker
		format vialambda.Format
		status int
		body   string
		mayRun bool
	}{
		{"failed, REST API", failed(`{"errorMessage":"` + secret + `"}`), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, false},
		{"failed, HTTP API", failed(`{"errorMessage":"` + secret + `"}`), vialambda.HTTPAPI, 500, `{"message":"Internal Server Error"}`, false},
		{"failed, function URL", failed(`{"errorMessage":"` + secret + `"}`), vialambda.FunctionURL, 502, "Internal Server Error", false},
		{"failed, ALB", failed(`{"errorMessage":"` + secret + `"}`), vialambda.ALB, 502, html502, false},
		{"malformed, REST API", answering(`{"statusCode":"x"}`), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, false},
		{"malformed, HTTP API", answering(`{"statusCode":"x"}`), vialambda.HTTPAPI, 500, `{"message":"Internal Server Error"}`, false},
		{"malformed, ALB", answering(`{"statusCode":"x"}`), vialambda.ALB, 502, html502, false},
		{"time limit of the function", failed(`{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: x Error: Task timed out after 3.00 seconds"}`), vialambda.RESTAPI, 504, `{"message": "Endpoint request timed out"}`, false},
		{"throttled", failing(&vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429, Message: secret}), vialambda.HTTPAPI, 429, `{"message":"Too Many Requests"}`, false},
		{"too large for Lambda", failing(&vialambda.InvokeError{Code: "RequestTooLargeException", Status: 413, Message: secret}), vialambda.RESTAPI, 413, `{"message": "Request Too Long"}`, false},
		{"no such function", failing(&vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404, Message: secret}), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, false},
		{"access denied", failing(&vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: secret}), vialambda.HTTPAPI, 502, `{"message":"Internal Server Error"}`, false},
		{"expired credentials", failing(&vialambda.InvokeError{Code: "ExpiredTokenException", Status: 403, Message: secret}), vialambda.FunctionURL, 502, "Internal Server Error", false},
		{"bad request to Lambda", failing(&vialambda.InvokeError{Code: "InvalidParameterValueException", Status: 400, Message: secret}), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, false},
		{"no connection", failing(&vialambda.InvokeError{Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New(secret)}}), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, false},
		{"connection cut", failing(&vialambda.InvokeError{MayHaveRun: true, Err: errors.New(secret)}), vialambda.RESTAPI, 502, `{"message": "Internal server error"}`, true},
		{"Lambda failed", failing(&vialambda.InvokeError{Code: "ServiceException", Status: 500, Message: secret, MayHaveRun: true}), vialambda.ALB, 502, html502, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var record gateway.Record
			gw := mustNew(t, single(tt.f, func(c *gateway.Config, target *gateway.Target) {
				target.Format, c.Retry.MaxAttempts = tt.format, 1
				c.Observe = func(r *gateway.Record) { record = *r }
			}))
			w := do(gw, "POST", "/x")
			if w.Code != tt.status || w.Body.String() != tt.body {
				t.Errorf("%d %q, want %d %q", w.Code, w.Body, tt.status, tt.body)
			}
			for name, values := range w.Header() {
				if strings.Contains(strings.Join(values, ""), "secret") {
					t.Errorf("%s: %s", name, values)
				}
			}
			if w.Header().Get("X-Request-Id") == "" || record.Err == nil || record.MayRun != tt.mayRun {
				t.Errorf("id %q, record: %v, may run %t", w.Header().Get("X-Request-Id"), record.Err, record.MayRun)
			}
			if waits := w.Header().Get("Retry-After"); (waits != "") != (tt.status == http.StatusTooManyRequests) {
				t.Errorf("Retry-After: %q", waits)
			}
		})
	}
}

// TestTraceHeaders: they go to the function as they are, and the call of Lambda
// carries X-Ray's.
func TestTraceHeaders(t *testing.T) {
	traces := map[string]string{
		"X-Amzn-Trace-Id": "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"Tracestate": "a=b", "Baggage": "c=d", "B3": "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1",
	}
	var s seen
	carried := make(chan string, 1)
	function := named("f", &s)
	gw := mustNew(t, single(vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		carried <- in.TraceHeader
		return function.Invoke(ctx, in)
	})))
	var sent []func(*http.Request)
	for name, value := range traces {
		sent = append(sent, header(name, value))
	}
	do(gw, "GET", "/", sent...)
	if got := <-carried; got != traces["X-Amzn-Trace-Id"] {
		t.Errorf("the call carries %q", got)
	}
	for name, value := range traces {
		if got := s.request().Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

// TestUnixSocketsClients: they have no address; what they claim is believed only
// if the configuration says so.
func TestUnixSocketsClients(t *testing.T) {
	for _, trusted := range []bool{false, true} {
		var s seen
		var record gateway.Record
		gw := mustNew(t, single(named("f", &s), func(c *gateway.Config, _ *gateway.Target) {
			c.TrustUnix = trusted
			c.Observe = func(r *gateway.Record) { record = *r }
		}))
		w := do(gw, "GET", "/", header("X-Forwarded-For", "203.0.113.9"), header("X-Forwarded-Proto", "https"), func(r *http.Request) { r.RemoteAddr = "@" })
		want := map[bool][3]string{false: {"", "http", "127.0.0.1:"}, true: {"203.0.113.9", "https", "203.0.113.9:"}}[trusted]
		if got := s.request(); w.Code != 200 || record.Client != want[0] || got.Header.Get("X-Forwarded-Proto") != want[1] || !strings.HasPrefix(got.RemoteAddr, want[2]) {
			t.Errorf("trusted %t: %d, client %q, the function sees %q by %s", trusted, w.Code, record.Client, got.RemoteAddr, got.Header.Get("X-Forwarded-Proto"))
		}
	}
}

// TestTimeLimitInAStream: it has begun with 200, so all that is left is to break it
// off.
func TestTimeLimitInAStream(t *testing.T) {
	records := make(chan gateway.Record, 1)
	f := vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: &endless{ctx: ctx}}, nil
	})
	gw := mustNew(t, single(f, func(c *gateway.Config, target *gateway.Target) {
		target.Mode, target.Timeout = vialambda.Stream, 200*time.Millisecond
		c.Observe = func(r *gateway.Record) { records <- *r }
	}))
	_, all := raw(t, serveWire(t, gw), wireRow{request: "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"})
	if !strings.HasPrefix(all, "HTTP/1.1 200 OK\r\n") || !strings.Contains(all, "\r\nhalf\r\n") || strings.HasSuffix(all, "\r\n0\r\n\r\n") {
		t.Errorf("the client gets %q", all)
	}
	if r := <-records; !r.Aborted || r.ClientGone || !errors.Is(r.Err, context.DeadlineExceeded) {
		t.Errorf("%+v", r)
	}
}

// endless is a stream that does not end.
type endless struct {
	ctx  context.Context
	sent bool
}

func (e *endless) Read(p []byte) (int, error) {
	if !e.sent {
		e.sent = true
		return copy(p, "half"), nil
	}
	<-e.ctx.Done()
	return 0, &vialambda.InvokeError{MayHaveRun: true, Err: e.ctx.Err()}
}

func (e *endless) Close() error { return nil }
