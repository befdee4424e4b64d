package vialambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/vialambda/vialambda"
)

// fake is an Invoker that answers each call with the next of its answers, the
// last for ever, and remembers what it was asked.
type fake struct {
	answers []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error)

	mu    sync.Mutex
	calls []vialambda.Invocation
}

func (f *fake) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	f.mu.Lock()
	n := len(f.calls)
	f.calls = append(f.calls, *in)
	f.mu.Unlock()
	return f.answers[min(n, len(f.answers)-1)](ctx, in)
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.calls)
}

func (f *fake) last(t *testing.T) vialambda.Invocation {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.calls) == 0 {
		t.Fatal("nothing was invoked")
	}
	return f.calls[len(f.calls)-1]
}

// event is the last payload that was sent, decoded.
func (f *fake) event(t *testing.T) map[string]any {
	t.Helper()
	var event map[string]any
	if err := json.Unmarshal(f.last(t).Payload, &event); err != nil {
		t.Fatalf("the event is not JSON: %v", err)
	}
	return event
}

func answering(payloads ...string) *fake {
	f := &fake{}
	for _, p := range payloads {
		f.answers = append(f.answers, func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return result(p), nil
		})
	}
	return f
}

func failing(errs ...error) *fake {
	f := &fake{}
	for _, err := range errs {
		f.answers = append(f.answers, func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			if err == nil {
				return result(`{"statusCode":200}`), nil
			}
			return nil, err
		})
	}
	return f
}

func result(payload string) *vialambda.Result {
	return &vialambda.Result{
		Payload:   io.NopCloser(strings.NewReader(payload)),
		Size:      int64(len(payload)),
		RequestID: "11111111-2222-4333-8444-555555555555",
		Version:   "$LATEST",
	}
}

func functionFailed(payload string) *fake {
	return &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
		func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			r := result(payload)
			r.FunctionError = "Unhandled"
			return r, nil
		},
	}}
}

func client(t *vialambda.Transport) *http.Client { return &http.Client{Transport: t} }

func newRequest(t *testing.T, method, target string, body io.Reader) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// roundTrip sends a request without http.Client's help.
func roundTrip(t *testing.T, tr *vialambda.Transport, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatalf("RoundTrip: %v", err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	resp.Body.Close()
	return resp, string(body)
}

func get(t *testing.T, tr *vialambda.Transport, target string) (*http.Response, string) {
	t.Helper()
	return roundTrip(t, tr, newRequest(t, "GET", target, nil))
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// trackedBody is a request body that knows whether it was closed.
type trackedBody struct {
	io.Reader
	mu     sync.Mutex
	closed int
}

func (b *trackedBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

func (b *trackedBody) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed > 0
}

func tracked(s string) *trackedBody { return &trackedBody{Reader: bytes.NewReader([]byte(s))} }
