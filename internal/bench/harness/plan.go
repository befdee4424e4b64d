package harness

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Group is a comparison: contenders that do the same, in turn, against the same
// stub.
type Group struct {
	Case     string
	TLS      bool
	InFlight int
	Rounds   int
	// Peaks is how often the heap is watched.
	Peaks int
	// Calls is how many calls each contender makes in a round.
	Calls map[string]int
	// Order is the contenders in the order of the tables.
	Order []string
}

// Scale says which points the curves of cost against calls in flight have.
type Scale struct {
	InFlight   []int
	Contenders []string
	// Calls is how many calls CPU is measured over, at least.
	Calls int
}

// Plan is all that a run measures.
type Plan struct {
	Groups []Group
	Scale  Scale
	// Gateway compares the gateway with other servers.
	Gateway []GatewayGroup
	// Codec says that encoding and decoding are measured by themselves.
	Codec bool
	// Hops is how often the benchmark of locallambda is run.
	Hops int
	// Starts is how often the command is started.
	Starts int
}

// Label names a Group: "small@16", "down-4m@1+tls".
func (g *Group) Label() string {
	label := g.Case + "@" + strconv.Itoa(g.InFlight)
	if g.TLS {
		label += "+tls"
	}
	return label
}

// Only returns the part of p whose labels match: those of both kinds of groups, and
// "scale", "codec" and "start".
func (p Plan) Only(label *regexp.Regexp) Plan {
	p.Groups = slices.DeleteFunc(slices.Clone(p.Groups), func(g Group) bool { return !label.MatchString(g.Label()) })
	p.Gateway = slices.DeleteFunc(slices.Clone(p.Gateway), func(g GatewayGroup) bool { return !label.MatchString(g.Label()) })
	if !label.MatchString("scale") {
		p.Scale = Scale{}
	}
	p.Codec = p.Codec && label.MatchString("codec")
	if !label.MatchString("hop") {
		p.Hops = 0
	}
	if !label.MatchString("start") {
		p.Starts = 0
	}
	return p
}

// level is how many calls in flight, and how many calls a round has for a
// contender in Go and for one in Python; 0 leaves those out.
type level struct{ inFlight, calls, python int }

func groups(name string, useTLS bool, rounds int, levels ...level) []Group {
	var all []Group
	for _, l := range levels {
		g := Group{Case: name, TLS: useTLS, InFlight: l.inFlight, Rounds: rounds, Peaks: min(rounds, 3), Calls: make(map[string]int)}
		if l.inFlight >= 100 {
			g.Peaks = 1 // so many calls even each other out, and take their time
		}
		for _, contender := range contenders(name, l) {
			g.Order = append(g.Order, contender)
			g.Calls[contender] = l.calls
			if isPython(contender) {
				g.Calls[contender] = l.python
			}
		}
		all = append(all, g)
	}
	return all
}

func contenders(name string, l level) []string {
	if name == workload.Stream200 {
		return []string{client.Plain, client.HandWritten, client.Vialambda, client.FromSDK}
	}
	all := []string{client.Plain, client.Signed, client.HandWritten, client.Vialambda, client.FromSDK}
	if name == workload.Small && l.inFlight >= 100 {
		all = append(all, client.DefaultPool)
	}
	if l.python > 0 {
		all = append(all, client.LambdaHTTPX, client.LambdaRequests)
	}
	return all
}

func isPython(contender string) bool {
	return contender == client.LambdaHTTPX || contender == client.LambdaRequests
}

// Full is the plan that docs/benchmarks.md is made of.
func Full() Plan {
	one, some, hundred, thousand := level{1, 40, 4}, level{16, 64, 16}, level{100, 100, 0}, level{1000, 1000, 0}
	var plan Plan
	for _, more := range [][]Group{
		groups(workload.Small, false, 11, level{1, 12000, 300}), // short and, alone, unsteady
		groups(workload.Small, false, 7, level{16, 6000, 400}, level{100, 6000, 400}, level{1000, 10000, 1000}),
		groups(workload.Small, true, 5, level{16, 5000, 0}, level{1000, 10000, 0}),
		groups(workload.JSON100K, false, 5, level{1, 500, 50}, level{16, 1000, 100}, level{100, 1000, 0}, level{1000, 2000, 0}),
		groups(workload.Up4M, false, 5, one, some),
		groups(workload.Up4M, false, 3, hundred),
		groups(workload.Up4M, false, 1, thousand),
		groups(workload.Down4M, false, 5, one, some),
		groups(workload.Down4M, false, 3, hundred),
		groups(workload.Down4M, false, 1, thousand),
		groups(workload.Down4M, true, 3, level{1, 40, 0}),
		groups(workload.Down5M, false, 5, one, some),
		groups(workload.Down5M, false, 3, hundred),
		groups(workload.Down5M, false, 1, thousand),
		groups(workload.Wait100ms, false, 5, level{1, 10, 10}, level{10, 10, 10}, level{100, 100, 100}, level{1000, 1000, 0}),
		groups(workload.Stream200, false, 3, level{1, 1, 0}),
	} {
		plan.Groups = append(plan.Groups, more...)
	}
	plan.Scale = Scale{
		InFlight:   []int{1, 10, 100, 1000, 3000, 10_000},
		Contenders: []string{client.Plain, client.HandWritten, client.DefaultPool, client.Vialambda, client.FromSDK},
		Calls:      3000,
	}
	plan.Gateway = []GatewayGroup{{InFlight: 16, Rounds: 7, Calls: 8000}, {InFlight: 100, Rounds: 7, Calls: 8000}}
	plan.Codec, plan.Hops, plan.Starts = true, 5, 21
	return plan
}

// Quick is every case and every contender, with few calls: under a minute.
func Quick() Plan {
	var plan Plan
	for _, more := range [][]Group{
		groups(workload.Small, false, 3, level{1, 500, 50}, level{16, 1000, 50}, level{100, 1000, 100}),
		groups(workload.Small, true, 1, level{16, 1000, 0}),
		groups(workload.JSON100K, false, 1, level{1, 100, 0}),
		groups(workload.Up4M, false, 1, level{1, 10, 0}),
		groups(workload.Down4M, false, 1, level{1, 10, 0}),
		groups(workload.Down5M, false, 1, level{1, 10, 0}),
		groups(workload.Wait100ms, false, 1, level{1, 3, 0}, level{10, 10, 0}, level{100, 100, 0}),
		groups(workload.Stream200, false, 1, level{1, 1, 0}),
	} {
		plan.Groups = append(plan.Groups, more...)
	}
	plan.Scale = Scale{
		InFlight:   []int{1, 10, 100, 1000},
		Contenders: []string{client.Plain, client.Vialambda},
		Calls:      500,
	}
	plan.Gateway = []GatewayGroup{{InFlight: 16, Rounds: 3, Calls: 1000}}
	plan.Codec, plan.Starts = true, 5
	return plan
}
