package vialambda

import (
	"context"
	"io"
)

// Invoker makes one call of the Lambda Invoke API. It is the seam between HTTP
// and Lambda: awslambda implements it over the network, locallambda on this
// machine, tests with an [InvokerFunc].
//
// Invoke makes one attempt; it never sends an invocation a second time. What
// kept it from getting an answer is an error, a [*InvokeError] whenever the
// Invoke API or the way to it is the cause. That the function ran and failed is
// not an error of Invoke: it is Result.FunctionError, or, in a stream, a
// [*FunctionError] returned by Read of Result.Payload.
//
// Invoke must be safe for concurrent use. It must not modify in, nor keep it
// after it has returned, but for Payload, which it may go on reading unless it
// has released it. If ctx ends, Invoke and every Read of the Result's Payload
// return soon after.
//
// An Invoker that also has the method CloseIdleConnections() is asked to close
// its idle connections by [Transport.CloseIdleConnections].
type Invoker interface {
	Invoke(ctx context.Context, in *Invocation) (*Result, error)
}

// InvokerFunc is a function that is an [Invoker].
type InvokerFunc func(ctx context.Context, in *Invocation) (*Result, error)

// Invoke calls f.
func (f InvokerFunc) Invoke(ctx context.Context, in *Invocation) (*Result, error) {
	return f(ctx, in)
}

// InvocationType is the Invoke API's X-Amz-Invocation-Type.
type InvocationType int

const (
	RequestResponse InvocationType = iota // wait for the answer; the API's status is 200
	Event                                 // queue and return at once: 202, no payload
	DryRun                                // check permission and parameters, run nothing: 204
)

// String returns the API's word for t: RequestResponse, Event or DryRun.
func (t InvocationType) String() string {
	switch t {
	case RequestResponse:
		return "RequestResponse"
	case Event:
		return "Event"
	case DryRun:
		return "DryRun"
	}
	return "InvocationType(" + itoa(int(t)) + ")"
}

// Invocation is one call of the Invoke API
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
// A field left at its zero value is not sent. One that a Transport has made has more
// in it than its fields: compare those, not the whole.
type Invocation struct {
	// Function is a function's name, partial ARN or ARN. Required.
	Function string
	// Qualifier is a version, an alias or $LATEST.
	Qualifier string

	// Payload is the event, JSON. Who receives an Invocation must not modify it
	// and may still be reading it after Invoke has returned, as net/http's
	// transport may: who sends one must not use the bytes again unless it was
	// told so by [Invocation.Release].
	Payload []byte

	Type InvocationType

	// Stream asks for InvokeWithResponseStream instead of Invoke.
	Stream bool
	// LogTail asks for the last 4 KiB of the function's log.
	LogTail bool

	// ClientContext is JSON, as it is before base64; at most 3,583 bytes after.
	ClientContext []byte
	TenantID      string
	// DurableName names a durable execution. It cannot be streamed.
	DurableName string
	// TraceHeader is the X-Amzn-Trace-Id of the call.
	TraceHeader string

	sentTo   Invoker // whom the Transport has called with it
	released bool    // by sentTo
}

// Result is the Invoke API's answer. Who gets one must close its Payload.
type Result struct {
	// Status is the API's own HTTP status: 200, 202 for an Event, 204 for a
	// DryRun. 0 means 200. It is not the status of the function's answer.
	Status int

	// Payload is what the function returned. It is never nil. Its Read returns
	// when the context of Invoke ends.
	//
	// Of a stream it yields the chunks' bytes as they arrive; then io.EOF once
	// the API has said that the stream is complete, a [*FunctionError] if it has
	// said that the function failed, or an error that wraps io.ErrUnexpectedEOF
	// if it was cut off before either.
	Payload io.ReadCloser

	// Size is the length of Payload in bytes, if known; 0 means unknown.
	Size int64

	// FunctionError is the API's X-Amz-Function-Error: "" if the function did
	// not fail, else "Unhandled" or "Handled", and Payload is the error document.
	FunctionError string

	// RequestID is the Lambda request id, the one in the function's own log.
	RequestID string
	// Version is the version of the function that ran.
	Version string
	// LogTail is the end of the function's log, decoded, if it was asked for.
	// Of a stream it is set when Read of Payload has returned io.EOF or a
	// *FunctionError, as http.Response.Trailer is.
	LogTail []byte
}
