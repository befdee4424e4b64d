package gateway

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vialambda/vialambda/internal/webguard"
)

// table are the routes by host; "" is any host. Each list is in the order in
// which it is tried.
type table map[string][]*route

// route is a Route, ready to be matched.
type route struct {
	Route
	name     string // for logs: "GET /api/*"
	segments []string
	prefix   bool // what follows the segments is free
	rewrite  []string
	moves    bool // the prefix is stripped or rewritten
	lane     *lane
	target   *Target
	guard    webguard.Guard
}

// find returns the route of a request to host. Without one, allow are the
// methods that the path has, if it is any route's.
func (t table) find(host, method string, segments []string) (found *route, allow []string) {
	lists := [2][]*route{t[host]}
	if host != "" {
		lists[1] = t[""]
	}
	for _, list := range lists {
		for _, r := range list {
			if !r.matches(segments) {
				continue
			}
			if r.allows(method) {
				return r, nil
			}
			allow = append(allow, r.Methods...)
		}
	}
	slices.Sort(allow)
	return nil, slices.Compact(allow)
}

func (r *route) matches(segments []string) bool {
	n := len(r.segments)
	if len(segments) < n || len(segments) > n && !r.prefix {
		return false
	}
	return slices.Equal(segments[:n], r.segments)
}

func (r *route) allows(method string) bool {
	return len(r.Methods) == 0 || slices.Contains(r.Methods, method) ||
		method == http.MethodHead && slices.Contains(r.Methods, http.MethodGet)
}

// compareRoutes puts the more specific route first: the longer one, an exact
// path before a prefix, one with methods before one without.
func compareRoutes(a, b *route) int {
	switch {
	case len(a.segments) != len(b.segments):
		return len(b.segments) - len(a.segments)
	case a.prefix != b.prefix:
		return trueLast(a.prefix)
	case (len(a.Methods) == 0) != (len(b.Methods) == 0):
		return trueLast(len(a.Methods) == 0)
	}
	return 0
}

func trueLast(b bool) int {
	if b {
		return 1
	}
	return -1
}

// hostOf returns the name in a Host header: without port, without the root's
// dot, in lower case.
func hostOf(hostport string) string {
	if name, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = name
	}
	return strings.ToLower(strings.TrimSuffix(hostport, "."))
}

// forward returns the escaped path that the function sees for one that the route
// matches.
func (r *route) forward(escaped string) string {
	if !r.moves {
		return escaped
	}
	rest := escaped[1:]
	for range r.segments {
		_, after, more := strings.Cut(rest, "/")
		if !more {
			rest = ""
			if len(r.rewrite) > 0 {
				return "/" + strings.Join(r.rewrite, "/")
			}
			break
		}
		rest = after
	}
	return "/" + strings.Join(append(slices.Clone(r.rewrite), rest), "/")
}

// backward is forward's inverse for the path of a Location.
func (r *route) backward(escaped string) string {
	if !r.moves || !strings.HasPrefix(escaped, "/") {
		return escaped
	}
	prefix := "/" + joinEscaped(r.segments)
	if escaped == prefix || strings.HasPrefix(escaped, prefix+"/") {
		return escaped // the function knows where it is mounted
	}
	rest := escaped
	if len(r.rewrite) > 0 {
		var ok bool
		rest, ok = strings.CutPrefix(escaped, "/"+strings.Join(r.rewrite, "/"))
		if !ok || rest != "" && rest[0] != '/' {
			return escaped
		}
	}
	return prefix + rest
}

func joinEscaped(segments []string) string {
	escaped := make([]string, len(segments))
	for i, s := range segments {
		escaped[i] = url.PathEscape(s)
	}
	return strings.Join(escaped, "/")
}
