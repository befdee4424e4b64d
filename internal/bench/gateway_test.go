package main

import (
	"testing"

	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/proxy"
)

// TestGatewaySmoke has the servers that need no installation make a few calls.
// The harness itself checks the bytes.
func TestGatewaySmoke(t *testing.T) {
	results, err := testHarness(t).Run(t.Context(), harness.Plan{Gateway: []harness.GatewayGroup{{InFlight: 4, Rounds: 2, Calls: 40}}})
	if err != nil {
		t.Fatal(err)
	}
	g := results.Gateway[0]
	for _, name := range []string{proxy.None, proxy.Reverse, proxy.Gateway} {
		s := g.Server(name)
		if s == nil {
			t.Errorf("%s was not measured: %+v", name, g.Servers)
			continue
		}
		if len(s.Rounds) != g.Rounds {
			t.Errorf("%s: %d rounds", name, len(s.Rounds))
		}
		for _, r := range s.Rounds {
			if r.Calls != g.Calls || r.Seen != int64(g.Calls) || r.Failed != 0 || r.Wall <= 0 || r.Latency.P50 <= 0 || r.Connections > strayConnections {
				t.Errorf("%s: %+v", name, r)
			}
		}
	}
	for _, s := range g.Servers {
		if s.Server == proxy.Serve && s.Error == "" {
			t.Error("the command, which is left out here, was measured")
		}
	}
}
