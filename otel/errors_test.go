package otelvialambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/codes"

	"github.com/vialambda/vialambda"
)

func failing(err error) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) { return nil, err }
}

// streaming is a payload that ends with err.
func streaming(text string, err error) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		r, w := io.Pipe()
		go func() {
			io.WriteString(w, text)
			w.CloseWithError(err)
		}()
		return &vialambda.Result{Payload: r}, nil
	}
}

// TestErrors: every kind of failure sets status and error.type, of the span and
// of the metric.
func TestErrors(t *testing.T) {
	once := vialambda.Retry{MaxAttempts: 1}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	begun := "{}" + strings.Repeat("\x00", 8) + "some"
	for _, tc := range []struct {
		name string
		tr   *vialambda.Transport
		ctx  context.Context
		url  string
		body io.Reader
		want string
	}{
		{name: "InvokeError with a code", tr: &vialambda.Transport{Invoker: failing(&vialambda.InvokeError{Code: "AccessDeniedException", Status: 403})}, want: "AccessDeniedException"},
		{name: "InvokeError without", tr: &vialambda.Transport{Invoker: failing(&vialambda.InvokeError{Err: errBroken})}, want: "vialambda.InvokeError"},
		{name: "wrapped", tr: &vialambda.Transport{Invoker: failing(fmt.Errorf("beneath: %w", &vialambda.InvokeError{Code: "KMSDisabledException"}))}, want: "KMSDisabledException"},
		{name: "no error of the package", tr: &vialambda.Transport{Invoker: failing(errBroken)}, want: "vialambda.InvokeError"},
		{name: "deadline", tr: &vialambda.Transport{Invoker: failing(context.DeadlineExceeded)}, want: "timeout"},
		{name: "canceled", tr: &vialambda.Transport{Invoker: answering("{}")}, ctx: ended, want: "canceled"},
		{name: "cut", tr: &vialambda.Transport{Invoker: failing(&vialambda.InvokeError{Err: io.ErrUnexpectedEOF})}, want: "unexpected_eof"},
		{name: "FunctionError", tr: &vialambda.Transport{Invoker: failing(&vialambda.FunctionError{Type: "ValueError", Message: "m"})}, want: "ValueError"},
		{name: "FunctionError without a type", tr: &vialambda.Transport{Invoker: failing(&vialambda.FunctionError{})}, want: "vialambda.FunctionError"},
		{name: "ResponseError", tr: &vialambda.Transport{Invoker: answering(`[]`)}, want: "vialambda.ResponseError"},
		{name: "TooLargeError", tr: &vialambda.Transport{Invoker: answering("{}")}, body: io.LimitReader(zeros{}, 7<<20), want: "vialambda.TooLargeError"},
		{name: "AddressError", tr: &vialambda.Transport{Invoker: answering("{}")}, url: "http+lambda://a.b.c/", want: "vialambda.AddressError"},
		{name: "the request's body", tr: &vialambda.Transport{Invoker: answering("{}")}, body: broken{}, want: "*errors.errorString"},
		{name: "400", tr: &vialambda.Transport{Invoker: answering(`{"statusCode":404}`)}, want: "404"},
		{name: "500 with a body", tr: &vialambda.Transport{Invoker: answering(`{"statusCode":500,"body":"x"}`)}, want: "500"},
		{name: "as a front door answers", tr: &vialambda.Transport{Invoker: failing(&vialambda.FunctionError{Type: "ValueError"}), ErrorResponses: true}, want: "ValueError"},
		{name: "in mid-stream", tr: &vialambda.Transport{Invoker: streaming(begun, &vialambda.FunctionError{Type: "Sandbox.Timedout"}), Mode: vialambda.Stream}, want: "Sandbox.Timedout"},
		{name: "cut in mid-stream", tr: &vialambda.Transport{Invoker: streaming(begun, io.ErrUnexpectedEOF), Mode: vialambda.Stream}, want: "unexpected_eof"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.tr.Retry = once
			o := observe(tc.tr)
			if tc.ctx == nil {
				tc.ctx = t.Context()
			}
			if tc.url == "" {
				tc.url = "http+lambda://f/"
			}
			req, err := http.NewRequestWithContext(tc.ctx, "POST", tc.url, tc.body)
			if err != nil {
				t.Fatal(err)
			}
			if resp, err := o.RoundTrip(req); err == nil {
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
			span := o.span(t)
			if got := attributes(span.Attributes)["error.type"]; got != tc.want || span.Status.Code != codes.Error {
				t.Errorf("error.type %q, status %v", got, span.Status)
			}
			points := o.points(t, "http.client.request.duration")
			if len(points) != 1 || points[0]["error.type"] != tc.want {
				t.Errorf("points are %v", points)
			}
		})
	}
}

// A body that is closed before its end is no failure: the caller had enough.
func TestClosedEarly(t *testing.T) {
	o := observe(&vialambda.Transport{Invoker: answering(`{"statusCode":200,"body":"hello"}`)})
	resp, err := get(t, o, t.Context(), "GET", "http+lambda://f/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if span := o.span(t); span.Status.Code != codes.Unset {
		t.Errorf("%+v", span)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errBroken }
