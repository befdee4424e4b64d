package vialambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// answer is what an invocation came to: its payload, whole or still to be read.
type answer struct {
	*Result
	payload []byte  // of a buffered answer
	stream  *stream // of a streamed one, else nil
}

// send invokes, as often as Retry allows.
func (x *exchange) send(ctx context.Context, in *Invocation) (*answer, error) {
	r := retryer{
		policy:     x.t.Retry,
		budget:     &x.t.budget,
		idempotent: x.to.Idempotent || isIdempotent(x.req),
	}
	mayHaveRun := false // in any attempt so far
	for attempt := 1; ; attempt++ {
		got, err := x.attempt(x.attemptStart(ctx), in)
		x.attemptDone(got, err)
		x.released = in.released
		if err == nil {
			r.succeeded()
			return got, nil
		}
		if e, ok := errors.AsType[*InvokeError](err); ok {
			mayHaveRun = mayHaveRun || e.MayHaveRun
		}
		wait, again := r.again(ctx, attempt, err)
		if !again {
			return nil, withAttempts(err, attempt, mayHaveRun)
		}
		in = in.again()
		sleep(ctx, wait)
		if ctx.Err() != nil {
			return nil, &InvokeError{
				Attempts: attempt, MayHaveRun: mayHaveRun,
				Err: fmt.Errorf("%w, waiting to send again after: %w", ctx.Err(), err),
			}
		}
	}
}

// attempt invokes once. A buffered answer it reads to its end, since only then
// it is known to have arrived. With an error the answer is what is known of it,
// or nil.
func (x *exchange) attempt(ctx context.Context, in *Invocation) (*answer, error) {
	res, err := x.to.Invoker.Invoke(ctx, in)
	if err != nil {
		return nil, invokeFailed(err)
	}
	if res == nil {
		return nil, invokeFailed(errors.New("the Invoker returned neither a Result nor an error"))
	}
	x.got = answer{Result: res}
	got := &x.got
	if in.Type != RequestResponse {
		discard(res.Payload)
		return got, nil
	}
	if in.Stream && res.FunctionError == "" {
		return x.openStream(res)
	}
	got.payload, err = readPayload(res)
	if err != nil {
		return got, readFailed(res, err)
	}
	if res.FunctionError != "" {
		return got, functionError(res, got.payload)
	}
	return got, nil
}

// readPayload reads a buffered answer to its end and closes it.
func readPayload(res *Result) ([]byte, error) {
	if res.Payload == nil {
		return nil, nil
	}
	defer res.Payload.Close()
	if res.Size > maxAnswer {
		return nil, &TooLargeError{What: tooLargeAnswer, Size: res.Size, Limit: maxAnswer}
	}
	payload, err := readUpTo(res.Payload, res.Size, maxAnswer)
	switch {
	case err != nil:
		return nil, err
	case len(payload) > maxAnswer:
		return nil, &TooLargeError{What: tooLargeAnswer, Size: int64(len(payload)), Limit: maxAnswer}
	case int64(len(payload)) < res.Size:
		return nil, io.ErrUnexpectedEOF
	}
	return payload, nil
}

// invokeFailed makes whatever an Invoker returns an error of this package. What
// is none already says nothing of the function, so it may have run.
func invokeFailed(err error) error {
	if isOurs(err) {
		return err
	}
	return &InvokeError{MayHaveRun: true, Err: err}
}

// readFailed is the error of an answer that did not arrive whole.
func readFailed(res *Result, err error) error {
	if isOurs(err) {
		return err
	}
	return &InvokeError{RequestID: res.RequestID, MayHaveRun: true, Err: err}
}

func isOurs(err error) bool {
	for _, is := range []func(error) bool{
		isA[*InvokeError], isA[*FunctionError], isA[*TooLargeError], isA[*ResponseError], isA[*AddressError],
	} {
		if is(err) {
			return true
		}
	}
	return false
}

func isA[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// withAttempts says in err how often was sent, and whether the function may have
// run in any of the attempts. The Invoker may hand the same error to others, so
// it is a copy that says so; around one that is wrapped, if it is.
func withAttempts(err error, attempts int, mayHaveRun bool) error {
	e, ok := errors.AsType[*InvokeError](err)
	if !ok {
		return err
	}
	known := *e
	if err != error(e) { //nolint:errorlint // whether it is wrapped is the question
		known.Err = err
	}
	known.Attempts = attempts
	known.MayHaveRun = mayHaveRun
	return &known
}

func discard(body io.ReadCloser) {
	if body == nil {
		return
	}
	_, _ = io.CopyN(io.Discard, body, 4<<10) // lets the connection be used again
	body.Close()
}

// accepted is the answer to a request that ran no function, or none yet.
func (x *exchange) accepted(res *Result) *http.Response {
	header := http.Header{}
	status := http.StatusNoContent
	if x.to.typ == Event {
		status = http.StatusAccepted
		if prefersAsync(x.req.Header) {
			header.Set("Preference-Applied", "respond-async")
		}
	}
	if res.RequestID != "" {
		header.Set("X-Amzn-Requestid", res.RequestID)
	}
	return x.newResponse(status, header, nil, 0)
}
