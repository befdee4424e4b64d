package caddyvialambda

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/vialambda/vialambda/internal/edge"
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
		edge.HideIdempotency(h)
	}
	x.setForwarded(h)
	h.Set("X-Request-Id", x.id)
	return h
}

// setForwarded completes what Caddy has said of the client: X-Forwarded-For,
// -Proto and -Host. What others than trusted proxies claim besides is dropped,
// with the fields in which an ALB says who has logged in.
func (x *exchange) setForwarded(h http.Header) {
	trusted := x.trusted()
	if !trusted {
		for name, values := range h {
			if !edge.Claims(name) || ofCaddy(name) {
				continue
			}
			switch added, own := x.t.proxy.own[name]; {
			case !own:
				delete(h, name)
			case added != setsField: // behind what the client has sent
				h[name] = values[max(0, len(values)-added):]
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
	_, own := x.t.proxy.own["Forwarded"]
	if forwarded := h["Forwarded"]; trusted && len(forwarded) > 0 && !own {
		if ip, ok := peerIP(x.in); ok {
			h.Set("Forwarded", strings.Join(forwarded, ", ")+", "+edge.ForwardedElement(ip.String(), scheme))
		}
	}
}

// ofCaddy reports whether reverse_proxy itself has set a field.
func ofCaddy(name string) bool {
	return name == "X-Forwarded-For" || name == "X-Forwarded-Proto" || name == "X-Forwarded-Host"
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

// clientHost is the Host that the client knows.
func (x *exchange) clientHost() string {
	if host := x.in.Header.Get("X-Forwarded-Host"); host != "" {
		return host
	}
	return x.in.Host
}
