package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// runs records when, and with which request id, a function was run.
type runs struct {
	mu    sync.Mutex
	start time.Time
	at    []time.Duration
	ids   []string
}

func (r *runs) add(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = append(r.at, time.Since(r.start))
	r.ids = append(r.ids, id)
}

func sendEvent(s *locallambda.Server) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, post(invokePath, "{}", "X-Amz-Invocation-Type", "Event"))
	return w
}

func TestEventRetries(t *testing.T) {
	throttle := locallambda.Throttle(0)
	broken := &vialambda.InvokeError{Code: "ServiceException", Status: 500}
	bad := &vialambda.InvokeError{Code: "InvalidRuntimeException", Status: 400}
	failed := func() (*vialambda.Result, error) { return failing(`{"errorType":"E"}`)(nil, nil) }
	fine := func() (*vialambda.Result, error) { return reply("null")(nil, nil) }
	refused := func(e error) func() (*vialambda.Result, error) {
		return func() (*vialambda.Result, error) { return nil, e }
	}
	for _, tt := range []struct {
		name    string
		delay   time.Duration
		outcome func(attempt int) (*vialambda.Result, error)
		at      string // when it was run
		code    string // of the last entry
	}{
		{name: "success", outcome: func(int) (*vialambda.Result, error) { return fine() }, at: "[0s]"},
		{name: "function fails", outcome: func(int) (*vialambda.Result, error) { return failed() }, at: "[0s 100ms 300ms]", code: "E"},
		{name: "function fails once", delay: time.Minute, outcome: func(n int) (*vialambda.Result, error) {
			if n == 1 {
				return failed()
			}
			return fine()
		}, at: "[0s 1m0s]"},
		{name: "plain error", delay: time.Minute, outcome: func(int) (*vialambda.Result, error) { return nil, errors.New("x") },
			at: "[0s 1m0s 3m0s]", code: "ServiceException"},
		{name: "refused", outcome: func(int) (*vialambda.Result, error) { return refused(bad)() }, at: "[0s 100ms 300ms]", code: "InvalidRuntimeException"},
		{name: "throttled, then failing", outcome: func(n int) (*vialambda.Result, error) {
			switch n {
			case 1, 2, 4:
				return refused(throttle)()
			case 3:
				return refused(broken)()
			}
			return failed()
		}, at: "[0s 100ms 300ms 700ms 1.5s 1.6s 1.8s]", code: "E"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := &runs{start: time.Now()}
				var entries []locallambda.Entry
				s := &locallambda.Server{
					AsyncRetryDelay: tt.delay,
					Log:             func(e locallambda.Entry) { entries = append(entries, e); r.add(e.RequestID) },
					Functions: locallambda.Functions{"fn": vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
						return tt.outcome(len(entries) + 1)
					})},
				}
				w := sendEvent(s)
				if w.Code != 202 {
					t.Errorf("%d %s", w.Code, w.Body)
				}
				if err := s.Close(t.Context()); err != nil {
					t.Error(err)
				}
				if got := fmt.Sprint(r.at); got != tt.at {
					t.Errorf("run at %s, want %s", got, tt.at)
				}
				for i, e := range entries {
					if e.RequestID != w.Header().Get("X-Amzn-RequestId") || e.Attempt != i+1 || e.Type != vialambda.Event {
						t.Errorf("entry %+v of %s", e, w.Header().Get("X-Amzn-RequestId"))
					}
				}
				if last := entries[len(entries)-1]; last.Code != tt.code {
					t.Errorf("ended as %+v", last)
				}
			})
		})
	}
}

// A throttled Event stays in the queue for six hours, and no longer.
func TestEventGrowsOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &runs{start: time.Now()}
		s := &locallambda.Server{
			AsyncRetryDelay: time.Second,
			Log:             func(e locallambda.Entry) { r.add("") },
			Functions:       locallambda.Functions{"fn": &locallambda.ConcurrencyLimit{}},
		}
		sendEvent(s)
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		// 1 s, doubled up to 5 min for 6 h; then the two retries of a failure.
		if n := len(r.at); n != 83 || r.at[n-3] < 6*time.Hour || r.at[n-4] > 6*time.Hour || r.at[n-1] != r.at[n-3]+3*time.Second {
			t.Errorf("%d runs, the last at %v", n, r.at[n-4:])
		}
	})
}

func TestEventQueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := &locallambda.Server{AsyncQueue: 2, Functions: locallambda.Functions{
			"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				if in.ClientContext != nil {
					t.Error("an Event's client context reached the function")
				}
				<-release
				return reply("null")(ctx, in)
			}),
		}}
		for range 2 {
			w := httptest.NewRecorder()
			s.ServeHTTP(w, post(invokePath, "{}", "X-Amz-Invocation-Type", "Event", "X-Amz-Client-Context", "e30="))
			if w.Code != 202 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		w := sendEvent(s)
		want := `{"Reason":"FunctionInvocationRateLimitExceeded","Type":"User","message":"Rate Exceeded."}`
		if w.Code != 429 || w.Body.String() != want || w.Header().Get("Retry-After") != "1" {
			t.Errorf("%d %s %s", w.Code, w.Header(), w.Body)
		}
		close(release)
		synctest.Wait()
		if w := sendEvent(s); w.Code != 202 {
			t.Errorf("after room was made: %d %s", w.Code, w.Body)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if w := sendEvent(s); w.Code != 503 {
			t.Errorf("after Close: %d %s", w.Code, w.Body)
		}
	})
}

func TestCloseDropsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &locallambda.Server{AsyncRetryDelay: time.Hour, Functions: locallambda.Functions{"fn": failing(`"x"`)}}
		sendEvent(s)
		sendEvent(s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.Close(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "2 invocations") {
			t.Errorf("Close: %v", err)
		}
	})
}
