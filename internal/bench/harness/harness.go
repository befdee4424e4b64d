// Package harness runs the measured processes, in turn, against the stub, and
// collects what they and the stub have counted.
package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/python"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Harness carries out a Plan.
type Harness struct {
	// Executable is this program, which is also the stub and the client.
	Executable string
	// Python is an interpreter that has the packages of python/requirements.txt.
	// If empty, the contenders in Python are left out.
	Python string
	// MemoryLimit is the address space of a client, in bytes. One that needs
	// more fails, and the table says so. 0 means no limit.
	MemoryLimit uint64
	// Command is the source directory of cmd/vialambda, which is built and
	// started. If empty, it is left out.
	Command string
	// Log gets a line for everything that is begun.
	Log io.Writer

	dir, script string
}

// Cell is what one contender has done in a Group.
type Cell struct {
	Contender string
	Rounds    []Round
	// Peak is by how many bytes the heap has grown, once for each of Plan.Peaks.
	Peak []uint64
	// Warm is what filling the pool has cost.
	Warm Round
	// Error is why the contender stopped: "" if it did not.
	Error string
}

// Round is what a client and the stub have counted in a round.
type Round struct {
	client.Measured
	Connections, Handshakes int64
	Seen                    int64 // calls that have reached the stub
	StubCPU                 time.Duration
}

// GroupResult is a Group's cells, in its Order.
type GroupResult struct {
	Group
	Cells []Cell
}

// Run carries out plan.
func (h *Harness) Run(ctx context.Context, plan Plan) (*Results, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	h.dir, h.script = dir, filepath.Join(dir, "client.py")
	if err := os.WriteFile(h.script, python.Client, 0o600); err != nil {
		return nil, err
	}

	results := &Results{Started: time.Now()}
	for _, group := range plan.Groups {
		result, err := h.group(ctx, group, plan.Peaks)
		if err != nil {
			return nil, err
		}
		results.Groups = append(results.Groups, *result)
	}
	if results.Scale, err = h.scale(ctx, plan.Scale); err != nil {
		return nil, err
	}
	if plan.Codec {
		h.logf("codec")
		if results.Codec, err = codec(); err != nil {
			return nil, err
		}
	}
	if results.Start, err = h.starts(ctx, plan.Starts); err != nil {
		return nil, err
	}
	results.Finished = time.Now()
	results.Machine = machine(h.Python)
	return results, nil
}

func (h *Harness) group(ctx context.Context, group Group, peaks int) (*GroupResult, error) {
	h.logf("%s", group.Label())
	e, err := h.startStub(group.TLS)
	if err != nil {
		return nil, err
	}
	defer e.process.stop()

	result := &GroupResult{Group: group}
	clients := make(map[int]*measured)
	defer func() {
		for _, m := range clients {
			m.process.stop()
		}
	}()
	fail := func(i int, err error) {
		result.Cells[i].Error = err.Error()
		h.logf("  %s: %v", result.Cells[i].Contender, err)
		if m := clients[i]; m != nil {
			m.process.stop()
			delete(clients, i)
		}
	}
	for _, contender := range group.Order {
		if isPython(contender) && h.Python == "" {
			continue
		}
		i := len(result.Cells)
		result.Cells = append(result.Cells, Cell{Contender: contender})
		m, err := h.startClient(e, contender, workload.Find(group.Case), group.InFlight)
		if err != nil {
			fail(i, err)
			continue
		}
		clients[i] = m
		if _, err := m.do(client.Command{Op: "check"}); err != nil {
			fail(i, fmt.Errorf("check: %w", err))
			continue
		}
		if result.Cells[i].Warm, err = h.observed(ctx, e, m, client.Command{Op: "warm"}); err != nil {
			fail(i, fmt.Errorf("warm-up: %w", err))
		}
	}
	for round := range group.Rounds {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		for step := range result.Cells {
			i := (round + step) % len(result.Cells) // nobody is always first
			cell := &result.Cells[i]
			if clients[i] == nil {
				continue
			}
			r, err := h.observed(ctx, e, clients[i], client.Command{Op: "round", Calls: group.Calls[cell.Contender]})
			if err != nil {
				fail(i, err)
				continue
			}
			cell.Rounds = append(cell.Rounds, r)
		}
	}
	for i, m := range clients {
		for range peaks {
			reply, err := m.do(client.Command{Op: "peak"})
			if err != nil {
				fail(i, err)
				break
			}
			if reply.Memory.Heap > 0 {
				result.Cells[i].Peak = append(result.Cells[i].Peak, reply.Memory.Heap)
			}
		}
	}
	return result, nil
}

// observed is a command together with what the stub sees of it.
func (h *Harness) observed(ctx context.Context, e *endpoint, m *measured, command client.Command) (Round, error) {
	before, err := e.stats(ctx)
	if err != nil {
		return Round{}, err
	}
	reply, err := m.do(command)
	if err != nil {
		return Round{}, err
	}
	after, err := e.stats(ctx)
	if err != nil {
		return Round{}, err
	}
	if reply.Measured.Failed == reply.Measured.Calls {
		return Round{}, errors.New(reply.Measured.FirstError)
	}
	return Round{
		Measured:    reply.Measured,
		Connections: after.Connections - before.Connections,
		Handshakes:  after.Handshakes - before.Handshakes,
		Seen:        after.Calls - before.Calls,
		StubCPU:     after.CPU - before.CPU,
	}, nil
}

func (h *Harness) logf(format string, args ...any) { fmt.Fprintf(h.Log, format+"\n", args...) }
