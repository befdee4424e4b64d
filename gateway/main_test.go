package gateway_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seen is the request that a function got.
type seen struct {
	mu   sync.Mutex
	last *http.Request
}

func (s *seen) request() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// named is a function that answers with its name and the path that it sees.
func named(name string, s *seen) vialambda.Invoker {
	return locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s != nil {
			s.mu.Lock()
			s.last = r.Clone(r.Context())
			s.mu.Unlock()
		}
		w.Header().Set("X-Function", name)
		_, _ = w.Write([]byte(name + " " + r.Method + " " + r.URL.RequestURI()))
	}))
}

func mustNew(t *testing.T, c gateway.Config) *gateway.Gateway {
	t.Helper()
	gw, err := gateway.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return gw
}

// do sends a request without a socket.
func do(gw http.Handler, method, target string, edit ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	if !strings.Contains(target, "://") {
		r.Host = "localhost:8080"
	}
	for _, e := range edit {
		e(r)
	}
	w := httptest.NewRecorder()
	gw.ServeHTTP(w, r)
	return w
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// answer is a Result with a payload.
func answer(payload string) *vialambda.Result {
	return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(payload)), Size: int64(len(payload)), RequestID: "lambda-id"}
}
