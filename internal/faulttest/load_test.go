package faulttest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
	"github.com/vialambda/vialambda/locallambda"
)

const (
	fewCalls  = 2_000
	manyCalls = 100_000 // with VIALAMBDA_LONG=1; make long
	workers   = 64
)

// TestTrapA4EveryCallHasOneOutcome makes GETs and POSTs, buffered and streamed, over
// sockets, one in five of which meets a fault. What the client was told of each is
// compared with what happened to it.
func TestTrapA4EveryCallHasOneOutcome(t *testing.T) {
	calls := fewCalls
	if os.Getenv("VIALAMBDA_LONG") != "" {
		calls = manyCalls
	}
	before := goleak.IgnoreCurrent()
	l := newLedger(calls)
	lambda := &locallambda.Server{
		Functions:   locallambda.Functions{"f": l.function(0.2, 5*time.Millisecond)},
		Credentials: key,
	}
	server, conns := listen(lambda)
	invoker := awslambda.New(config(server.URL))
	client := &http.Client{Transport: &vialambda.Transport{
		Invoker: invoker,
		Retry:   vialambda.Retry{BaseDelay: time.Millisecond, MaxDelay: 4 * time.Millisecond},
		Targets: vialambda.Targets{"streamed": {Function: "f", Mode: vialambda.Stream}},
	}}

	outcomes := make([]outcome, calls)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= calls {
					return
				}
				outcomes[i] = call(t.Context(), client, i)
			}
		})
	}
	wg.Wait()
	if err := lambda.Close(t.Context()); err != nil { // those that nobody waited for have ended, too
		t.Fatal(err)
	}

	var sum tally
	for i := range outcomes {
		sum.check(t, i, &outcomes[i], l)
	}
	sum.report(t, conns)

	client.CloseIdleConnections()
	server.Close()
	if n := conns.open.Load(); n != 0 {
		t.Errorf("%d connections are still open", n)
	}
	goleak.VerifyNone(t, before)
}

// call makes the call of number i.
func call(ctx context.Context, client *http.Client, i int) (o outcome) {
	o.post, o.stream, o.hasty = i%2 == 0, i%5 == 0, i%50 < 2
	if o.hasty {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, 3*time.Millisecond)
		defer cancel()
	}
	ctx, info := vialambda.WithInfo(ctx)
	host, method := "f", http.MethodGet
	if o.stream {
		host = "streamed"
	}
	if o.post {
		method = http.MethodPost
	}
	number := strconv.Itoa(i)
	var req *http.Request
	if req, o.err = http.NewRequestWithContext(ctx, method, "http+lambda://"+host+"/call/"+number, strings.NewReader(body(number))); o.err != nil {
		return o
	}
	resp, err := client.Do(req)
	o.attempts = info.Attempts
	if o.err = err; err != nil {
		return o
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	o.body, o.err = string(text), err
	return o
}

// body is what a call sends, and gets back.
func body(number string) string { return strings.Repeat(number+" ", 20) }

// tally adds up what became of the calls.
type tally struct {
	fine, failed, deadline          int
	arrived, ran, twice, mayHaveRun int
	faults, budget                  int
}

// check compares what the client was told of call i with what happened to it.
func (s *tally) check(t *testing.T, i int, o *outcome, l *ledger) {
	arrived, ran, faults := int(l.arrived[i]), int(l.ran[i]), l.faults[i]
	s.arrived += arrived
	s.ran += ran
	s.faults += len(faults)
	wrong := func(what string) {
		t.Helper()
		names := make([]string, len(faults))
		for i, k := range faults {
			names[i] = k.name
		}
		t.Errorf("call %d %+v: %s; %d attempts arrived, %d ran, faults %q", i, *o, what, arrived, ran, names)
	}

	// An attempt runs the function unless a fault keeps it from it.
	want := arrived
	for _, k := range faults {
		if !k.runs {
			want--
		}
	}
	if ran != want {
		wrong("the function ran otherwise than the faults allow")
	}
	if ran > 1 {
		s.twice++
		if o.post {
			wrong("a POST ran more than once")
		}
	}
	if arrived > o.attempts || arrived > 3 {
		wrong("more was sent than the client knows or may")
	}

	failed, isInvoke := errors.AsType[*vialambda.InvokeError](o.err)
	switch {
	case o.err == nil:
		s.fine++
		if ran < 1 || o.body != body(strconv.Itoa(i)) {
			wrong("a success without an execution, or with another's answer")
		}
		if arrived != len(faults)+1 {
			wrong("a success although the last attempt met a fault")
		}
	case !isInvoke:
		wrong("the error is no InvokeError")
	case !failed.MayHaveRun && ran > 0:
		wrong("the error says that the function cannot have run")
	default:
		s.failed++
		if failed.MayHaveRun {
			s.mayHaveRun++
		}
	}
	if errors.Is(o.err, context.DeadlineExceeded) {
		s.deadline++
		if !o.hasty {
			wrong("a deadline that nobody set")
		}
		return
	}
	if !o.hasty && arrived != o.attempts {
		wrong("an attempt has got lost")
	}
	s.checkRetries(wrong, o, failed, faults)
}

// checkRetries: after each fault there was another attempt if the rules say so, and
// none otherwise.
func (s *tally) checkRetries(wrong func(string), o *outcome, failed *vialambda.InvokeError, faults []*kind) {
	mayHaveRun := false
	for n, k := range faults {
		last := n == o.attempts-1
		mayHaveRun = mayHaveRun || !k.provesNot
		again := k.transient && (k.provesNot || !o.post)
		switch {
		case !last && !again:
			wrong("sent again after " + k.name)
		case last && again && n < 2 && !o.stream && !o.hasty:
			s.budget++ // it has no more retries to give, for now
		}
	}
	if failed != nil && failed.MayHaveRun != mayHaveRun {
		wrong("the error is wrong in whether the function may have run")
	}
}

func (s *tally) report(t *testing.T, conns *connections) {
	calls := s.fine + s.failed
	t.Logf("%d calls over %d connections: %d succeeded, %d failed (%d of them by their deadline, %d may have run)",
		calls, conns.opened.Load(), s.fine, s.failed, s.deadline, s.mayHaveRun)
	t.Logf("%d attempts met %d faults; %d executions, %d calls ran more than once, %d were not retried for the budget",
		s.arrived, s.faults, s.ran, s.twice, s.budget)
	if s.faults < calls/6 || s.twice == 0 || s.failed == 0 || s.deadline == 0 {
		t.Error("the faults were not there")
	}
}
