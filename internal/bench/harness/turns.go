package harness

import (
	"context"
	"fmt"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// turns is contenders that take turns: all are started before the first round,
// and one that fails drops out.
type turns struct {
	h     *Harness
	e     *endpoint
	group *Group

	cells   []Cell
	clients []*measured // of the cells; nil: has dropped out
}

// take fills the cells. What goes wrong with one contender is that cell's error.
func (t *turns) take(ctx context.Context) error {
	for i := range t.cells {
		if err := t.start(ctx, i); err != nil {
			t.drop(i, err)
		}
	}
	for round := range t.group.Rounds {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for step := range t.cells {
			t.round(ctx, (round+step)%len(t.cells)) // nobody is always first
		}
	}
	for i := range t.cells {
		t.peaks(ctx, i)
	}
	return nil
}

// start starts a contender, makes sure that it does what it should, and fills
// its connection pool.
func (t *turns) start(ctx context.Context, i int) error {
	cell := &t.cells[i]
	m, err := t.h.startClient(ctx, t.e, cell.Contender, workload.Find(t.group.Case), t.group.InFlight)
	if err != nil {
		return err
	}
	t.clients[i] = m
	if _, err := m.do(ctx, client.Command{Op: "check"}); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if cell.Warm, err = t.h.observed(ctx, t.e, m, client.Command{Op: "warm"}); err != nil {
		return fmt.Errorf("warm-up: %w", err)
	}
	return nil
}

func (t *turns) round(ctx context.Context, i int) {
	if t.clients[i] == nil {
		return
	}
	cell := &t.cells[i]
	r, err := t.h.observed(ctx, t.e, t.clients[i], client.Command{Op: "round", Calls: t.group.Calls[cell.Contender]})
	if err != nil {
		t.drop(i, err)
		return
	}
	cell.Rounds = append(cell.Rounds, r)
}

func (t *turns) peaks(ctx context.Context, i int) {
	for range t.group.Peaks {
		if t.clients[i] == nil {
			return
		}
		reply, err := t.clients[i].do(ctx, client.Command{Op: "peak"})
		if err != nil {
			t.drop(i, err)
			return
		}
		if reply.Memory.Heap > 0 { // 0: not Go
			t.cells[i].Peak = append(t.cells[i].Peak, reply.Memory.Heap)
		}
	}
}

func (t *turns) drop(i int, err error) {
	t.cells[i].Error = err.Error()
	t.h.logf("  %s: %v", t.cells[i].Contender, err)
	if t.clients[i] != nil {
		t.clients[i].process.stop()
		t.clients[i] = nil
	}
}

func (t *turns) stop() {
	for _, m := range t.clients {
		if m != nil {
			m.process.stop()
		}
	}
}
