package vialambda

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxErrorText bounds Error() of every error of this package, in bytes.
const maxErrorText = 512

// InvokeError says that the Invoke API did not take the invocation or gave no
// answer. Every [Invoker] returns it, possibly wrapped, when the API or the way
// to it is the cause.
type InvokeError struct {
	// Code is the API's error code, as the SDK names it:
	// TooManyRequestsException, ResourceNotFoundException, AccessDeniedException.
	// If the API was never asked it is the Invoker's own word for why, such as
	// [CodeQueueFull]; such an error is not retried. It is empty if there was no
	// connection or no answer.
	Code string
	// Status is the API's HTTP status; 0 if it did not answer.
	Status int
	// Message is the API's own text. It may name ARNs and accounts: it is for
	// the operator, not for the operator's clients.
	Message string
	// Reason is the API's reason of a throttle:
	// ReservedFunctionConcurrentInvocationLimitExceeded.
	Reason string
	// RetryAfter is how long the API asks to wait; 0 if it does not say.
	RetryAfter time.Duration
	// RequestID is the AWS request id.
	RequestID string
	// Attempts is how often the invocation was sent, or tried to be. An Invoker
	// leaves it 0; the Transport fills it.
	Attempts int
	// MayHaveRun is false only if it is proven that the function did not run:
	// no connection was obtained, the request was not completely written, or the
	// API answered that it did not start the function.
	MayHaveRun bool
	// Renewed says that the Invoker has since got new credentials, or corrected
	// its clock, because the API refused the old ones: the next attempt may pass.
	Renewed bool
	// Err is the cause, if there is one beneath: a net.Error, a context's error,
	// a smithy.APIError.
	Err error
}

// Error is one line of at most 512 bytes.
func (e *InvokeError) Error() string {
	var b strings.Builder
	b.WriteString("lambda invoke: ")
	switch {
	case e.Code != "":
		b.WriteString(e.Code)
		if e.Message != "" {
			b.WriteString(": ")
			b.WriteString(clip(e.Message, 300))
		}
	case e.Err != nil:
		b.WriteString(clip(e.Err.Error(), 400))
	case e.Status != 0:
		b.WriteString("the API answered with status " + itoa(e.Status))
	default:
		b.WriteString("no answer")
	}
	if e.Attempts > 1 {
		b.WriteString(" (" + itoa(e.Attempts) + " attempts)")
	}
	return clip(b.String(), maxErrorText)
}

// Unwrap returns e.Err.
func (e *InvokeError) Unwrap() error { return e.Err }

// FunctionError says that the function ran and failed: it reported an error,
// crashed, timed out or answered too much (X-Amz-Function-Error).
type FunctionError struct {
	// Kind is the API's X-Amz-Function-Error: "Unhandled" or, rarely, "Handled".
	Kind string
	// Type and Message are errorType and errorMessage of the error document; of
	// a stream, the stream's ErrorCode and what its ErrorDetails say.
	Type, Message string
	// Trace is the stack trace as the runtime wrote it, in its own shape.
	Trace json.RawMessage
	// RequestID is the Lambda request id.
	RequestID string
	// LogTail is the end of the function's log, if it was asked for.
	LogTail []byte
}

// Error is one line of at most 512 bytes. It has neither trace nor log.
func (e *FunctionError) Error() string {
	text := "lambda function failed"
	if e.Type != "" {
		text += ": " + clip(e.Type, 100)
	}
	if e.Message != "" {
		text += ": " + clip(e.Message, 300)
	}
	return clip(text, maxErrorText)
}

// Timeout reports whether the function was stopped at its time limit.
func (e *FunctionError) Timeout() bool {
	return e.Type == "Sandbox.Timedout" || strings.Contains(e.Message, "Task timed out after ")
}

// ResponseError says that the function answered with something that is not an
// HTTP response of its format.
type ResponseError struct {
	// Format is the format in which the answer was read.
	Format Format
	// Reason says what is wrong with the answer.
	Reason string
	// Payload is the beginning of the answer, at most 1 KiB of it.
	Payload []byte
	// RequestID is the Lambda request id.
	RequestID string
}

// Error is one line of at most 512 bytes. It does not quote the payload.
func (e *ResponseError) Error() string {
	return clip("malformed answer for format "+e.Format.String()+": "+e.Reason, maxErrorText)
}

// TooLargeError says that a request, an event or an answer is over a limit.
// What is too large to send was not sent.
type TooLargeError struct {
	// What is too large: "event", "async event" (of an Event invocation),
	// "client context", "answer" or "stream".
	What string
	// Size is its size in bytes, or, if it was not read to its end, how much of
	// it was seen; Limit is how many are allowed.
	Size, Limit int64
}

const (
	tooLargeEvent      = "event"
	tooLargeAsyncEvent = "async event"
	tooLargeAnswer     = "answer"
	tooLargeStream     = "stream"
)

// Error is one line of at most 512 bytes.
func (e *TooLargeError) Error() string {
	return "lambda " + e.What + " too large: " + commas(e.Size) + " bytes, allowed are " + commas(e.Limit)
}

// AddressError says that a URL, or the target it names, is none that can be
// called. Nothing was sent.
type AddressError struct {
	// Reason says what is wrong and what to write instead.
	Reason string
}

// Error is one line of at most 512 bytes.
func (e *AddressError) Error() string { return clip("lambda address: "+e.Reason, maxErrorText) }

// clip makes text one line of valid UTF-8 of at most n bytes.
func clip(text string, n int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text[:min(len(text), 4*n)])
	if len(text) <= n {
		return text
	}
	cut := n - len("…")
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// commas writes n with thousands separated.
func commas(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
