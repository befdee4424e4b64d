// Package invokertest checks that an implementation of vialambda.Invoker keeps
// that interface's contract, as testing/fstest does for file systems.
//
//	func TestContract(t *testing.T) {
//		invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
//			server := httptest.NewServer(functions)
//			t.Cleanup(server.Close)
//			return newInvoker(server.URL)
//		})
//	}
package invokertest

import (
	"errors"
	"io"
	"testing"

	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// Connect returns an Invoker that reaches functions, for one test. What it opens
// it must close by t.Cleanup, idle connections too: afterwards no goroutine may
// be left.
//
// The functions answer, fail, wait and break the connection as the test wants
// it. An Invoker that reaches them over a network needs a server between that
// does what they say, such as a [locallambda.Server].
type Connect func(t *testing.T, functions locallambda.Functions) vialambda.Invoker

// Test runs the whole contract against what connect returns: what is sent and
// answered, in all sizes; every kind of refusal and failure, and whether the
// function may have run; Event and DryRun; the log tail; streams; contexts that
// end at every stage; a thousand calls at once; callers that go away.
func Test(t *testing.T, connect Connect) {
	s := suite{connect}
	for _, part := range []struct {
		name string
		test func(*testing.T)
	}{
		{"answers", s.testAnswers},
		{"answer sizes", s.testAnswerSizes},
		{"requests too large", s.testRequestsTooLarge},
		{"parameters", s.testParameters},
		{"names", s.testNames},
		{"log tail", s.testLogTail},
		{"event", s.testEvent},
		{"dry run", s.testDryRun},
		{"function errors", s.testFunctionErrors},
		{"refusals", s.testRefusals},
		{"faults", s.testFaults},
		{"contexts", s.testContexts},
		{"concurrency", s.testConcurrency},
		{"closing early", s.testClosingEarly},
		{"idle connections", s.testIdleConnections},
		{"streams", s.testStreams},
		{"stream arrives as it is written", s.testStreamArrives},
		{"stream fails", s.testStreamFails},
		{"stream is closed early", s.testStreamClosedEarly},
	} {
		t.Run(part.name, part.test)
	}
}

// suite is the tests of one implementation.
type suite struct{ connect Connect }

// invoker connects to functions and sees to it that nothing is left behind.
func (s suite) invoker(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	return s.connect(t, functions)
}

// call invokes and reads the whole payload.
func call(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) (*vialambda.Result, string, error) {
	t.Helper()
	res, err := invoker.Invoke(t.Context(), in)
	if err != nil {
		if res != nil {
			t.Errorf("Invoke returned a result and an error: %v", err)
		}
		return nil, "", err
	}
	payload, err := io.ReadAll(res.Payload)
	if closed := res.Payload.Close(); closed != nil {
		t.Errorf("Close: %v", closed)
	}
	return res, string(payload), err
}

// answer is call of what must succeed.
func answer(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) (*vialambda.Result, string) {
	t.Helper()
	res, payload, err := call(t, invoker, in)
	if err != nil {
		t.Fatal(err)
	}
	if res.Status != 0 && res.Status != 200 {
		t.Errorf("status %d", res.Status)
	}
	return res, payload
}

// refusal is call of what the Invoke API must refuse.
func refusal(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) *vialambda.InvokeError {
	t.Helper()
	_, payload, err := call(t, invoker, in)
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok {
		t.Fatalf("got %.100q and the error %v, want an InvokeError", payload, err)
	}
	return e
}

// modes runs test for a buffered and for a streamed invocation.
func modes(t *testing.T, test func(t *testing.T, stream bool)) {
	t.Run("buffered", func(t *testing.T) { test(t, false) })
	t.Run("stream", func(t *testing.T) { test(t, true) })
}
