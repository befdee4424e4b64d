package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/proxy"
	"github.com/vialambda/vialambda/internal/bench/stats"
)

// gateways has a line for every server that stood between client and stub.
func gateways(r *harness.Results) string {
	t := table{{
		"server", "in flight", "calls/s", "±", "÷ ReverseProxy", "p50", "p99", "added p50", "added p99", "its CPU per call", "new connections",
	}}
	var missing []string
	for i := range r.Gateway {
		g := &r.Gateway[i]
		for j := range g.Servers {
			s := &g.Servers[j]
			if s.Error != "" {
				missing = append(missing, fmt.Sprintf("- %s, %s in flight: %s", s.Server, commas(int64(g.InFlight)), s.Error))
			}
			if len(s.Rounds) > 0 {
				t.row(serverRow(g, s)...)
			}
		}
	}
	if len(missing) == 0 {
		return t.String()
	}
	return t.String() + "\nNot measured:\n\n" + strings.Join(missing, "\n") + "\n"
}

func serverRow(g *harness.GatewayResult, s *harness.ServerCell) []string {
	p50 := func(r harness.ServerRound) time.Duration { return r.Latency.P50 }
	p99 := func(r harness.ServerRound) time.Duration { return r.Latency.P99 }
	quantile := func(of func(harness.ServerRound) time.Duration) string {
		return duration(stats.Median(s.Each(func(r harness.ServerRound) float64 { return float64(of(r)) })))
	}
	cpu, connections := none, int64(0)
	if used := stats.Median(s.Each(func(r harness.ServerRound) float64 { return float64(r.ServerCPU) / float64(r.Calls) })); used > 0 {
		cpu = duration(used)
	}
	for _, round := range s.Rounds {
		connections += round.Connections
	}
	return []string{
		s.Server, commas(int64(g.InFlight)), decimal(stats.Median(s.Rate())), percent(stats.Spread(s.Rate())),
		ratio(s, g.Server(proxy.Reverse)), quantile(p50), quantile(p99), added(s, g.Server(proxy.None), p50), added(s, g.Server(proxy.None), p99),
		cpu, commas(connections),
	}
}

// ratio is the calls per second of over divided by those of under.
func ratio(over, under *harness.ServerCell) string {
	if under == nil {
		return none
	}
	return decimal(stats.Median(stats.Ratios(over.Rate(), under.Rate())))
}

// added is how much longer calls take through s than without it, round by round.
func added(s, without *harness.ServerCell, of func(harness.ServerRound) time.Duration) string {
	if without == nil || s.Server == proxy.None {
		return none
	}
	var differences []float64
	for i := range min(len(s.Rounds), len(without.Rounds)) {
		differences = append(differences, float64(of(s.Rounds[i])-of(without.Rounds[i])))
	}
	return duration(stats.Median(differences))
}

// proxied is the calls per second of server divided by those of
// httputil.ReverseProxy.
func (j *judge) proxied(inFlight int, server string) []float64 {
	for i := range j.r.Gateway {
		g := &j.r.Gateway[i]
		over, under := g.Server(server), g.Server(proxy.Reverse)
		if g.InFlight == inFlight && over != nil && under != nil {
			return stats.Ratios(over.Rate(), under.Rate())
		}
	}
	return nil
}
