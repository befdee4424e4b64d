package locallambda

import (
	"context"

	"github.com/vialambda/vialambda"
)

// Functions are functions by name: a Lambda in memory. As an Invoker it calls
// the function that an Invocation names, as a name, "name:qualifier", a partial
// ARN or an ARN of any account and region. A key may end in a qualifier,
// "orders:prod"; a function under its plain name answers to every qualifier.
//
// Names that are no key are answered with a [*vialambda.InvokeError], status 404.
// So are, with Lambda's own codes and texts, payloads that are no JSON (400) or
// larger than 6,291,456 bytes, 1 MiB for an Event (413).
//
// A DryRun ends after these checks. An Event is answered at once and run in a
// goroutine of its own, up to three times if the function fails, with no tie to
// ctx and nothing that would wait for it or bound how many run: [Server] has a
// queue and a Close.
//
// The zero value has no functions. It is safe for concurrent use as long as
// nobody writes to the map.
type Functions map[string]vialambda.Invoker

// Invoke calls the function that in names.
func (f Functions) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	fn, c, err := f.find(in, defaultRegion, defaultAccount)
	if err != nil {
		return nil, err
	}
	if hasCall(ctx) {
		c = callFrom(ctx)
	}
	return invoke(ctx, c, in, fn)
}

// CloseIdleConnections is passed on to the functions that have such a method.
func (f Functions) CloseIdleConnections() {
	for _, fn := range f {
		closeIdleConnections(fn)
	}
}

// find returns the function that in names and a new call of it. The region and
// account are those of the ARN that the function is told where in has none.
func (f Functions) find(in *vialambda.Invocation, region, account string) (vialambda.Invoker, *call, error) {
	n, err := parseName(in.Function, in.Qualifier, region, account)
	if err != nil {
		return nil, nil, err
	}
	fn := f[n.Function+":"+n.Qualifier]
	if fn == nil {
		fn = f[n.Function]
	}
	if fn == nil {
		return nil, nil, &vialambda.InvokeError{
			Code:    "ResourceNotFoundException",
			Status:  404,
			Message: "Function not found: " + n.arn(),
		}
	}
	return fn, newCall(n), nil
}

func closeIdleConnections(fn vialambda.Invoker) {
	if c, ok := fn.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
