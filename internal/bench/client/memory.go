package client

import (
	"os"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"time"
)

// settledMemory collects garbage and returns what is left.
func settledMemory() Memory {
	runtime.GC()
	runtime.GC() // a second time, for what the first one has put into sync.Pools' victims
	samples := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
	}
	metrics.Read(samples)
	return Memory{Heap: samples[0].Value.Uint64(), Stack: samples[1].Value.Uint64(), RSS: residentSize()}
}

// residentSize returns the resident set size in bytes, 0 if it cannot be known.
func residentSize() uint64 {
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}

// peak returns by how much the heap was larger than before while InFlight
// calls were made at once. What was allocated and has become garbage counts
// until the collector, at its default settings, has taken it.
func (r *runner) peak() (Memory, error) {
	base := settledMemory()
	stop := make(chan struct{})
	highest := make(chan uint64)
	go func() {
		ticker := time.NewTicker(200 * time.Microsecond)
		defer ticker.Stop()
		heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		var top uint64
		for stopped := false; !stopped; {
			select {
			case <-ticker.C:
			case <-stop:
				stopped = true
			}
			metrics.Read(heap)
			top = max(top, heap[0].Value.Uint64())
		}
		highest <- top
	}()
	m := r.round(r.spec.Function, r.spec.InFlight)
	close(stop)
	top := <-highest
	return Memory{Heap: top - min(top, base.Heap)}, m.err()
}
