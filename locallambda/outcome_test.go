package locallambda_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// Every fault there is, on one call in five, under thousands of requests: each
// has one outcome, and the function has run as often as the outcome says. A POST
// is never executed twice (A4).
func TestTrapA4EveryRequestHasOneOutcome(t *testing.T) {
	failure := func(status int, code string) *vialambda.InvokeError {
		return &vialambda.InvokeError{Status: status, Code: code}
	}
	rules := []locallambda.FaultRule{
		{Error: locallambda.Throttle(0)},
		{Error: locallambda.Throttle(2 * time.Second)},
		{Error: failure(403, "AccessDeniedException")},
		{Error: failure(500, "ServiceException")},
		{Error: failure(500, "ServiceException"), At: locallambda.AfterRun},
		{Error: failure(502, "ResourceNotReadyException")},
		{Error: failure(503, "ServiceUnavailableException"), At: locallambda.AfterRun},
		{Cut: true},
		{Cut: true, At: locallambda.AfterRun},
		{Cut: true, At: locallambda.InAnswer},
	}
	for i := range rules {
		rules[i].Probability = 0.2 / float64(len(rules))
	}
	rules = append(rules, locallambda.FaultRule{Probability: 0.1, Delay: 50 * time.Millisecond})

	invokers := map[string]func(locallambda.Functions) vialambda.Invoker{
		"in process":    func(f locallambda.Functions) vialambda.Invoker { return f },
		"over a server": func(f locallambda.Functions) vialambda.Invoker { return &wire{"http://localhost", f.Client()} },
		"through a queue": func(f locallambda.Functions) vialambda.Invoker {
			return &locallambda.ConcurrencyLimit{Invoker: f, Max: 10, Queue: -1}
		},
	}
	for name, connect := range invokers {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				executions := &locallambda.Counter{
					Nonce: nonce,
					Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						io.WriteString(w, r.Header.Get("X-Nonce"))
					})),
				}
				client := &http.Client{Transport: &vialambda.Transport{Invoker: connect(locallambda.Functions{
					"fn": &locallambda.Faults{Invoker: executions, Rules: rules, Seed: 7},
				})}}
				var (
					wg sync.WaitGroup
					o  outcomes
				)
				for worker := range 50 {
					wg.Go(func() {
						for i := range 60 {
							o.check(t, client, executions, fmt.Sprint(worker, "-", i), i%2 == 0)
						}
					})
				}
				wg.Wait()
				if total := o.fine + o.failed; total != 50*60 || o.failed == 0 || o.again == 0 {
					t.Errorf("%d of %d requests succeeded, %d failed, %d were executed again", o.fine, 50*60, o.failed, o.again)
				}
				t.Logf("%d fine, %d failed, %d executed again", o.fine, o.failed, o.again)
			})
		})
	}
}

// nonce is the header of that name in an event.
func nonce(in *vialambda.Invocation) string {
	var event struct{ Headers map[string]string }
	json.Unmarshal(in.Payload, &event)
	return event.Headers["X-Nonce"]
}

// outcomes counts what became of requests.
type outcomes struct {
	mu                  sync.Mutex
	fine, failed, again int
}

func (o *outcomes) check(t *testing.T, client *http.Client, executions *locallambda.Counter, id string, post bool) {
	r, _ := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, "http+lambda://fn/", nil)
	if post {
		r, _ = http.NewRequestWithContext(r.Context(), http.MethodPost, "http+lambda://fn/", bytes.NewReader([]byte("x")))
	}
	r.Header.Set("X-Nonce", id)
	res, err := client.Do(r)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	ran := executions.Executions(id)
	e, isInvoke := errors.AsType[*vialambda.InvokeError](err)
	describe := r.Method + " " + strconv.Quote(string(body)) + ", executed " + strconv.Itoa(ran) + " times"
	switch {
	case err == nil && (string(body) != id || ran < 1):
		t.Errorf("success of %s", describe)
	case err != nil && !isInvoke:
		t.Errorf("%v of %s", err, describe)
	case err != nil && !e.MayHaveRun && ran != 0:
		t.Errorf("%v, which proves that it did not run, of %s", err, describe)
	case post && ran > 1 || ran > 3:
		t.Errorf("%v of %s", err, describe)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err == nil {
		o.fine++
	} else {
		o.failed++
	}
	if ran > 1 {
		o.again++
	}
}
