package vialambda_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
)

var (
	throttled  = &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429}
	notReady   = &vialambda.InvokeError{Code: "ResourceNotReadyException", Status: 502}
	noConn     = &vialambda.InvokeError{Err: &net.OpError{Op: "dial", Err: errors.New("refused")}}
	serverErr  = &vialambda.InvokeError{Code: "ServiceException", Status: 500, MayHaveRun: true}
	badGateway = &vialambda.InvokeError{Status: 502, MayHaveRun: true}
	cut        = &vialambda.InvokeError{MayHaveRun: true, Err: io.ErrUnexpectedEOF}
	denied     = &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}
	notFound   = &vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404}
	tooLarge   = &vialambda.InvokeError{Code: "RequestEntityTooLargeException", Status: 413}
	badRequest = &vialambda.InvokeError{Code: "InvalidRequestContentException", Status: 400}
	badSubnet  = &vialambda.InvokeError{Code: "InvalidSubnetIDException", Status: 502}
	expired    = &vialambda.InvokeError{Code: "ExpiredTokenException", Status: 403, Renewed: true}
	noRegion   = &vialambda.InvokeError{Code: "NoRegion"}
	badCert    = &vialambda.InvokeError{Err: &tls.CertificateVerificationError{Err: errors.New("unknown authority")}}
	queueFull  = &vialambda.InvokeError{Code: vialambda.CodeQueueFull, Status: 503}
)

// TestRetryRules is traps A3 and A4: how often each failure is sent, for a POST
// and for a GET.
func TestRetryRules(t *testing.T) {
	for _, tc := range []struct {
		name      string
		err       error
		post, get int
	}{
		{"A3 throttled", throttled, 3, 3},
		{"not ready", notReady, 3, 3},
		{"no connection", noConn, 3, 3},
		{"A4 ServiceException", serverErr, 1, 3},
		{"A4 502 without a code", badGateway, 1, 3},
		{"A4 cut after the request", cut, 1, 3},
		{"A5 access denied", denied, 1, 1},
		{"A5 no such function", notFound, 1, 1},
		{"A5 too large", tooLarge, 1, 1},
		{"bad request", badRequest, 1, 1},
		{"a 502 that stays", badSubnet, 1, 1},
		{"credentials renewed", expired, 2, 2},
		{"never asked", noRegion, 1, 1},
		{"E6 certificate", badCert, 1, 1},
		{"queue full", queueFull, 1, 1},
		{"another Invoker's error", errors.New("x"), 1, 3},
	} {
		for method, want := range map[string]int{"POST": tc.post, "GET": tc.get} {
			t.Run(tc.name+" "+method, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := failing(tc.err)
					ctx, info := vialambda.WithInfo(t.Context())
					_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, method, "http+lambda://f/", nil).WithContext(ctx))
					if f.count() != want || info.Attempts != want {
						t.Errorf("sent %d times, %d in Info, want %d", f.count(), info.Attempts, want)
					}
					e, ok := errors.AsType[*vialambda.InvokeError](err)
					if !ok || e.Attempts != want {
						t.Errorf("error is %#v", err)
					}
				})
			})
		}
	}
}

func TestRetryIdempotent(t *testing.T) {
	for _, tc := range []struct {
		name   string
		header string
		target vialambda.Target
		want   int
	}{
		{"Idempotency-Key", "Idempotency-Key", vialambda.Target{}, 3},
		{"X-Idempotency-Key", "X-Idempotency-Key", vialambda.Target{}, 3},
		{"declared", "X-A", vialambda.Target{Idempotent: true}, 3},
		{"not", "X-A", vialambda.Target{}, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := failing(serverErr)
			req := newRequest(t, "POST", "http+lambda://f/", strings.NewReader("x"))
			req.Header.Set(tc.header, "1")
			_, _ = (&vialambda.Transport{Invoker: f, Targets: vialambda.Targets{"f": tc.target}}).RoundTrip(req)
			if f.count() != tc.want {
				t.Errorf("%s: sent %d times, want %d", tc.name, f.count(), tc.want)
			}
		})
	}
}

func TestRetrySucceeds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := failing(throttled, noConn, nil)
		resp, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, "POST", "http+lambda://f/", strings.NewReader("x")))
		if err != nil || resp.StatusCode != 200 || f.count() != 3 {
			t.Fatalf("%v, %v after %d", resp, err, f.count())
		}
	})
}

func TestRetryAfterAnswerCut(t *testing.T) {
	for method, want := range map[string]int{"GET": 3, "POST": 1} {
		for name, size := range map[string]int64{"known length": 100, "unknown": 0} {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
					func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
						r := result(`{"statusCode":`)
						r.Size = size
						if size == 0 {
							r.Payload = io.NopCloser(io.MultiReader(r.Payload, errReader{io.ErrUnexpectedEOF}))
						}
						return r, nil
					}}}
				_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, method, "http+lambda://f/", nil))
				e, ok := errors.AsType[*vialambda.InvokeError](err)
				if !ok || !e.MayHaveRun || !errors.Is(err, io.ErrUnexpectedEOF) || f.count() != want {
					t.Errorf("%s %s: error %#v after %d", method, name, err, f.count())
				}
			})
		}
	}
}

func TestRetryNever(t *testing.T) {
	for name, f := range map[string]*fake{
		"A1 function error":   functionFailed(`{"errorMessage":"boom","errorType":"X"}`),
		"A2 with an envelope": functionFailed(ok),
		"malformed":           answering(`{"statusCode":"x"}`),
	} {
		if _, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil)); err == nil || f.count() != 1 {
			t.Errorf("%s: error %v after %d", name, err, f.count())
		}
	}
}

func TestRetryAfter(t *testing.T) {
	after := func(d time.Duration) error {
		return &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429, RetryAfter: d}
	}
	for _, tc := range []struct {
		name     string
		after    time.Duration
		deadline time.Duration
		calls    int
		took     time.Duration
	}{
		{"waited for", 3 * time.Second, time.Minute, 2, 3 * time.Second},
		{"beyond the deadline", 30 * time.Second, 10 * time.Second, 1, 0},
		{"beyond a minute", time.Hour, 0, 1, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if tc.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tc.deadline)
					defer cancel()
				}
				f := failing(after(tc.after), nil)
				start := time.Now()
				_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, "POST", "http+lambda://f/", nil).WithContext(ctx))
				if f.count() != tc.calls || (err == nil) != (tc.calls == 2) {
					t.Errorf("%d calls, error %v", f.count(), err)
				}
				if took := time.Since(start); took < tc.took || took > tc.took+time.Second {
					t.Errorf("took %v of virtual time, want about %v", took, tc.took)
				}
			})
		})
	}
}

func TestRetryDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := failing(throttled)
		start := time.Now()
		tr := &vialambda.Transport{Invoker: f, Retry: vialambda.Retry{MaxAttempts: 20, BaseDelay: time.Second, MaxDelay: 4 * time.Second}}
		_, _ = tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if took := time.Since(start); f.count() != 20 || took > 75*time.Second || took < 5*time.Second {
			t.Errorf("%d attempts took %v of virtual time", f.count(), took)
		}
	})
}

func TestRetryEndsWithContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := failing(throttled)
		time.AfterFunc(time.Millisecond, cancel)
		_, err := (&vialambda.Transport{Invoker: f, Retry: vialambda.Retry{BaseDelay: time.Hour, MaxDelay: time.Hour}}).
			RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
		if f.count() != 1 || err == nil {
			t.Errorf("%d calls, error %v", f.count(), err)
		}
	})
}

func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := failing(serverErr)
		tr := &vialambda.Transport{Invoker: f}
		for range 200 {
			_, _ = tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		}
		if got := f.count(); got != 200+100 { // 500 tokens at 5 each
			t.Errorf("sent %d times, want 300: the budget does not hold", got)
		}
		good := failing(nil)
		tr.Targets = vialambda.Targets{"good": {Invoker: good}}
		for range 10 {
			get(t, tr, "http+lambda://good/")
		}
		_, _ = tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if got := f.count(); got != 303 {
			t.Errorf("sent %d times, want 303: successes give nothing back", got)
		}
	})
}

func TestErrorIsNotShared(t *testing.T) {
	f := failing(notFound)
	_, _ = (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, http.MethodGet, "http+lambda://f/", nil))
	if notFound.Attempts != 0 {
		t.Error("the Invoker's error was changed")
	}
}
