package awslambda

import (
	"context"

	"github.com/vialambda/vialambda"
)

// The Codes of a *vialambda.InvokeError that says that the API was never asked. Its
// Message is a line that names the way out. Asking again would not help.
const (
	CodeNoRegion      = "NoRegion"      // no region is configured, and the function's name has none
	CodeNoEndpoint    = "NoEndpoint"    // the configured endpoint is none, or the region has none
	CodeNoCredentials = "NoCredentials" // there are none, or they could not be had
	CodeNotSent       = "NotSent"       // the SDK, or a signer or middleware of the caller's, failed
)

// unasked is the error of a call that the configuration does not allow.
func unasked(code string, cause error) *vialambda.InvokeError {
	return &vialambda.InvokeError{Code: code, Message: cause.Error(), Err: cause}
}

// unsent is the error of a call that its context ended before anything was sent.
func unsent(ctx context.Context) *vialambda.InvokeError {
	return &vialambda.InvokeError{Err: ended(ctx)}
}
