package live

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/vialambda/vialambda"
)

// contract is what of an Invoker's contract a function can show without the
// network's help.
var contract = []check{
	{"no payload", "200 {}", of(vialambda.Invocation{})},
	{"payload", `200 {"a":"ü"}`, of(plan(`{"a":"ü"}`))},
	{"answer null", "200 null", of(plan(`{"answer":null}`))},
	{"answer 100 kB", `200 "\"xxxxxxxxx"… 100002 bytes`, of(plan(`{"fill":100000}`))},
	{"answer of the largest size", `200 "\"xxxxxxxxx"… 6291556 bytes`, of(plan(`{"fill":6291554}`))},
	{"answer too large", "200 Unhandled: Function.ResponseSizeTooLarge", of(plan(`{"fill":6291555}`))},
	{"payload of the largest size", "200 1", of(plan(`{"answer":1,"x":"` + strings.Repeat("x", 6_291_456-21) + `"}`))},
	{"payload too large", "refused: 413 RequestEntityTooLargeException, may have run false",
		of(plan(`{"answer":1,"x":"` + strings.Repeat("x", 6_291_456) + `"}`))},
	{"payload that is no JSON", "refused: 400 InvalidRequestContentException, may have run false", of(plan(`{`))},
	{"qualifier $LATEST", `200 {"version":"$LATEST","client":null}`, of(vialambda.Invocation{Qualifier: "$LATEST", Payload: []byte(`{"context":true}`)})},
	{"qualifier that does not exist", "refused: 404 ResourceNotFoundException, may have run false", of(vialambda.Invocation{Qualifier: "vialambda-nowhere"})},
	{"function that does not exist", "refused: 404 ResourceNotFoundException, may have run false", of(vialambda.Invocation{Function: "vialambda-live-no-such-function"})},
	{"client context", `200 {"version":"$LATEST","client":{"custom":{"a":"1"}}}`,
		of(vialambda.Invocation{ClientContext: []byte(`{"custom":{"a":"1"}}`), Payload: []byte(`{"context":true}`)})},
	{"log tail", "true true true", func(ctx context.Context, s *session) string {
		in := plan(`{"log":"hello from the log","answer":1}`)
		in.Function, in.LogTail = s.function, true
		res, err := s.invoker.Invoke(ctx, &in)
		if err != nil {
			return failure(err)
		}
		res.Payload.Close()
		tail := string(res.LogTail)
		return fmt.Sprint(strings.HasPrefix(tail, "START RequestId: "+res.RequestID), strings.Contains(tail, "hello from the log"), strings.Contains(tail, "REPORT RequestId: "))
	}},
	{"the caller's deadline", "no answer: may have run true, unexpected EOF false, deadline true", func(ctx context.Context, s *session) string {
		ctx, cancel := context.WithTimeout(ctx, 500*time.Millisecond)
		defer cancel()
		return s.invoke(ctx, plan(`{"wait":2000}`))
	}},
	{"exit 7", "200 Unhandled: Runtime.ExitError", of(plan(`{"exit":7}`))},
	{"timeout", "200 Unhandled: Sandbox.Timedout", of(plan(`{"wait":10000}`))},
	{"afterwards", "200 1", of(plan(`{"answer":1}`))},
	{"twenty at once", "20 of 20", func(ctx context.Context, s *session) string {
		var wg sync.WaitGroup
		var mu sync.Mutex
		right := 0
		for i := range 20 {
			wg.Go(func() {
				if got := s.invoke(ctx, plan(fmt.Sprintf(`{"answer":%d}`, i))); got == fmt.Sprint("200 ", i) {
					mu.Lock()
					right++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		return fmt.Sprintf("%d of 20", right)
	}},
}

func plan(payload string) vialambda.Invocation { return vialambda.Invocation{Payload: []byte(payload)} }

// of is a check's run: one call of the buffered function.
func of(in vialambda.Invocation) func(context.Context, *session) string {
	return func(ctx context.Context, s *session) string { return s.invoke(ctx, in) }
}
