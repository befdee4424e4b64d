package harness

import (
	"context"
	"os"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Profile makes calls calls of c with a contender in Go, and writes cpu.pprof
// and allocs.pprof to dir.
func (h *Harness) Profile(ctx context.Context, c *workload.Case, contender string, inFlight, calls int, dir string) (client.Measured, error) {
	work, err := os.MkdirTemp("", "bench")
	if err != nil {
		return client.Measured{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	h.dir = work
	e, err := h.startStub(ctx, false)
	if err != nil {
		return client.Measured{}, err
	}
	defer e.process.stop()
	m, err := h.startClient(ctx, e, contender, c, inFlight)
	if err != nil {
		return client.Measured{}, err
	}
	defer m.process.stop()
	if _, err := m.do(ctx, client.Command{Op: "check"}); err != nil {
		return client.Measured{}, err
	}
	if _, err := m.do(ctx, client.Command{Op: "warm"}); err != nil {
		return client.Measured{}, err
	}
	reply, err := m.do(ctx, client.Command{Op: "profile", Calls: calls, Dir: dir})
	return reply.Measured, err
}
