package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// none stands where there is no figure.
const none = "–"

// summary has a line for every group of the contenders that matter most.
func summary(r *harness.Results) string {
	t := table{{"case", "in flight", "plain POST", "vialambda", "hand-written", "÷ plain", "÷ hand-written"}}
	for _, g := range r.Groups {
		median := func(contender string) string {
			if c := cell(g, contender); c != nil && len(c.Rounds) > 0 {
				return duration(stats.Median(c.CPU()))
			}
			return none
		}
		t.row(title(g), commas(int64(g.InFlight)),
			median(client.Plain), median(client.Vialambda), median(client.HandWritten),
			times(cell(g, client.Vialambda), cell(g, client.Plain)),
			times(cell(g, client.Vialambda), cell(g, client.HandWritten)))
	}
	return t.String()
}

// details has a table for every case.
func details(r *harness.Results) string {
	var b strings.Builder
	var t table
	for i, g := range r.Groups {
		if i == 0 || title(g) != title(r.Groups[i-1]) {
			t = table{{
				"contender", "in flight", "CPU per call", "±", "÷ plain", "÷ hand-written",
				"allocations", "allocated", "heap peak", "p50", "p99", "p99.9", "calls/s", "new connections", "handshakes",
			}}
		}
		for j := range g.Cells {
			t.row(cellRow(g, &g.Cells[j])...)
		}
		if i+1 == len(r.Groups) || title(g) != title(r.Groups[i+1]) {
			fmt.Fprintf(&b, "### %s\n\n%s\n", title(g), t)
		}
	}
	b.WriteString(failures(r))
	return strings.TrimRight(b.String(), "\n") + "\n"
}

func cellRow(g harness.GroupResult, c *harness.Cell) []string {
	row := []string{c.Contender, commas(int64(g.InFlight))}
	if len(c.Rounds) == 0 {
		for len(row) < 15 {
			row = append(row, none)
		}
		return row
	}
	latency := func(of func(stats.Latency) time.Duration) string {
		return duration(stats.Median(c.Quantile(func(r harness.Round) time.Duration { return of(r.Latency) })))
	}
	allocs, bytes, peak := none, none, none
	if v := stats.Median(c.Allocs()); v > 0 {
		allocs, bytes = commas(int64(v+0.5)), size(stats.Median(c.Bytes()))
	}
	if len(c.Peak) > 0 {
		peak = size(float64(stats.Median(c.Peak)))
	}
	connections, handshakes := c.Opened()
	return append(row,
		duration(stats.Median(c.CPU())), percent(stats.Spread(c.CPU())),
		times(c, cell(g, client.Plain)), times(c, cell(g, client.HandWritten)),
		allocs, bytes, peak,
		latency(func(l stats.Latency) time.Duration { return l.P50 }),
		latency(func(l stats.Latency) time.Duration { return l.P99 }),
		latency(func(l stats.Latency) time.Duration { return l.P999 }),
		decimal(stats.Median(c.Rate())), commas(connections), commas(handshakes))
}

// failures lists what went wrong; it is empty if nothing did.
func failures(r *harness.Results) string {
	var lines []string
	for _, g := range r.Groups {
		for i := range g.Cells {
			c := &g.Cells[i]
			where := fmt.Sprintf("%s, %s, %s in flight", c.Contender, title(g), commas(int64(g.InFlight)))
			if c.Error != "" {
				lines = append(lines, fmt.Sprintf("- %s: stopped: `%s`", where, c.Error))
			}
			if failed, first := c.Failed(); failed > 0 {
				lines = append(lines, fmt.Sprintf("- %s: %s calls failed, the first with `%s`", where, commas(int64(failed)), first))
			}
		}
	}
	if len(lines) == 0 {
		return ""
	}
	return "### What failed\n\n" + strings.Join(lines, "\n") + "\n"
}

// curves has the points of cost against calls in flight.
func curves(r *harness.Results) string {
	t := table{{
		"contender", "in flight", "CPU per call", "heap and stacks per waiting call", "resident", "connections", "opened later",
	}}
	for _, p := range r.Scale {
		if p.Error != "" {
			t.row(p.Contender, commas(int64(p.InFlight)), none, none, none, none, none)
			continue
		}
		t.row(p.Contender, commas(int64(p.InFlight)), duration(float64(p.CPU)), size(perCall(p)),
			size(float64(p.Waiting.RSS)), commas(p.Connections), commas(p.Later))
	}
	return t.String()
}

func verdicts(targets []Target) string {
	t := table{{"figure", "target", "measured", ""}}
	for _, target := range targets {
		t.row(target.Figure, target.Want, target.Got, string(target.Verdict))
	}
	return t.String()
}

func circumstances(r *harness.Results) string {
	m := r.Machine
	t := table{{"what", "value"}}
	t.row("processor", fmt.Sprintf("%s, %d cores", m.CPU, m.Cores))
	t.row("memory", fmt.Sprintf("%d GiB", m.MemoryGiB))
	t.row("system", m.Kernel)
	t.row("open files allowed", commas(int64(m.OpenFiles)))
	t.row("Go", m.Go)
	for _, module := range m.Modules {
		name, version, _ := strings.Cut(module, " ")
		t.row(name, version)
	}
	if m.Python != "" {
		t.row("Python", m.Python)
	}
	for _, p := range m.Packages {
		name, version, _ := strings.Cut(p, " ")
		t.row(name, version)
	}
	if r.Load != "" {
		t.row("load average before the run", r.Load)
	}
	t.row("date", r.Finished.UTC().Format(time.DateOnly))
	t.row("duration of the run", since(r.Finished.Sub(r.Started)))
	return t.String()
}

func title(g harness.GroupResult) string {
	name := workload.Find(g.Case).Title
	if g.TLS {
		name += ", TLS"
	}
	return name
}

func cell(g harness.GroupResult, contender string) *harness.Cell {
	i := slices.IndexFunc(g.Cells, func(c harness.Cell) bool { return c.Contender == contender })
	if i < 0 {
		return nil
	}
	return &g.Cells[i]
}

// times is the CPU of over divided by that of under.
func times(over, under *harness.Cell) string {
	if over == nil || under == nil {
		return none
	}
	ratios := stats.Ratios(over.CPU(), under.CPU())
	if len(ratios) == 0 {
		return none
	}
	return decimal(stats.Median(ratios))
}
