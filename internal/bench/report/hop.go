package report

import (
	"strings"

	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/stats"
)

// hops has what locallambda adds to what a function process costs anyway.
func hops(r *harness.Results) string {
	t := table{{"event and answer", "bare hop", "Command", "÷ bare", "Command, streamed", "÷ bare", "allocations"}}
	for _, bare := range r.Hops {
		size, ok := strings.CutPrefix(bare.Name, "bare hop/")
		if !ok {
			continue
		}
		base := median(&bare)
		row := []string{size + " bytes", duration(base)}
		allocs := none
		for _, name := range []string{"Command stream=false/", "Command stream=true/"} {
			h := hop(r, name+size)
			if h == nil {
				row = append(row, none, none)
				continue
			}
			row = append(row, duration(median(h)), decimal(median(h)/base))
			if allocs == none {
				allocs = decimal(stats.Median(h.Allocs))
			}
		}
		t.row(append(row, allocs)...)
	}
	return t.String()
}

func hop(r *harness.Results, name string) *harness.Hop {
	for i := range r.Hops {
		if r.Hops[i].Name == name {
			return &r.Hops[i]
		}
	}
	return nil
}

// median is the median of the runs' medians, in nanoseconds.
func median(h *harness.Hop) float64 {
	var all []float64
	for _, m := range h.Median {
		all = append(all, float64(m))
	}
	return stats.Median(all)
}
