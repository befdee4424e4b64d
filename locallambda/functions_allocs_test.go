//go:build !race

package locallambda_test // not under the race detector, which allocates by itself

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// What a call allocates has nothing to do with how many functions there are that
// nobody calls.
func TestIdleFunctionsCostNothing(t *testing.T) {
	perCall := func(idle int) (inProcess, served uint64) {
		functions := locallambda.Functions{"orders": named("orders")}
		for i := range idle {
			functions[fmt.Sprint("idle-", i)] = &locallambda.Command{Args: []string{"never started"}}
		}
		server := &locallambda.Server{Functions: functions}
		defer server.Close(t.Context())
		in := &vialambda.Invocation{Function: "orders", Payload: []byte(`{}`)}
		return bytesOf(t, functions, in), bytesOf(t, &wire{"http://localhost", server.Client()}, in)
	}
	oneInProcess, oneServed := perCall(0)
	manyInProcess, manyServed := perCall(5000)
	const slack = 512 // of what the runtime does meanwhile
	if manyInProcess > oneInProcess+slack || manyServed > oneServed+slack {
		t.Errorf("with 5,000 idle functions a call allocates %d bytes in process and %d served, without them %d and %d",
			manyInProcess, manyServed, oneInProcess, oneServed)
	}
}

func bytesOf(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) uint64 {
	t.Helper()
	const calls = 200
	invoke := func() {
		res, err := invoker.Invoke(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		res.Payload.Close()
	}
	invoke()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range calls {
		invoke()
	}
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / calls
}
