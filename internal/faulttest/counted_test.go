package faulttest

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// counted is a Lambda with one function, f, behind faults.
type counted struct{ arrivals, runs *locallambda.Counter }

func newCounted(function vialambda.Invoker, rules ...locallambda.FaultRule) *counted {
	runs := &locallambda.Counter{Invoker: function}
	return &counted{&locallambda.Counter{Invoker: &locallambda.Faults{Invoker: runs, Rules: rules}}, runs}
}

func (c *counted) server() *locallambda.Server {
	return &locallambda.Server{Functions: locallambda.Functions{"f": c.arrivals}}
}

func (c *counted) check(t *testing.T, want counts) {
	t.Helper()
	if got := (counts{c.arrivals.Total(), c.runs.Total()}); got != want {
		t.Errorf("%d arrived and %d ran, want %d and %d", got.arrived, got.ran, want.arrived, want.ran)
	}
}

// send makes one request through http.Client and reads its answer. The body is too
// large for buffers on the way.
func send(t *testing.T, tr *vialambda.Transport, method string, header http.Header) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http+lambda://f/", strings.NewReader(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp, err
}

func asInvokeError(t *testing.T, err error) *vialambda.InvokeError {
	t.Helper()
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok {
		t.Fatalf("error is %T (%v), want *vialambda.InvokeError", err, err)
	}
	return e
}
