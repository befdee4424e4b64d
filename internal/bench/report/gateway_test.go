package report

import (
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/proxy"
	"github.com/vialambda/vialambda/internal/bench/stats"
)

// proxied is a run in which a call takes the gateway so long.
func proxied(gateway time.Duration) *harness.Results {
	cell := func(name string, wall time.Duration) harness.ServerCell {
		c := harness.ServerCell{Server: name}
		for round := range 2 {
			r := harness.ServerRound{Round: harness.Round{Measured: client.Measured{
				Calls: 1000, Wall: wall * 1000 * time.Duration(1+round), Latency: stats.Latency{P50: wall, P99: 3 * wall},
			}}}
			if name != proxy.None {
				r.ServerCPU = 30 * time.Millisecond
			}
			c.Rounds = append(c.Rounds, r)
		}
		return c
	}
	return &harness.Results{Gateway: []harness.GatewayResult{{
		GatewayGroup: harness.GatewayGroup{InFlight: 16},
		Servers: []harness.ServerCell{
			cell(proxy.None, 40*time.Microsecond), cell(proxy.Reverse, 70*time.Microsecond),
			{Server: proxy.Nginx, Error: "not installed"}, cell(proxy.Gateway, gateway),
		},
	}}}
}

func TestGateway(t *testing.T) {
	const figure = "gateway, 16 in flight, calls per second ÷ httputil.ReverseProxy"
	if got := target(t, proxied(100*time.Microsecond), figure); got.Verdict != Met || got.Got != "0.700 ×" {
		t.Errorf("%+v", got)
	}
	if got := target(t, proxied(110*time.Microsecond), figure); got.Verdict != Unmet {
		t.Errorf("%+v", got)
	}
	if got := target(t, &harness.Results{}, figure); got.Verdict != NotMeasured {
		t.Errorf("%+v", got)
	}
	text := gateways(proxied(100 * time.Microsecond))
	for _, want := range []string{"60 µs", "180 µs", "30 µs", "0.700", "- nginx, 16 in flight: not installed"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
