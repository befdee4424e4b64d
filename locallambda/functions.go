package locallambda

import (
	"context"

	"github.com/vialambda/vialambda"
)

// Functions are functions by name. It is an Invoker that calls the one that an
// Invocation names.
type Functions map[string]vialambda.Invoker

// Invoke calls the function that in names.
func (f Functions) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	fn, ok := f[in.Function]
	if !ok {
		return nil, &vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404}
	}
	return fn.Invoke(ctx, in)
}
