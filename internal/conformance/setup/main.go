// Command setup installs what the conformance matrix needs; see package
// toolchain. It says in a line per language what it did, and fails if a
// language could not be installed. A language without its toolchain is
// reported and fails only if CI is set.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/vialambda/vialambda/internal/conformance/toolchain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Stdout))
}

func run(ctx context.Context, out io.Writer) int {
	root, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	code := 0
	for _, language := range toolchain.Languages() {
		fmt.Fprintf(out, "%-7s ", language.Name)
		start := time.Now()
		err := language.Install(ctx, root)
		took := time.Since(start).Round(100 * time.Millisecond)
		switch {
		case err == nil:
			fmt.Fprintln(out, "ready,", took)
		case errors.Is(err, toolchain.ErrMissing):
			fmt.Fprintln(out, "NOT RUN:", err)
			if os.Getenv("CI") != "" {
				code = 1
			}
		default:
			fmt.Fprintln(out, "FAILED:", err)
			code = 1
		}
	}
	return code
}
