package harness

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Hop is what a call of a function process on this machine takes, once for each
// run of a benchmark beside the code of locallambda.
type Hop struct {
	Name   string // "bare hop/100", "Command stream=false/100"
	Median []time.Duration
	Allocs []float64
}

// hops runs locallambda's own benchmark.
func (h *Harness) hops(ctx context.Context, times int) ([]Hop, error) {
	if h.Command == "" || times == 0 {
		return nil, nil
	}
	h.logf("hop")
	bench := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", "^BenchmarkCommand$", "-benchtime", "1s",
		"-count", strconv.Itoa(times), ".")
	bench.Dir = filepath.Join(h.Command, "..", "..", "locallambda")
	out, err := bench.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("the benchmark of locallambda: %w: %.2000s", err, out)
	}
	return parseHops(string(out))
}

// parseHops reads what go test -bench has printed.
func parseHops(out string) ([]Hop, error) {
	var hops []Hop
	for line := range strings.Lines(out) {
		name, figures, ok := strings.Cut(line, "\t")
		name, is := strings.CutPrefix(name, "BenchmarkCommand/")
		if !ok || !is {
			continue
		}
		if at := strings.LastIndexByte(name, '-'); at > 0 { // GOMAXPROCS
			name = name[:at]
		}
		name = strings.ReplaceAll(strings.TrimSpace(name), "_", " ")
		median, err := figure(figures, "p50-ns")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		allocs, err := figure(figures, "allocs/op")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(hops) == 0 || hops[len(hops)-1].Name != name {
			hops = append(hops, Hop{Name: name})
		}
		last := &hops[len(hops)-1]
		last.Median = append(last.Median, time.Duration(median))
		last.Allocs = append(last.Allocs, allocs)
	}
	return hops, nil
}

// figure returns the number before unit.
func figure(figures, unit string) (float64, error) {
	words := strings.Fields(figures)
	for i, word := range words {
		if word == unit && i > 0 {
			return strconv.ParseFloat(words[i-1], 64)
		}
	}
	return 0, fmt.Errorf("no %s in %q", unit, figures)
}
