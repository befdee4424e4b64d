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
	"sync"
	"time"

	"github.com/vialambda/vialambda/internal/conformance/toolchain"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Stdout)
	stop()
	os.Exit(code)
}

func run(ctx context.Context, out io.Writer) int {
	root, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	var mu sync.Mutex
	var running sync.WaitGroup
	code := 0
	for _, language := range toolchain.Languages() {
		running.Go(func() {
			start := time.Now()
			err := language.Install(ctx, root)
			took := time.Since(start).Round(100 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				fmt.Fprintf(out, "%-7s ready, %v\n", language.Name, took)
			case errors.Is(err, toolchain.ErrMissing):
				fmt.Fprintf(out, "%-7s NOT RUN: %v\n", language.Name, err)
				if os.Getenv("CI") != "" {
					code = 1
				}
			default:
				fmt.Fprintf(out, "%-7s FAILED: %v\n", language.Name, err)
				code = 1
			}
		})
	}
	running.Wait()
	return code
}
