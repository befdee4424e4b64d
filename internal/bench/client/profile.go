package client

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
)

// profile is a round with the CPU profiler, then one with the allocation
// profiler, which sees every 64th KiB: its samples slow calls down, so the two
// are kept apart. What it returns is the first round's.
func (r *runner) profile(c Command) (Measured, error) {
	r.busy = c.Busy
	cpu, err := os.Create(filepath.Join(c.Dir, "cpu.pprof"))
	if err != nil {
		return Measured{}, err
	}
	defer cpu.Close()
	if err := pprof.StartCPUProfile(cpu); err != nil {
		return Measured{}, err
	}
	m := r.round(r.spec.Function, c.Calls)
	pprof.StopCPUProfile()

	runtime.MemProfileRate = 64 << 10
	r.round(r.spec.Function, c.Calls)
	allocs, err := os.Create(filepath.Join(c.Dir, "allocs.pprof"))
	if err != nil {
		return m, err
	}
	err = pprof.Lookup("allocs").WriteTo(allocs, 0)
	return m, errors.Join(err, allocs.Close(), m.err())
}
