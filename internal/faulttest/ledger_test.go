package faulttest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// kind is a fault, and what a client may conclude from it.
type kind struct {
	name      string
	rule      locallambda.FaultRule
	runs      bool // the function has run
	provesNot bool // the client knows that it has not
	transient bool // it can pass by itself
}

func refusal(status int, code string) *vialambda.InvokeError {
	return &vialambda.InvokeError{Status: status, Code: code, Message: "by rule"}
}

var kinds = []kind{
	{"throttle", locallambda.FaultRule{Error: locallambda.Throttle(0)}, false, true, true},
	{"not ready", locallambda.FaultRule{Error: refusal(502, "ResourceNotReadyException")}, false, true, true},
	{"denied", locallambda.FaultRule{Error: refusal(403, "AccessDeniedException")}, false, true, false},
	{"not found", locallambda.FaultRule{Error: refusal(404, "ResourceNotFoundException")}, false, true, false},
	{"bad request", locallambda.FaultRule{Error: refusal(400, "InvalidParameterValueException")}, false, true, false},
	{"500 before", locallambda.FaultRule{Error: refusal(500, "ServiceException")}, false, false, true},
	{"500 after", locallambda.FaultRule{Error: refusal(500, "ServiceException"), At: locallambda.AfterRun}, true, false, true},
	{"503 before", locallambda.FaultRule{Error: refusal(503, "ServiceUnavailableException")}, false, false, true},
	{"503 after", locallambda.FaultRule{Error: refusal(503, "ServiceUnavailableException"), At: locallambda.AfterRun}, true, false, true},
	{"cut before", locallambda.FaultRule{Cut: true}, false, false, true},
	{"cut after", locallambda.FaultRule{Cut: true, At: locallambda.AfterRun}, true, false, true},
	{"cut in the answer", locallambda.FaultRule{Cut: true, At: locallambda.InAnswer}, true, false, true},
}

// ledger is what really happened to each call, written on the Lambda's side, where
// nothing that the client believes can get in.
type ledger struct {
	mu      sync.Mutex
	arrived []int8
	ran     []int8
	faults  [][]*kind // of each attempt that had one, in order
}

func newLedger(calls int) *ledger {
	return &ledger{arrived: make([]int8, calls), ran: make([]int8, calls), faults: make([][]*kind, calls)}
}

// function is a function behind faults on the given part of its calls, and a
// latency on as many. The function answers with the number of the call.
func (l *ledger) function(part float64, latency time.Duration) vialambda.Invoker {
	app := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(w, r.Body)
	})
	faults := &locallambda.Faults{Invoker: l.count(&l.ran, locallambda.HTTP(app)), Seed: 11}
	faults.Rules = append(faults.Rules, locallambda.FaultRule{Probability: part / 2, Delay: latency})
	for i := range kinds {
		k := &kinds[i]
		rule := k.rule
		rule.Probability = part / float64(len(kinds))
		rule.Match = func(in *vialambda.Invocation) bool { // asked when Probability has hit
			l.mu.Lock()
			defer l.mu.Unlock()
			call := callOf(in)
			l.faults[call] = append(l.faults[call], k)
			return true
		}
		faults.Rules = append(faults.Rules, rule)
	}
	return l.count(&l.arrived, faults)
}

func (l *ledger) count(counts *[]int8, next vialambda.Invoker) vialambda.Invoker {
	return &locallambda.Counter{Invoker: next, Nonce: func(in *vialambda.Invocation) string {
		l.mu.Lock()
		defer l.mu.Unlock()
		(*counts)[callOf(in)]++
		return ""
	}}
}

// callOf is the number of the call that an event belongs to: its path's.
func callOf(in *vialambda.Invocation) int {
	_, number, _ := bytes.Cut(in.Payload, []byte(`"path":"/call/`))
	number, _, _ = bytes.Cut(number, []byte(`"`))
	n, err := strconv.Atoi(string(number))
	if err != nil {
		panic(fmt.Sprintf("an event of no call: %s", in.Payload))
	}
	return n
}

// outcome is what the client was told of a call.
type outcome struct {
	post, stream, hasty bool // hasty: its deadline may have passed
	attempts            int
	body                string
	err                 error // nil exactly if the answer was read to its end
}
