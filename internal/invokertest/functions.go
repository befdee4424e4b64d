package invokertest

import (
	"bytes"
	"context"
	"io"
	"strings"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// echo answers with its payload.
func echo(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	return &vialambda.Result{Payload: io.NopCloser(bytes.NewReader(in.Payload))}, nil
}

// reply is a function that answers with text.
func reply(text string) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(text))}, nil
	}
}

// fail is a function that reports document, in a stream after it has written
// some of its answer.
func fail(document string, failure *vialambda.FunctionError, written string) vialambda.InvokerFunc {
	return func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		if in.Stream {
			return write(ctx, func(w io.Writer) error {
				io.WriteString(w, written) //nolint:errcheck // the reader may be gone
				return failure
			}), nil
		}
		return &vialambda.Result{FunctionError: "Unhandled", Payload: io.NopCloser(strings.NewReader(document))}, nil
	}
}

// write is the result of a function that streams: what body writes, then the
// error that it returns. The stream ends with ctx.
func write(ctx context.Context, body func(io.Writer) error) *vialambda.Result {
	r, w := io.Pipe()
	res := &vialambda.Result{Payload: r}
	untie := context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	go func() {
		defer untie()
		err := body(w)
		res.LogTail = []byte(logText)
		w.CloseWithError(err)
	}()
	return res
}

const logText = "START RequestId: 1\nEND RequestId: 1\nREPORT RequestId: 1\tDuration: 3.01 ms\t\n"

// waiting is a function that waits until it is released or its context ends.
type waiting struct {
	begun   chan struct{} // gets a value when the function runs
	release chan struct{} // closed by the test
}

func newWaiting() *waiting {
	return &waiting{begun: make(chan struct{}, 100), release: make(chan struct{})}
}

func (w *waiting) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	w.begun <- struct{}{}
	select {
	case <-w.release:
		return echo(ctx, in)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// watched is a function in front of which stand a rule and a count of what
// arrives, and behind it a count of what is executed.
type watched struct {
	arrived, executed *locallambda.Counter
}

func watch(fn vialambda.Invoker, rules ...locallambda.FaultRule) *watched {
	executed := &locallambda.Counter{Invoker: fn}
	return &watched{
		arrived:  &locallambda.Counter{Invoker: &locallambda.Faults{Invoker: executed, Rules: rules}},
		executed: executed,
	}
}

func (w *watched) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	return w.arrived.Invoke(ctx, in)
}
