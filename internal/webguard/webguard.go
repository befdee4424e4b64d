// Package webguard keeps web pages away from servers that listen on this
// machine for its own programs.
//
// A page in the developer's browser can post to http://127.0.0.1:9001/ as any
// program can, and by DNS rebinding, a name of the page's own that suddenly
// resolves to 127.0.0.1, it can read the answers too. Browsers tell on them: the
// Host header keeps the page's name, Origin and Sec-Fetch-Site say where a
// request comes from. Programs send neither of the latter.
//
//	status, reason := webguard.Guard{}.Check(r)
//	if status != 0 {
//		http.Error(w, reason, status)
//		return
//	}
//
// It is no authentication: who can open a socket to the server can send any
// header.
package webguard

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Guard says whose requests are served. The zero value serves requests to a
// loopback name that do not come from a page of another origin. It is safe for
// concurrent use.
type Guard struct {
	// Hosts are names besides the loopback ones that a request's Host header may
	// have: "lambda.test", on every port, or "lambda.test:9001". Case is ignored.
	Hosts []string
	// Origins are web origins whose pages may send requests:
	// "http://localhost:3000". Case is ignored. To let their scripts read the
	// answers (CORS) is the handler's own matter.
	Origins []string
}

// Check returns 0 if r may be served; else the status to answer with, 421
// Misdirected Request (RFC 9110, section 15.5.20) or 403 Forbidden, and one line
// that says why and what to do.
//
// A Host must be a loopback name or address (localhost, *.localhost,
// 127.0.0.0/8, ::1) or one of g.Hosts. An Origin must be that of the server
// itself or one of g.Origins. Without a listed Origin, Sec-Fetch-Site
// (https://www.w3.org/TR/fetch-metadata/) must be absent, "same-origin" or
// "none", which is what a browser sends for a typed address.
func (g Guard) Check(r *http.Request) (status int, reason string) {
	if !g.host(r.Host) {
		return http.StatusMisdirectedRequest, "the Host header names neither this machine nor a configured host"
	}
	origins := r.Header["Origin"]
	if len(origins) > 0 && !slices.ContainsFunc(origins, func(o string) bool { return !g.listed(o) }) {
		return 0, ""
	}
	for _, origin := range origins {
		if !sameHost(origin, r.Host) {
			return http.StatusForbidden, "requests from web pages of other origins are refused (Origin)"
		}
	}
	for _, site := range r.Header["Sec-Fetch-Site"] {
		if site != "same-origin" && site != "none" {
			return http.StatusForbidden, "requests from web pages of other sites are refused (Sec-Fetch-Site)"
		}
	}
	return 0, ""
}

func (g Guard) host(hostport string) bool {
	name := hostport
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		name = host
	}
	return loopback(name) || slices.ContainsFunc(g.Hosts, func(allowed string) bool {
		return strings.EqualFold(allowed, name) || strings.EqualFold(allowed, hostport)
	})
}

// loopback reports whether name, without a port, can mean nothing but this
// machine. RFC 6761, section 6.3, reserves the names under localhost; 0.0.0.0
// is not among them: browsers do connect to it.
func loopback(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return err == nil && addr.Unmap().IsLoopback()
}

func (g Guard) listed(origin string) bool {
	return slices.ContainsFunc(g.Origins, func(allowed string) bool { return strings.EqualFold(allowed, origin) })
}

// sameHost reports whether origin is one of hostport's own, by http or https.
// The scheme cannot be compared: a proxy may have ended TLS.
func sameHost(origin, hostport string) bool {
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") &&
		u.Host != "" && u.User == nil && strings.EqualFold(u.Host, hostport)
}
