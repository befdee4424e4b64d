package event

import (
	"fmt"
	"strings"
)

// MatchRoute returns the route that API Gateway would choose for a request: of
// those that match method and path the most specific, segment by segment from
// the left a literal before a {parameter} before a {greedy+} one, then the
// method by name before ANY, and $default after all others. One slash at the
// path's end is not looked at. A {greedy+} parameter takes at least one
// segment, so it does not match "/".
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)
//
// It is an error if a route cannot be read or none matches.
func MatchRoute(routes []string, method, path string) (Route, error) {
	if method == "" {
		method = "GET"
	}
	path = "/" + strings.TrimSuffix(strings.TrimLeft(path, "/"), "/")
	var best Route
	found := false
	for _, key := range routes {
		if key == "$default" {
			if !found {
				best, found = Route{Key: key}, true
			}
			continue
		}
		verb, resource, ok := strings.Cut(key, " ")
		if !ok || verb == "" || !strings.HasPrefix(resource, "/") {
			return Route{}, fmt.Errorf("route %q cannot be read: write METHOD /path, ANY /{proxy+} or $default", key)
		}
		if verb != method && verb != "ANY" || !matchPath(resource, path) {
			continue
		}
		if !found || best.Key == "$default" || moreSpecific(verb, resource, best) {
			best, found = Route{Key: key, Resource: resource}, true
		}
	}
	if !found {
		return Route{}, fmt.Errorf("no route matches %s %s: its routes are %s", method, path, strings.Join(routes, ", "))
	}
	best.Params = pathParams(best.Resource, path)
	return best, nil
}

type segmentKind int

const (
	literal segmentKind = iota
	parameter
	greedy
)

// segmentOf returns the kind of a segment and, of a parameter, its name.
func segmentOf(s string) (segmentKind, string) {
	if len(s) < 3 || s[0] != '{' || s[len(s)-1] != '}' {
		return literal, ""
	}
	if name, ok := strings.CutSuffix(s[1:len(s)-1], "+"); ok {
		return greedy, name
	}
	return parameter, s[1 : len(s)-1]
}

// nextSegment splits "/a/b" into "a" and "/b".
func nextSegment(path string) (segment, rest string) {
	path = path[1:]
	if i := strings.IndexByte(path, '/'); i >= 0 {
		return path[:i], path[i:]
	}
	return path, ""
}

func matchPath(resource, path string) bool {
	for resource != "" && path != "" {
		var want, got string
		want, resource = nextSegment(resource)
		rest := path
		got, path = nextSegment(path)
		switch kind, _ := segmentOf(want); {
		case kind == greedy:
			return rest != "/"
		case kind == parameter && got == "", kind == literal && got != want:
			return false
		}
	}
	return resource == "" && path == ""
}

// moreSpecific reports whether a route comes before best, which matches the
// same path.
func moreSpecific(verb, resource string, best Route) bool {
	bestVerb, other, _ := strings.Cut(best.Key, " ")
	for resource != "" && other != "" {
		var a, b string
		a, resource = nextSegment(resource)
		b, other = nextSegment(other)
		kindA, _ := segmentOf(a)
		kindB, _ := segmentOf(b)
		if kindA != kindB {
			return kindA < kindB
		}
	}
	return verb != "ANY" && bestVerb == "ANY"
}

// pathParams returns what the parameters of resource stand for in path.
func pathParams(resource, path string) []Param {
	var params []Param
	for resource != "" && path != "" {
		var want, got string
		want, resource = nextSegment(resource)
		rest := path
		got, path = nextSegment(path)
		switch kind, name := segmentOf(want); kind {
		case parameter:
			params = append(params, Param{name, got})
		case greedy:
			return append(params, Param{name, rest[1:]})
		}
	}
	return params
}
