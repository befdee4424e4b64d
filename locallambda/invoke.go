package locallambda

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/vialambda/vialambda"
)

// What the Invoke API takes, in bytes
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	maxRequest = 6 << 20 // 6,291,456
	maxEvent   = 1 << 20 // of an Event invocation
)

// front is the front of a function that is called without one.
func front(ctx context.Context, in *vialambda.Invocation, fn vialambda.Invoker) (*vialambda.Result, error) {
	n := name{Region: defaultRegion, Account: defaultAccount, Function: "function", Qualifier: in.Qualifier}
	if in.Function != "" {
		var err error
		if n, err = parseName(in.Function, in.Qualifier, defaultRegion, defaultAccount); err != nil {
			return nil, err
		}
	}
	return invoke(ctx, newCall(n), in, fn)
}

// invoke is the front of every in-process call: it checks the invocation as the
// Invoke API does, settles a DryRun and an Event, and runs anything else.
func invoke(ctx context.Context, c *call, in *vialambda.Invocation, fn vialambda.Invoker) (*vialambda.Result, error) {
	in, err := check(in)
	if err != nil {
		return nil, err
	}
	switch in.Type {
	case vialambda.DryRun:
		return accepted(c, http.StatusNoContent), nil
	case vialambda.Event:
		go runEvent(context.WithoutCancel(ctx), c, in, fn)
		return accepted(c, http.StatusAccepted), nil
	}
	return run(ctx, c, in, fn)
}

// check refuses what the Invoke API refuses before it looks for an instance of
// the function. It returns the invocation that the function gets: one without a
// payload gets "{}".
func check(in *vialambda.Invocation) (*vialambda.Invocation, error) {
	switch size := len(in.Payload); {
	case in.Type == vialambda.Event && in.Stream:
		return nil, badRequest("ValidationException", "1 validation error detected: Value 'Event' at 'invocationType' "+
			"failed to satisfy constraint: Member must satisfy enum value set: [RequestResponse, DryRun]")
	case in.Type == vialambda.Event && size > maxEvent:
		return nil, tooLarge(strconv.Itoa(size) + " byte payload is too large for the Event invocation type (limit " +
			strconv.Itoa(maxEvent) + " bytes)")
	case size > maxRequest:
		return nil, tooLarge("Request must be smaller than " + strconv.Itoa(maxRequest) + " bytes for the InvokeFunction operation")
	case size == 0:
		with := *in
		with.Payload = []byte("{}")
		return &with, nil
	case !json.Valid(in.Payload):
		return nil, badRequest("InvalidRequestContentException",
			"Could not parse request body into json: Could not parse payload into json: "+jsonFault(in.Payload))
	}
	return in, nil
}

func tooLarge(message string) error {
	return &vialambda.InvokeError{Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: message}
}

func badRequest(code, message string) error {
	return &vialambda.InvokeError{Code: code, Status: http.StatusBadRequest, Message: message}
}

// jsonFault says what keeps payload from being JSON.
func jsonFault(payload []byte) string {
	var v json.RawMessage
	err := json.Unmarshal(payload, &v)
	if fault, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fault.Error() + " at byte " + strconv.FormatInt(fault.Offset, 10)
	}
	return "not JSON"
}

// accepted is the API's answer to an invocation whose end nobody waits for.
func accepted(c *call, status int) *vialambda.Result {
	return &vialambda.Result{Status: status, Payload: http.NoBody, RequestID: c.RequestID}
}

// run calls fn once and bounds what it answers.
func run(ctx context.Context, c *call, in *vialambda.Invocation, fn vialambda.Invoker) (*vialambda.Result, error) {
	if err := ctx.Err(); err != nil { // then nothing may run
		return nil, &vialambda.InvokeError{RequestID: c.RequestID, Err: err}
	}
	res, err := fn.Invoke(withCall(ctx, c), in)
	if err != nil {
		return nil, err
	}
	if res.RequestID == "" {
		res.RequestID = c.RequestID
	}
	if res.Version == "" {
		res.Version = c.Version
	}
	return res, limit(res, in.Stream)
}

// What Lambda does with an Event whose function failed
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html),
// but for the pauses: it waits one minute, then two.
const (
	eventAttempts = 3
	eventDelay    = 100 * time.Millisecond // before the second attempt, twice that before the third
)

// runEvent runs an Event to its end: until it has succeeded, or has failed or
// used up Lambda's longest time three times.
func runEvent(ctx context.Context, c *call, in *vialambda.Invocation, fn vialambda.Invoker) {
	event := *in
	event.ClientContext = nil // Lambda passes it on in synchronous invocations alone
	for retries := range eventAttempts {
		time.Sleep(time.Duration(retries) * eventDelay)
		again := *c // the same request id, but a log of its own
		again.log = new(callLog)
		attempt, cancel := context.WithTimeout(ctx, maxDuration)
		res, err := run(attempt, &again, &event, fn)
		if err == nil {
			err = drain(res)
		}
		cancel()
		if err == nil {
			return
		}
	}
}
