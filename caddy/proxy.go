package caddyvialambda

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vialambda/vialambda"
)

// proxy is what the transport has to know of the reverse_proxy that it is in.
type proxy struct {
	upstreams []string // names that are written out
	open      bool     // upstreams may come from requests or elsewhere

	retries bool // Caddy may try another upstream, or the same one again
	counts  bool // Caddy counts errors against the upstream
	probes  bool // Caddy calls the upstream by itself

	trusted []netip.Prefix // whose X-Forwarded-* are believed, besides the server's
	own     map[string]int // header fields of header_up: how many values it adds, or setsField
}

// proxyOf finds the reverse_proxy among the modules that are being provisioned.
func proxyOf(modules []caddy.Module) (proxy, error) {
	var p proxy
	var h *reverseproxy.Handler
	for _, m := range modules {
		if found, ok := m.(*reverseproxy.Handler); ok {
			h = found // the innermost
		}
	}
	if h == nil {
		p.open = true
		return p, nil
	}
	p.open = len(h.DynamicUpstreamsRaw) > 0
	for _, u := range h.Upstreams {
		if strings.Contains(u.Dial, "{") {
			p.open = true
			continue
		}
		name, err := upstreamName(u.Dial)
		if err != nil {
			return p, err
		}
		p.upstreams = append(p.upstreams, name)
	}
	if lb := h.LoadBalancing; lb != nil {
		p.retries = lb.Retries > 0 || lb.TryDuration > 0
	}
	if checks := h.HealthChecks; checks != nil {
		p.counts = checks.Passive != nil && checks.Passive.FailDuration > 0
		p.probes = checks.Active != nil && checks.Active.URI != ""
	}
	for _, text := range h.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if addr, isAddr := netip.ParseAddr(text); isAddr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err == nil { // else reverse_proxy itself says so
			p.trusted = append(p.trusted, prefix)
		}
	}
	p.own = ownFields(h)
	return p, nil
}

// setsField: header_up replaces what a client has sent.
const setsField = 0

func ownFields(h *reverseproxy.Handler) map[string]int {
	own := map[string]int{}
	if h.Headers == nil || h.Headers.Request == nil {
		return own
	}
	for name, values := range h.Headers.Request.Add {
		own[http.CanonicalHeaderKey(name)] = len(values)
	}
	for name := range h.Headers.Request.Set {
		own[http.CanonicalHeaderKey(name)] = setsField
	}
	return own
}

// upstreamName is the name of the target that an upstream's address means.
func upstreamName(dial string) (string, error) {
	addr, err := caddy.ParseNetworkAddress(dial)
	if err != nil {
		return "", fmt.Errorf("upstream %s: %w", dial, err)
	}
	name := trimSuffix(addr.Host)
	switch {
	case addr.Network != "tcp":
		return "", fmt.Errorf("upstream %s: write the name of a function or of a target", dial)
	case strings.Contains(name, ":"):
		return "", fmt.Errorf("upstream %s is no name: write a name instead, and what it means in a block, target orders { function %s }", name, name)
	case addr.StartPort != 0 && addr.StartPort != 80 && addr.StartPort != 443:
		return "", fmt.Errorf("upstream %s has a port: for a version, write it before the function, %d.%s", dial, addr.StartPort, name)
	}
	return name, nil
}

// trimSuffix takes vialambda.Suffix off a name.
func trimSuffix(name string) string {
	if n := len(name) - len(vialambda.Suffix); n > 0 && strings.EqualFold(name[n:], vialambda.Suffix) {
		return name[:n]
	}
	return name
}
