package main

import (
	"context"
)

func runServe(ctx context.Context, t *terminal, _ []string) int {
	return t.fail(ctx, usagef("serve: not yet"))
}
