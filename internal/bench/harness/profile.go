package harness

import (
	"context"
	"os"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Profile makes calls of c with a contender in Go as command says.
func (h *Harness) Profile(ctx context.Context, c *workload.Case, contender string, inFlight int, command client.Command) (client.Measured, error) {
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
	command.Op = "profile"
	reply, err := m.do(ctx, command)
	return reply.Measured, err
}
