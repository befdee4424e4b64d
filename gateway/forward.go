package gateway

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/vialambda/vialambda/internal/edge"
)

// hopFields are between two hops only (RFC 9110, section 7.6.1), with those
// that Connection names.
var hopFields = [...]string{
	"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
	"Te", "Trailer", "Transfer-Encoding", "Upgrade", "Http2-Settings",
}

func hopByHop(name string) bool {
	for _, hop := range hopFields {
		if strings.EqualFold(hop, name) {
			return true
		}
	}
	return false
}

func removeHops(h http.Header) {
	for _, field := range h["Connection"] {
		for name := range strings.SplitSeq(field, ",") {
			h.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range hopFields {
		delete(h, name)
	}
}

// peer is who sent a request.
type peer struct {
	trusted bool
	addr    string // of the connection; "" if it has none
	client  string // the address behind trusted proxies
}

func (p peer) remoteAddr() string {
	if p.client == "" {
		return ""
	}
	return net.JoinHostPort(p.client, "0")
}

func (s *compiled) peerOf(r *http.Request) peer {
	addr, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil { // a Unix socket's
		p := peer{trusted: s.TrustUnix}
		if p.trusted {
			p.client = s.clientBehind(r.Header)
		}
		return p
	}
	ip := addr.Addr().Unmap().WithZone("")
	p := peer{addr: ip.String(), client: ip.String(), trusted: s.trusts(ip)}
	if p.trusted {
		if client := s.clientBehind(r.Header); client != "" {
			p.client = client
		}
	}
	return p
}

func (s *compiled) trusts(ip netip.Addr) bool {
	for _, prefix := range s.TrustedProxies {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// clientBehind is the last address in X-Forwarded-For that is no trusted
// proxy's, or the first one if all are; "" if there is none.
func (s *compiled) clientBehind(h http.Header) string {
	list := strings.Split(strings.Join(h["X-Forwarded-For"], ","), ",")
	client := ""
	for i := len(list) - 1; i >= 0; i-- {
		ip, err := netip.ParseAddr(strings.TrimSpace(list[i]))
		if err != nil {
			break
		}
		client = ip.Unmap().WithZone("").String()
		if !s.trusts(ip.Unmap().WithZone("")) {
			break
		}
	}
	return client
}

// outgoingHeader is the header that the function gets.
func (x *exchange) outgoingHeader() http.Header {
	h := x.r.Header.Clone()
	removeHops(h)
	if !x.route.target.IdempotencyKey {
		edge.HideIdempotency(h)
	}
	x.setForwarded(h)
	h.Set("X-Request-Id", x.record.RequestID)
	x.route.RequestHeaders.apply(h)
	return h
}

// setForwarded says who sent the request and how. What others than trusted
// proxies claim of that is dropped, with the fields in which an ALB says who has
// logged in.
func (x *exchange) setForwarded(h http.Header) {
	if !x.peer.trusted {
		for name := range h {
			if edge.Claims(name) {
				delete(h, name)
			}
		}
	}
	if x.peer.addr != "" {
		h.Set("X-Forwarded-For", strings.Join(append(h["X-Forwarded-For"], x.peer.addr), ", "))
	}
	scheme, port := "http", "80"
	if x.r.TLS != nil {
		scheme, port = "https", "443"
	}
	if h.Get("X-Forwarded-Proto") == "" {
		h.Set("X-Forwarded-Proto", scheme)
	} else if h.Get("X-Forwarded-Proto") == "https" {
		port = "443"
	}
	if h.Get("X-Forwarded-Port") == "" {
		if _, p, err := net.SplitHostPort(x.r.Host); err == nil {
			port = p
		}
		h.Set("X-Forwarded-Port", port)
	}
	if forwarded := h["Forwarded"]; len(forwarded) > 0 && x.peer.addr != "" {
		h.Set("Forwarded", strings.Join(forwarded, ", ")+", "+edge.ForwardedElement(x.peer.addr, scheme))
	}
	if x.route.moves && len(x.route.segments) > 0 {
		h.Set("X-Forwarded-Prefix", h.Get("X-Forwarded-Prefix")+"/"+joinEscaped(x.route.segments))
	}
}

func (h Headers) apply(to http.Header) {
	for _, name := range h.Remove {
		to.Del(name)
	}
	for name, value := range h.Set {
		to.Set(name, value)
	}
}
