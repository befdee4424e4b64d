package locallambda

import (
	"context"
	"io"
)

// Context is what Lambda tells a handler of the invocation beside its payload:
// what a process has from the Runtime API's headers, and aws-lambda-go's
// handlers from their lambdacontext.
type Context struct {
	RequestID   string // a UUID, the same when an Event is run again
	FunctionARN string // with the qualifier, if the caller used one
	Version     string // $LATEST or a number

	ClientContext []byte // JSON; nil if the caller gave none, and of an Event
	TenantID      string
	TraceHeader   string

	// Log is the function's log: what is written to it is in the log tail that
	// a caller asked for, up to the handler's end. It is never nil, and safe
	// for concurrent use.
	Log io.Writer
}

type contextKey struct{}

// FromContext returns what Lambda told the handler whose context, or whose
// request's context, ctx is. It is never nil: outside of a handler all is empty
// and the log goes nowhere. Its fields must not be changed.
func FromContext(ctx context.Context) *Context {
	if c, ok := ctx.Value(contextKey{}).(*Context); ok {
		return c
	}
	return &Context{Log: io.Discard}
}
