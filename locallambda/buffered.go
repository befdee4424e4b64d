package locallambda

import (
	"context"
	"io"
	"net/http"

	"github.com/vialambda/vialambda"
)

// buffered runs h and returns its whole answer: as Result, or, if in asks for a
// stream, as a stream of one piece.
//
// If ctx ends first, buffered returns and h runs on to its end, as a function
// does on Lambda. At the function's own deadline h's context ends; if h does not
// return then, its goroutine is left behind.
func buffered(ctx context.Context, in *vialambda.Invocation, h handle) (*vialambda.Result, error) {
	x, hctx := begin(ctx, in)
	type answer struct {
		payload []byte
		failed  *fault
	}
	answered := make(chan answer, 1)
	go func() {
		defer x.cancel()
		payload, ok := x.protect(hctx, h, func(f *fault) { answered <- answer{failed: f} })
		if ok {
			answered <- answer{payload: payload}
		}
	}()
	var a answer
	select {
	case a = <-answered:
		if x.late() { // no grace
			a.failed = x.timeUp()
		}
	case <-hctx.Done():
		if !x.late() { // it ends with the handler too
			a = <-answered
		} else {
			a.failed = x.timeUp()
		}
	case <-ctx.Done():
		if !x.late() {
			return nil, x.gone(ctx)
		}
		a.failed = x.timeUp()
	}
	if len(a.payload) > maxAnswer && a.failed == nil {
		a.failed = sizeFault(maxAnswer)
	}
	x.end(false)
	return x.result(a.payload, a.failed), nil
}

// result is what Invoke returns of an execution that is over.
func (x *execution) result(payload []byte, failed *fault) *vialambda.Result {
	res := &vialambda.Result{Status: http.StatusOK, RequestID: x.RequestID, Version: x.Version, LogTail: x.logTail()}
	switch {
	case failed != nil && x.in.Stream:
		err := failed.err(x.RequestID)
		err.LogTail = res.LogTail
		res.Payload = failedStream{err}
	case failed != nil:
		failed.into(res)
	default:
		setPayload(res, payload)
	}
	return res
}

// failedStream is the payload of a function that failed before it wrote anything.
type failedStream struct{ err error }

func (s failedStream) Read([]byte) (int, error) { return 0, s.err }
func (s failedStream) Close() error             { return nil }

var _ io.ReadCloser = failedStream{}
