package harness

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// ScalePoint is what so many calls that wait cost a contender.
type ScalePoint struct {
	Contender string
	InFlight  int

	// Idle is the process's memory before its first call, Waiting while all
	// calls wait for the function, garbage collected.
	Idle, Waiting client.Memory
	// Connections is how many are open meanwhile.
	Connections int64
	// CPU is user and system time of a call, on connections that stand, in
	// waves of InFlight calls.
	CPU time.Duration
	// Later is how many connections those waves have opened.
	Later int64
	Error string
}

// ramp is how many calls are started at once: the kernel's queue of new
// connections is finite, and a full one costs seconds.
const ramp = 500

// spareFiles is what a process needs apart from its connections.
const spareFiles = 64

func (h *Harness) scale(ctx context.Context, scale Scale) ([]ScalePoint, error) {
	var points []ScalePoint
	for _, inFlight := range scale.InFlight {
		if allowed := openFiles() - spareFiles; inFlight > allowed {
			h.logf("%d in flight need more file descriptors than allowed: %d instead", inFlight, allowed)
			inFlight = allowed
		}
		for _, contender := range scale.Contenders {
			if contender == client.DefaultPool && inFlight > client.DefaultMost {
				continue // the calls above that would wait for ones that wait for them
			}
			h.logf("scale: %s, %d in flight", contender, inFlight)
			point := ScalePoint{Contender: contender, InFlight: inFlight}
			if err := h.point(ctx, &point, scale.Calls); ctx.Err() != nil {
				return nil, context.Cause(ctx)
			} else if err != nil {
				point.Error = err.Error()
				h.logf("  %v", err)
			}
			points = append(points, point)
		}
	}
	return points, nil
}

func (h *Harness) point(ctx context.Context, point *ScalePoint, calls int) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, errors.New("patience is at its end"))
	defer cancel()
	e, err := h.startStub(ctx, false)
	if err != nil {
		return err
	}
	defer e.process.stop()
	m, err := h.startClient(ctx, e, point.Contender, workload.Find(workload.Small), point.InFlight)
	if err != nil {
		return err
	}
	defer m.process.stop()

	if _, err := m.do(ctx, client.Command{Op: "check"}); err != nil {
		return err
	}
	idle, err := m.do(ctx, client.Command{Op: "memory"})
	if err != nil {
		return err
	}
	for started := 0; started < point.InFlight; {
		batch := min(ramp, point.InFlight-started)
		if _, err := m.do(ctx, client.Command{Op: "hold", Calls: batch}); err != nil {
			return err
		}
		started += batch
		if err := e.awaitWaiting(ctx, started); err != nil {
			return err
		}
	}
	waiting, err := m.do(ctx, client.Command{Op: "memory"})
	if err != nil {
		return err
	}
	seen, err := e.stats(ctx)
	if err != nil {
		return err
	}
	point.Idle, point.Waiting, point.Connections = idle.Memory, waiting.Memory, seen.Open
	if err := e.release(ctx); err != nil {
		return err
	}
	if _, err := m.do(ctx, client.Command{Op: "join"}); err != nil {
		return err
	}
	return h.waves(ctx, e, m, point, calls)
}

// waves measures CPU: three rounds, the median.
func (h *Harness) waves(ctx context.Context, e *endpoint, m *measured, point *ScalePoint, calls int) error {
	waves := max(1, calls/point.InFlight)
	var cpu []time.Duration
	for range 3 {
		r, err := h.observed(ctx, e, m, client.Command{Op: "barrier", Calls: waves * point.InFlight})
		if err != nil {
			return err
		}
		if r.Failed > 0 {
			return fmt.Errorf("%d of %d calls failed: %s", r.Failed, r.Calls, r.FirstError)
		}
		cpu = append(cpu, r.CPU/time.Duration(r.Calls))
		point.Later += r.Connections
	}
	point.CPU = stats.Median(cpu)
	return nil
}

// openFiles returns how many files a process may have open.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 1024
	}
	return int(min(limit.Max, 1<<20))
}
