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
	"slices"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/python"
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
	// GatewayProfile, if set, is the file for a CPU profile of the server that
	// has the package gateway in it.
	GatewayProfile string
	// Log gets a line for everything that is begun.
	Log io.Writer

	dir, script string
}

// Cell is what one contender has done in a Group.
type Cell struct {
	Contender string
	Rounds    []Round
	// Peak is by how many bytes the heap has grown, once for each of Group.Peaks.
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
	defer func() { _ = os.RemoveAll(dir) }()
	h.dir, h.script = dir, filepath.Join(dir, "client.py")
	if err := os.WriteFile(h.script, python.Client, 0o600); err != nil {
		return nil, err
	}

	results := &Results{Started: time.Now(), Load: loadAverage()}
	for _, group := range plan.Groups {
		result, err := h.group(ctx, group)
		if err != nil {
			return nil, err
		}
		results.Groups = append(results.Groups, *result)
	}
	if results.Scale, err = h.scale(ctx, plan.Scale); err != nil {
		return nil, err
	}
	if results.Gateway, err = h.gateways(ctx, plan.Gateway); err != nil {
		return nil, err
	}
	if plan.Codec {
		h.logf("codec")
		if results.Codec, err = h.codec(ctx); err != nil {
			return nil, err
		}
	}
	if results.Hops, err = h.hops(ctx, plan.Hops); err != nil {
		h.logf("  %v", err) // the rest is worth having without it
	}
	if results.Start, err = h.starts(ctx, plan.Starts); err != nil {
		h.logf("  %v", err) // the rest is worth having without it
	}
	results.Finished = time.Now()
	results.Machine = machine(ctx, h.Python)
	return results, nil
}

func (h *Harness) group(ctx context.Context, group Group) (*GroupResult, error) {
	h.logf("%s", group.Label())
	e, err := h.startStub(ctx, group.TLS)
	if err != nil {
		return nil, err
	}
	defer e.process.stop()

	result := &GroupResult{Group: group}
	for _, contender := range group.Order {
		if !isPython(contender) || h.Python != "" {
			result.Cells = append(result.Cells, Cell{Contender: contender})
		}
	}
	together := len(result.Cells)
	if group.Rounds == 1 {
		together = 1 // nothing to interleave, and the machine's memory for each
	}
	for cells := range slices.Chunk(result.Cells, together) {
		t := turns{h: h, e: e, group: &group, cells: cells, clients: make([]*measured, len(cells))}
		err := t.take(ctx)
		t.stop()
		if err != nil {
			return nil, err
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
	reply, err := m.do(ctx, command)
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
