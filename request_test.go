package vialambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
)

// TestIllegalRequests: what http.Transport would not send is not invoked either.
func TestIllegalRequests(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"no URL":                       func(r *http.Request) { r.URL = nil },
		"a method with a space":        func(r *http.Request) { r.Method = "GET /" },
		"a field name with a space":    func(r *http.Request) { r.Header["X A"] = []string{"1"} },
		"an empty field name":          func(r *http.Request) { r.Header[""] = []string{"1"} },
		"a field value with a newline": func(r *http.Request) { r.Header["X-A"] = []string{"1", "secret\r\nX-B: 2"} },
		"a field value with a NUL":     func(r *http.Request) { r.Header["X-A"] = []string{"secret\x00"} },
		"a host with a newline":        func(r *http.Request) { r.Host = "a\nb" },
	} {
		t.Run(name, func(t *testing.T) {
			f := answering(`{"statusCode":200}`)
			body := tracked("x")
			req := newRequest(t, "POST", "http+lambda://f/", body)
			change(req)
			resp, err := (&vialambda.Transport{Invoker: f, ErrorResponses: true}).RoundTrip(req)
			if err == nil {
				t.Fatalf("answered with %d", resp.StatusCode)
			}
			if f.count() != 0 || !body.isClosed() || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, invoked %d times, body closed: %v", err, f.count(), body.isClosed())
			}
		})
	}
	f := answering(`{"statusCode":200}`)
	req := newRequest(t, "M-SEARCH", "http+lambda://f/", nil)
	req.Header["X-A"] = []string{"a\tb ü"}
	roundTrip(t, &vialambda.Transport{Invoker: f}, req)
}

// TestFrontThatIsNoObject says so before anything is sent.
func TestFrontThatIsNoObject(t *testing.T) {
	for _, front := range []vialambda.Front{
		{Authorizer: json.RawMessage(`[1]`)}, {Authorizer: json.RawMessage(`{"a":`)}, {Identity: json.RawMessage(`"x"`)},
	} {
		f := answering(`{"statusCode":200}`)
		_, err := (&vialambda.Transport{Invoker: f, Front: front}).RoundTrip(newRequest(t, "GET", "http+lambda://orders/", nil))
		e, ok := errors.AsType[*vialambda.AddressError](err)
		if !ok || !strings.Contains(e.Reason, `"orders": Front.`) || f.count() != 0 {
			t.Errorf("%s: %v, invoked %d times", front, err, f.count())
		}
	}
	// A failing body is not the front's fault.
	front := vialambda.Front{Authorizer: json.RawMessage(`{}`), Identity: json.RawMessage(`null`)}
	failed := errors.New("no more")
	_, err := (&vialambda.Transport{Invoker: answering(""), Front: front}).
		RoundTrip(newRequest(t, "POST", "http+lambda://orders/", errReader{failed}))
	if !errors.Is(err, failed) {
		t.Error(err)
	}
}

// TestBodyAfterClose: what was closed has no end.
func TestBodyAfterClose(t *testing.T) {
	resp, err := (&vialambda.Transport{Invoker: answering(`{"statusCode":200,"body":"abc"}`)}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("%q, %v", b, err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("%d bytes, %v", n, err)
	}
}

// TestCanceledInThePause: the error is the context's, and that of the last attempt.
func TestCanceledInThePause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		tr := &vialambda.Transport{Invoker: failing(serverErr), Retry: vialambda.Retry{BaseDelay: time.Hour, MaxDelay: time.Hour}}
		_, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
		e, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "ServiceException") || !e.MayHaveRun || e.Attempts != 1 {
			t.Errorf("%v: %+v", err, e)
		}
	})
}

// TestWrappedInvokeError: attempts are counted, and what any of them did is told,
// whoever wraps the error.
func TestWrappedInvokeError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wrapped := fmt.Errorf("tunnel: %w", denied)
		_, err := (&vialambda.Transport{Invoker: failing(cut, wrapped)}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		e, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || e.Attempts != 2 || !e.MayHaveRun || e.Code != denied.Code || !errors.Is(err, wrapped) || denied.Attempts != 0 {
			t.Errorf("%v: %+v", err, e)
		}
	})
}

// dialTimeout is what a net.Dialer returns at its own time limit.
type dialTimeout struct{}

func (dialTimeout) Error() string        { return "i/o timeout" }
func (dialTimeout) Timeout() bool        { return true }
func (dialTimeout) Is(target error) bool { return target == context.DeadlineExceeded }

// TestDialTimeout: a dial's own time limit is no connection, and not the caller's
// deadline.
func TestDialTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := failing(&vialambda.InvokeError{Err: &net.OpError{Op: "dial", Net: "tcp", Err: dialTimeout{}}})
		_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, "POST", "http+lambda://f/", nil))
		if f.count() != 3 {
			t.Errorf("sent %d times", f.count())
		}
		if got := vialambda.ErrorResponse(nil, vialambda.RESTAPI, err).StatusCode; got != http.StatusBadGateway {
			t.Errorf("a gateway answers with %d", got)
		}
	})
}

// TestErrorResponseBeforeTheTarget is of the Transport's own format.
func TestErrorResponseBeforeTheTarget(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	tr := &vialambda.Transport{Invoker: answering(""), Format: vialambda.FunctionURL, ErrorResponses: true}
	resp, body := roundTrip(t, tr, newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
	if resp.StatusCode != http.StatusGatewayTimeout || body != "Gateway Timeout" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
}
