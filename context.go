package vialambda

import "context"

type targetKey struct{}

// WithTarget returns a context whose requests go to t, as far as its fields are
// set: they come before the URL, the named target and the Transport. A true
// Async, DryRun, LogTail or Idempotent counts as set, a false one does not.
// Of several, the innermost goes over the others, field by field.
//
//	ctx := vialambda.WithTarget(ctx, vialambda.Target{Qualifier: "canary", Idempotent: true})
func WithTarget(ctx context.Context, t Target) context.Context {
	if outer := targetFrom(ctx); outer != nil {
		whole := *outer
		whole.overlay(&t)
		t = whole
	}
	return context.WithValue(ctx, targetKey{}, &t)
}

func targetFrom(ctx context.Context) *Target {
	t, _ := ctx.Value(targetKey{}).(*Target)
	return t
}
