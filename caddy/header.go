package caddyvialambda

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// header is the header that the function gets.
func (x *exchange) header() http.Header {
	h := x.in.Header.Clone()
	if agent := h["User-Agent"]; len(agent) == 1 && agent[0] == "" {
		delete(h, "User-Agent") // as Caddy says that there is none
	}
	delete(h, "Connection")
	delete(h, "Upgrade") // an offer of h2c; all others are refused
	if !x.lane.idempotencyKey {
		hideIdempotency(h)
	}
	x.setForwarded(h)
	h.Set("X-Request-Id", x.id)
	return h
}

// upgrades reports whether the client asks for another protocol. h2c is not
// counted: some clients always offer it and go on without (RFC 9110, section 7.8).
func upgrades(h http.Header) bool {
	for _, field := range h["Upgrade"] {
		for protocol := range strings.SplitSeq(field, ",") {
			if p := strings.TrimSpace(protocol); p != "" && !strings.EqualFold(p, "h2c") {
				return true
			}
		}
	}
	return false
}

// hideIdempotency gives the fields that make vialambda.Transport send a request
// again a spelling that it does not look for. To the function they mean the same.
func hideIdempotency(h http.Header) {
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := h[name]; ok {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}

// setForwarded completes what Caddy has said of the client: X-Forwarded-For,
// -Proto and -Host. What others than trusted proxies claim besides is dropped,
// with the fields in which an ALB says who has logged in.
func (x *exchange) setForwarded(h http.Header) {
	trusted := x.trusted()
	if !trusted {
		for name := range h {
			if claims(name) && !x.t.proxy.sets[name] {
				delete(h, name)
			}
		}
	}
	scheme := h.Get("X-Forwarded-Proto")
	if h.Get("X-Forwarded-Port") == "" {
		port := "443"
		if scheme == "http" {
			port = "80"
		}
		if _, p, err := net.SplitHostPort(x.clientHost()); err == nil {
			port = p
		}
		h.Set("X-Forwarded-Port", port)
	}
	if forwarded := h["Forwarded"]; trusted && len(forwarded) > 0 && !x.t.proxy.sets["Forwarded"] {
		if ip, ok := peerIP(x.in); ok {
			h.Set("Forwarded", strings.Join(forwarded, ", ")+", "+forwardedElement(ip, scheme))
		}
	}
}

// claims reports whether a field says of the client what only a proxy can know.
// Those that Caddy has set itself are not counted.
func claims(name string) bool {
	switch name {
	case "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host":
		return false
	case "Forwarded", "X-Real-Ip":
		return true
	}
	return strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Amzn-Oidc-")
}

func (x *exchange) trusted() bool {
	if trusted, _ := caddyhttp.GetVar(x.in.Context(), caddyhttp.TrustedProxyVarKey).(bool); trusted {
		return true
	}
	ip, ok := peerIP(x.in)
	if !ok {
		return false
	}
	for _, prefix := range x.t.proxy.trusted {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// peerIP is the address at the other end of the connection.
func peerIP(req *http.Request) (netip.Addr, bool) {
	addr, err := netip.ParseAddrPort(req.RemoteAddr)
	return addr.Addr().Unmap().WithZone(""), err == nil
}

// forwardedElement is what this hop adds to Forwarded (RFC 7239, section 4).
func forwardedElement(ip netip.Addr, scheme string) string {
	text := ip.String()
	if ip.Is6() {
		text = `"[` + text + `]"`
	}
	return "for=" + text + ";proto=" + scheme
}

// clientHost is the Host that the client knows.
func (x *exchange) clientHost() string {
	if host := x.in.Header.Get("X-Forwarded-Host"); host != "" {
		return host
	}
	return x.in.Host
}
