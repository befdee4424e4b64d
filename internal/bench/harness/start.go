package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// starts measures how long the command takes to say its version, from fork to
// exit.
func (h *Harness) starts(ctx context.Context, times int) ([]time.Duration, error) {
	if h.Command == "" || times == 0 {
		return nil, nil
	}
	h.logf("vialambda --version")
	binary, err := h.buildCommand(ctx)
	if err != nil {
		return nil, err
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

// buildCommand builds the command, once.
func (h *Harness) buildCommand(ctx context.Context) (binary string, err error) {
	if h.Command == "" {
		return "", errors.New("the command is left out")
	}
	binary = filepath.Join(h.dir, "vialambda")
	if _, err := os.Stat(binary); err == nil {
		return binary, nil
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	build.Dir = h.Command
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the command: %w: %s", err, out)
	}
	return binary, nil
}
