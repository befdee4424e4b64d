package gateway

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vialambda/vialambda/internal/edge"
)

// checkRoute returns nil if r is wrong.
func checkRoute(wrong *mistakes, path string, r Route) *route {
	before := len(wrong.errs)
	hosts := make([]string, len(r.Hosts))
	for i, host := range r.Hosts {
		if hosts[i] = hostOf(host); host == "" || strings.ContainsAny(host, ":/*@ ") {
			wrong.add(fmt.Sprintf("%s.hosts[%d]", path, i), "%q is no host name: write one without scheme, port and *", host)
		}
	}
	methods := make([]string, len(r.Methods))
	for i, method := range r.Methods {
		if methods[i] = method; !edge.IsToken(method) || method != strings.ToUpper(method) || method == http.MethodConnect {
			wrong.add(fmt.Sprintf("%s.methods[%d]", path, i), "%q is no method: write GET, POST, …", method)
		}
	}
	r.Hosts, r.Methods = hosts, methods
	if r.Path == "" {
		r.Path = "/*"
	}
	made := &route{Route: r, moves: r.Strip || r.Rewrite != ""}
	made.name = strings.TrimSpace(strings.Join(methods, ",") + " " + strings.Join(hosts, ",") + r.Path)
	literal, prefix := strings.CutSuffix(r.Path, "/*")
	made.prefix = prefix
	var reason string
	if made.segments, reason = splitPattern(literal, prefix); reason != "" {
		wrong.add(path+".path", "%s", reason)
	}
	if r.Rewrite != "" {
		to := strings.TrimSuffix(r.Rewrite, "/")
		switch _, reason := splitPattern(to, true); {
		case r.Strip:
			wrong.add(path+".rewrite", "strip and rewrite exclude each other")
		case reason != "":
			wrong.add(path+".rewrite", "%s", reason)
		case to != "":
			made.rewrite = strings.Split(to[1:], "/")
		}
	}
	for i, origin := range r.Origins {
		if scheme, host, ok := strings.Cut(origin, "://"); !ok || scheme == "" || host == "" || strings.ContainsAny(host, "/*") {
			wrong.add(fmt.Sprintf("%s.origins[%d]", path, i), "%q is no origin: write https://app.example, with the port if there is one", origin)
		}
	}
	checkHeaders(wrong, path+".request_headers", r.RequestHeaders)
	checkHeaders(wrong, path+".response_headers", r.ResponseHeaders)
	if len(wrong.errs) > before {
		return nil
	}
	return made
}

// splitPattern returns the segments of a route's path, or what is wrong with it.
func splitPattern(path string, prefix bool) (segments []string, wrong string) {
	if path == "" && prefix {
		return nil, ""
	}
	segments, wrong = edge.SplitPath(path)
	if wrong == "" && strings.ContainsAny(path, "*?#{} ") {
		wrong = fmt.Sprintf("%q has more than a * at its end: write /path or /prefix/*", path)
	}
	return segments, wrong
}

func checkHeaders(wrong *mistakes, path string, h Headers) {
	for i, name := range h.Remove {
		if !edge.IsToken(name) {
			wrong.add(fmt.Sprintf("%s.remove[%d]", path, i), "%q is no header's name", name)
		}
	}
	for name, value := range h.Set {
		switch {
		case !edge.IsToken(name):
			wrong.add(path+".set", "%q is no header's name", name)
		case hopByHop(name) || slices.ContainsFunc([]string{"Host", "Content-Length"}, func(s string) bool { return strings.EqualFold(s, name) }):
			wrong.add(path+".set", "%s is not for a configuration to set", name)
		case strings.ContainsAny(value, "\r\n\x00"):
			wrong.add(path+".set", "the value of %s has a line break or NUL in it", name)
		}
	}
}
