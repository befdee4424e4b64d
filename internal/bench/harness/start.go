package harness

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// starts builds the command and measures how long it takes to say its version,
// from fork to exit.
func (h *Harness) starts(ctx context.Context, times int) ([]time.Duration, error) {
	if h.Command == "" || times == 0 {
		return nil, nil
	}
	h.logf("vialambda --version")
	binary := filepath.Join(h.dir, "vialambda")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = h.Command
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building the command: %w: %s", err, out)
	}
	var took []time.Duration
	for range times {
		command := exec.CommandContext(ctx, binary, "--version")
		command.Env = environment()
		began := time.Now()
		if err := command.Run(); err != nil {
			return nil, fmt.Errorf("vialambda --version: %w", err)
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}
