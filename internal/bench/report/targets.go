package report

import (
	"fmt"
	"slices"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/proxy"
	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Verdict says what became of a Target.
type Verdict string

const (
	Met         Verdict = "met"
	Unmet       Verdict = "missed"
	NotMeasured Verdict = "not measured"
)

// Target is a figure that the project has set itself.
type Target struct {
	Figure  string
	Want    string
	Got     string
	Verdict Verdict
}

// Missed counts the targets that were measured and missed.
func Missed(targets []Target) int {
	missed := 0
	for _, t := range targets {
		if t.Verdict == Unmet {
			missed++
		}
	}
	return missed
}

// Targets compares r with what the project has set itself.
func Targets(r *harness.Results) []Target {
	const mib = 1 << 20
	j := &judge{r: r}

	j.atMost("small GET, CPU per call ÷ hand-written", 0.45, " ×", j.cpu(workload.Small, 1, client.HandWritten))
	j.atMost("small GET, CPU per call ÷ plain POST", 1.3, " ×", j.cpu(workload.Small, 1, client.Plain))
	j.atMost("small GET, allocations", 120, "", j.of(workload.Small, 1, (*harness.Cell).Allocs))

	j.atMost("4 MiB binary down, CPU ÷ hand-written", 0.2, " ×", j.cpu(workload.Down4M, 1, client.HandWritten))
	j.atMost("4 MiB binary down, peak heap ÷ body", 1.5, " ×", j.peak(workload.Down4M, 4*mib))
	j.atMost("4 MiB binary up, CPU ÷ hand-written", 0.45, " ×", j.cpu(workload.Up4M, 1, client.HandWritten))
	j.atMost("4 MiB binary up, peak heap ÷ body", 2.2, " ×", j.peak(workload.Up4M, 4*mib))
	j.atMost("5 MiB UTF-8 JSON down, CPU ÷ hand-written", 0.3, " ×", j.cpu(workload.Down5M, 1, client.HandWritten))

	for _, c := range []struct {
		name   string
		allocs float64
	}{{harness.EncodeSmall, 4}, {harness.DecodeSmall, 14}} {
		j.atMost(c.name+", µs", 1, "", j.codec(c.name, func(c harness.Codec) float64 { return float64(c.Time) / 1e3 }))
		j.atMost(c.name+", allocations", c.allocs, "", j.codec(c.name, func(c harness.Codec) float64 { return float64(c.Allocs) }))
	}

	j.atMost("1,000 in flight, CPU per call ÷ plain POST", 1.7, " ×", j.cpu(workload.Small, 1000, client.Plain))
	j.atMost("1,000 in flight, CPU per call ÷ hand-written", 0.45, " ×", j.cpu(workload.Small, 1000, client.HandWritten))
	j.atMost("1,000 in flight, connections opened after warm-up", 0, "", j.opened(workload.Small, 1000))

	for _, n := range []int{10, 100} {
		j.atMost(fmt.Sprintf("100 ms function, %d in flight ÷ one call", n), 1.2, " ×", j.waves(n))
	}
	j.atMost("100 ms function, 1,000 in flight ÷ (100 ms + CPU of both sides ÷ cores)", 1.2, " ×", j.thousand())
	j.atLeast("calls per second at 100 in flight ÷ lambda-httpx", 15, " ×", j.rate(100, client.LambdaHTTPX))
	j.atMost("vialambda --version, ms", 10, "", j.start())
	j.atMost("memory of a waiting call beyond net/http's, KiB", 24, "", j.waiting())
	for _, n := range []int{16, 100} {
		for _, server := range []string{proxy.Gateway, proxy.Serve} {
			j.atLeast(fmt.Sprintf("%s, %d in flight, calls per second ÷ httputil.ReverseProxy", server, n), 0.7, " ×", j.proxied(n, server))
		}
	}
	return j.targets
}

// judge collects Targets. Its methods that return []float64 return nothing if
// there is no such figure.
type judge struct {
	r       *harness.Results
	targets []Target
}

func (j *judge) atMost(figure string, limit float64, unit string, got []float64) {
	j.add(figure, fmt.Sprintf("≤ %v%s", limit, unit), unit, got, func(v float64) bool { return v <= limit })
}

func (j *judge) atLeast(figure string, limit float64, unit string, got []float64) {
	j.add(figure, fmt.Sprintf("≥ %v%s", limit, unit), unit, got, func(v float64) bool { return v >= limit })
}

func (j *judge) add(figure, want, unit string, got []float64, met func(float64) bool) {
	t := Target{Figure: figure, Want: want, Got: "–", Verdict: NotMeasured}
	if len(got) > 0 {
		value := stats.Median(got)
		t.Got, t.Verdict = decimal(value)+unit, Unmet
		if met(value) {
			t.Verdict = Met
		}
	}
	j.targets = append(j.targets, t)
}

func (j *judge) of(name string, inFlight int, figure func(*harness.Cell) []float64) []float64 {
	cell := j.r.Cell(name, false, inFlight, client.Vialambda)
	if cell == nil {
		return nil
	}
	return figure(cell)
}

func (j *judge) cpu(name string, inFlight int, under string) []float64 {
	other := j.r.Cell(name, false, inFlight, under)
	if other == nil {
		return nil
	}
	return stats.Ratios(j.of(name, inFlight, (*harness.Cell).CPU), other.CPU())
}

func (j *judge) rate(inFlight int, under string) []float64 {
	other := j.r.Cell(workload.Small, false, inFlight, under)
	if other == nil {
		return nil
	}
	return stats.Ratios(j.of(workload.Small, inFlight, (*harness.Cell).Rate), other.Rate())
}

func (j *judge) peak(name string, body float64) []float64 {
	return j.of(name, 1, func(c *harness.Cell) []float64 {
		var parts []float64
		for _, peak := range c.Peak {
			parts = append(parts, float64(peak)/body)
		}
		return parts
	})
}

func (j *judge) opened(name string, inFlight int) []float64 {
	return j.of(name, inFlight, func(c *harness.Cell) []float64 {
		if len(c.Rounds) == 0 {
			return nil
		}
		connections, _ := c.Opened()
		return []float64{float64(connections)}
	})
}

func (j *judge) codec(name string, figure func(harness.Codec) float64) []float64 {
	for _, c := range j.r.Codec {
		if c.Name == name {
			return []float64{figure(c)}
		}
	}
	return nil
}

func (j *judge) waves(inFlight int) []float64 {
	wave := func(n int) []float64 {
		return j.of(workload.Wait100ms, n, func(c *harness.Cell) []float64 { return c.Wave(n) })
	}
	one := wave(1)
	if len(one) == 0 {
		return nil
	}
	var parts []float64
	for _, took := range wave(inFlight) {
		parts = append(parts, took/stats.Median(one)) // two groups: their rounds are no pairs
	}
	return parts
}

// thousand compares waves with what two processes that share the cores could
// reach at best: the function's time, then all the CPU work on all cores.
func (j *judge) thousand() []float64 {
	return j.of(workload.Wait100ms, 1000, func(c *harness.Cell) []float64 {
		var parts []float64
		for _, r := range c.Rounds {
			waves := float64(r.Calls) / 1000
			wait := float64(workload.Find(workload.Wait100ms).Wait)
			best := waves*wait + float64(r.CPU+r.StubCPU)/float64(max(j.r.Machine.Cores, 1))
			parts = append(parts, float64(r.Wall)/best)
		}
		return parts
	})
}

func (j *judge) start() []float64 {
	var took []float64
	for _, t := range j.r.Start {
		took = append(took, float64(t)/1e6)
	}
	return took
}

// waiting compares at the largest number of calls in flight that both reach.
func (j *judge) waiting() []float64 {
	held := func(contender string, inFlight int) (float64, bool) {
		i := slices.IndexFunc(j.r.Scale, func(p harness.ScalePoint) bool {
			return p.Contender == contender && p.InFlight == inFlight && p.Error == ""
		})
		if i < 0 {
			return 0, false
		}
		return perCall(j.r.Scale[i]), true
	}
	largest, found := 0, 0.0
	for _, p := range j.r.Scale {
		plain, ok := held(client.Plain, p.InFlight)
		via, ok2 := held(client.Vialambda, p.InFlight)
		if ok && ok2 && p.InFlight > largest {
			largest, found = p.InFlight, via-plain
		}
	}
	if largest == 0 {
		return nil
	}
	return []float64{found / 1024}
}

// perCall returns the heap and stack that a waiting call holds, in bytes.
func perCall(p harness.ScalePoint) float64 {
	grown := float64(p.Waiting.Heap+p.Waiting.Stack) - float64(p.Idle.Heap+p.Idle.Stack)
	return grown / float64(p.InFlight)
}
