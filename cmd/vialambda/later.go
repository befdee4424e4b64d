package main

import (
	"context"

	"github.com/vialambda/vialambda"
)

func runLocal(ctx context.Context, t *terminal, _ []string) int {
	return t.fail(ctx, usagef("local: not yet"))
}
func runServe(ctx context.Context, t *terminal, _ []string) int {
	return t.fail(ctx, usagef("serve: not yet"))
}
func openLocal(string, *terminal) (vialambda.Invoker, func(), error) {
	return nil, nil, usagef("--local=FILE: not yet")
}
