package conformance

import (
	"strings"
	"testing"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// TestGatewayNodeTunnel: undici asks a proxy for a tunnel for plain http too,
// which the gateway refuses, unless proxyTunnel is false. If this fails,
// docs/gateway.md has one thing less to say.
func TestGatewayNodeTunnel(t *testing.T) {
	for _, language := range []string{"python", "node", "go"} {
		needs(t, language)
	}
	root := moduleRoot(t)
	g := startGateway(t, root)
	node := program{dir: "node", args: []string{"node", "gateway_client.mjs", "undici.request"}}
	for _, m := range g.modes() {
		if !m.proxied() {
			continue
		}
		t.Run(m.name, func(t *testing.T) {
			step := gatewayStep{Name: "tunnel", Kind: "call", Method: "GET", URL: m.base("go") + "/utf8", Query: []contract.Pair{}, Header: map[string]string{}}
			for _, tunnel := range []bool{false, true} {
				m.tunnel = tunnel
				a := scripted(root, node)(t, m, []gatewayStep{step})["tunnel"]
				if !tunnel && string(a.Body) != contract.UTF8 {
					t.Errorf("proxyTunnel: false: %s", say(a, false))
				}
				if tunnel && !strings.Contains(a.Error, "501") {
					t.Errorf("proxyTunnel not set: %s", say(a, false))
				}
			}
		})
	}
}
