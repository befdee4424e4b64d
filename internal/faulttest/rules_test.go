package faulttest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// counts is how often a call reached Lambda, and how often the function ran.
type counts struct{ arrived, ran int }

// answers is a function that always gives the same answer.
func answers(answer string) vialambda.Invoker {
	return locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil })
}

const fine = `{"statusCode":200,"body":"ok"}`

// TestRetryRules is the table "What is sent again" of docs/errors.md, a failure that
// stays.
func TestRetryRules(t *testing.T) {
	always := func(e *vialambda.InvokeError) locallambda.FaultRule { return locallambda.FaultRule{Error: e} }
	after := func(rule locallambda.FaultRule, at locallambda.FaultPoint) locallambda.FaultRule {
		rule.At = at
		return rule
	}
	cut := locallambda.FaultRule{Cut: true}
	type test struct {
		name      string
		rule      locallambda.FaultRule
		post, get counts
	}
	tests := []test{
		{"A3 throttled", always(locallambda.Throttle(0)), counts{3, 0}, counts{3, 0}},
		{"A4 ServiceException", always(refusal(500, "ServiceException")), counts{1, 0}, counts{3, 0}},
		{"A4 ServiceException after the run", after(always(refusal(500, "ServiceException")), locallambda.AfterRun), counts{1, 1}, counts{3, 3}},
		{"A4 502 of a proxy", after(always(refusal(502, "")), locallambda.AfterRun), counts{1, 1}, counts{3, 3}},
		{"A4 503", after(always(refusal(503, "ServiceUnavailableException")), locallambda.AfterRun), counts{1, 1}, counts{3, 3}},
		{"A4 504 of a proxy", after(always(refusal(504, "")), locallambda.AfterRun), counts{1, 1}, counts{3, 3}},
		{"A4 cut after the request", cut, counts{1, 0}, counts{3, 0}},
		{"A4 cut after the run", after(cut, locallambda.AfterRun), counts{1, 1}, counts{3, 3}},
		{"A4 cut in the answer", after(cut, locallambda.InAnswer), counts{1, 1}, counts{3, 3}},
		{"Retry-After of more than a minute", always(locallambda.Throttle(time.Hour)), counts{1, 0}, counts{1, 0}},
	}
	for _, code := range []string{"ResourceNotReadyException", "ENINotReadyException", "EC2ThrottledException"} {
		tests = append(tests, test{"not ready: " + code, always(refusal(502, code)), counts{3, 0}, counts{3, 0}})
	}
	for _, code := range []string{"ResourceConflictException", "SnapStartNotReadyException"} {
		tests = append(tests, test{"not ready: " + code, always(refusal(409, code)), counts{3, 0}, counts{3, 0}})
	}
	for code, status := range map[string]int{
		"InvalidRequestContentException": 400, "AccessDeniedException": 403, "ResourceNotFoundException": 404, "RequestTooLargeException": 413,
		"InvalidSubnetIDException": 502, "KMSAccessDeniedException": 502, "EFSMountTimeoutException": 408,
	} {
		tests = append(tests, test{fmt.Sprint("A5 ", status, " ", code), always(refusal(status, code)), counts{1, 0}, counts{1, 0}})
	}
	for _, tt := range tests {
		for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream} {
			if mode == vialambda.Stream && tt.rule.At == locallambda.InAnswer {
				continue // an error of Read: see TestCutStream
			}
			for method, want := range map[string]counts{"POST": tt.post, "GET": tt.get} {
				t.Run(fmt.Sprint(tt.name, " ", method, " ", mode), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						lambda := newCounted(answers(fine), tt.rule)
						n := serve(t, lambda.server())
						_, err := send(t, &vialambda.Transport{Invoker: n.client(t, nil), Mode: mode}, method, nil)
						lambda.check(t, want)
						if e := asInvokeError(t, err); e.Attempts != want.arrived || want.ran > 0 && !e.MayHaveRun {
							t.Errorf("%+v", e)
						}
					})
				})
			}
		}
	}
}

// TestRetryIdempotent: a POST is sent again like a GET if that is declared.
func TestRetryIdempotent(t *testing.T) {
	rule := locallambda.FaultRule{Cut: true, At: locallambda.AfterRun, Calls: []int64{1, 2}}
	for name, tt := range map[string]struct {
		header http.Header
		target vialambda.Target
		want   counts
	}{
		"not":             {nil, vialambda.Target{}, counts{1, 1}},
		"Idempotency-Key": {http.Header{"Idempotency-Key": {"1"}}, vialambda.Target{}, counts{3, 3}},
		"declared":        {nil, vialambda.Target{Idempotent: true}, counts{3, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(answers(fine), rule)
				tr := &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil), Targets: vialambda.Targets{"f": tt.target}}
				if _, err := send(t, tr, "POST", tt.header); (err == nil) != (tt.want.arrived == 3) {
					t.Error(err)
				}
				lambda.check(t, tt.want)
			})
		})
	}
}

// TestRetryPasses: a proof that the function did not run lets a POST through at last,
// once.
func TestRetryPasses(t *testing.T) {
	for name, rule := range map[string]locallambda.FaultRule{
		"throttled":  {Error: locallambda.Throttle(0), Calls: []int64{1, 2}},
		"not ready":  {Error: refusal(502, "ResourceNotReadyException"), Calls: []int64{1, 2}},
		"clock skew": {ClockSkew: time.Hour, Calls: []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(answers(fine), rule)
				if _, err := send(t, &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil)}, "POST", nil); err != nil {
					t.Error(err)
				}
				lambda.check(t, counts{len(rule.Calls) + 1, 1})
			})
		})
	}
}

// TestRetryRenewedCredentials: a refused session is replaced, and tried once more;
// never a third time.
func TestRetryRenewedCredentials(t *testing.T) {
	for name, tt := range map[string]struct {
		good string
		want int
	}{"the second is good": {"session 2", 1}, "none is": {"", 0}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(answers(fine))
				api := lambda.server()
				requests := 0
				n := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					requests++
					if r.Header.Get("X-Amz-Security-Token") != tt.good {
						w.Header().Set("X-Amzn-Errortype", "ExpiredTokenException")
						w.WriteHeader(http.StatusForbidden)
						return
					}
					api.ServeHTTP(w, r)
				}))
				sessions := 0
				client := n.client(t, func(cfg *aws.Config) {
					cfg.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
						sessions++
						return aws.Credentials{AccessKeyID: "A", SecretAccessKey: "B", SessionToken: fmt.Sprint("session ", sessions)}, nil
					}))
				})
				_, err := send(t, &vialambda.Transport{Invoker: client}, "POST", nil)
				if (err == nil) != (tt.want == 1) || requests != 2 {
					t.Errorf("%v after %d requests", err, requests)
				}
				lambda.check(t, counts{tt.want, tt.want})
			})
		})
	}
}

// TestRetryAfter: the API's own wait is honoured, if the deadline allows it.
func TestRetryAfter(t *testing.T) {
	for name, tt := range map[string]struct {
		deadline time.Duration
		want     counts
		took     time.Duration
	}{
		"within the deadline": {time.Minute, counts{2, 1}, 20 * time.Second},
		"beyond it":           {10 * time.Second, counts{1, 0}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(answers(fine), locallambda.FaultRule{Error: locallambda.Throttle(20 * time.Second), Calls: []int64{1}})
				tr := &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil)}
				client := &http.Client{Transport: tr, Timeout: tt.deadline}
				start := time.Now()
				resp, err := client.Post("http+lambda://f/", "", strings.NewReader("x"))
				if err == nil {
					resp.Body.Close()
				}
				if (err == nil) != (tt.want.ran == 1) || time.Since(start) != tt.took {
					t.Errorf("%v after %v of virtual time", err, time.Since(start))
				}
				if err != nil && asInvokeError(t, err).RetryAfter != 20*time.Second {
					t.Errorf("%+v", err)
				}
				lambda.check(t, tt.want)
			})
		})
	}
}

// TestRetryNever: a function that failed, or answered nonsense, has run.
func TestRetryNever(t *testing.T) {
	for name, function := range map[string]vialambda.Invoker{
		"A1 function error": locallambda.Func(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("boom") }),
		"malformed answer":  answers(`{"statusCode":"x"}`),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(function)
				if resp, err := send(t, &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil)}, "GET", nil); err == nil {
					t.Errorf("answered with %d", resp.StatusCode)
				}
				lambda.check(t, counts{1, 1})
			})
		})
	}
}

// TestCutStream: once the response has begun, its end is the reader's to know, even
// of a GET.
func TestCutStream(t *testing.T) {
	app := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 3 {
			_, _ = io.WriteString(w, "part")
			_ = http.NewResponseController(w).Flush()
		}
	}))
	synctest.Test(t, func(t *testing.T) {
		lambda := newCounted(app, locallambda.FaultRule{Cut: true, At: locallambda.InAnswer})
		tr := &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil), Mode: vialambda.Stream}
		client := &http.Client{Transport: tr}
		resp, err := client.Get("http+lambda://f/")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err = io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) || !asInvokeError(t, err).MayHaveRun {
			t.Errorf("read to %v", err)
		}
		lambda.check(t, counts{1, 1})
	})
}

// TestRetryBudget: an outage is not answered with three times the load.
func TestRetryBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lambda := newCounted(answers(fine), locallambda.FaultRule{Error: refusal(500, "ServiceException")})
		tr := &vialambda.Transport{Invoker: serve(t, lambda.server()).client(t, nil)}
		for range 120 {
			_, _ = send(t, tr, "GET", nil)
		}
		lambda.check(t, counts{120 + 500/5, 0})
	})
}
