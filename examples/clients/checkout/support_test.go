package checkout_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/checkout"
	"github.com/vialambda/vialambda/locallambda"
)

// service is the service over functions: all that its tests need. Retries wait no
// time worth naming.
func service(functions vialambda.Invoker) *checkout.Service {
	return &checkout.Service{Client: &http.Client{Transport: &vialambda.Transport{
		Invoker: functions,
		Targets: checkout.Targets(),
		Retry:   vialambda.Retry{BaseDelay: time.Nanosecond},
	}}}
}

// pens is the function prices: an http.Handler, as it would be deployed.
func pens() vialambda.Invoker {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items/pen", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"cents":120}`) })
	return locallambda.HTTP(mux)
}

// ledger is the function orders. It counts what it has booked.
type ledger struct{ booked atomic.Int64 }

func (l *ledger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	l.booked.Add(1)
	_, _ = io.Copy(w, r.Body)
}

func (l *ledger) function() vialambda.Invoker { return locallambda.HTTP(l) }

// recorded is a function whose last invocation is kept. Wrapping an Invoker is
// the way to look at, count or change what goes to Lambda.
type recorded struct {
	vialambda.Invoker
	last *vialambda.Invocation
}

func (r recorded) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	*r.last = *in
	return r.Invoker.Invoke(ctx, in)
}

// buy is a checkout of two of an item.
func buy(ctx context.Context, s *checkout.Service, item string) *httptest.ResponseRecorder {
	body := strings.NewReader(fmt.Sprintf(`{"id":"o1","item":%q,"quantity":2}`, item))
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "POST", "/checkout", body))
	return w
}

// want fails the test unless w is an answer of this status that contains text.
func want(t *testing.T, w *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if w.Code != status || !strings.Contains(w.Body.String(), text) {
		t.Errorf("%d %s; want %d and %q", w.Code, w.Body, status, text)
	}
}
