package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/webguard"
)

// alsoHTTP serves functions at /NAME/… and for the host NAME.localhost, and
// everything else by the Invoke API.
func alsoHTTP(api http.Handler, running *runningSet) http.Handler {
	fronts := map[string]http.Handler{}
	for _, name := range running.names() {
		fronts[name] = front(name, running)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if name, ok := strings.CutSuffix(strings.ToLower(host), ".localhost"); ok {
			for known, h := range fronts {
				if strings.EqualFold(known, name) {
					h.ServeHTTP(w, r)
					return
				}
			}
			http.Error(w, "there is no function "+name+": there are "+strings.Join(running.names(), ", "), http.StatusNotFound)
			return
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if h := fronts[name]; h != nil {
			http.StripPrefix("/"+name, rooted(h)).ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// rooted makes an empty path "/".
func rooted(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "" {
			r.URL.Path = "/"
		}
		h.ServeHTTP(w, r)
	})
}

// front puts one function behind HTTP, for the programs of this machine.
func front(name string, running *runningSet) http.Handler {
	upstream := &url.URL{Scheme: vialambda.Scheme, Host: name}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(upstream)
			r.SetXForwarded()
		},
		Transport: &vialambda.Transport{
			Invoker:        running.functions,
			Targets:        running.targets,
			Mode:           vialambda.Auto,
			ErrorResponses: true,
		},
		FlushInterval: -1,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, reason := (webguard.Guard{Hosts: []string{strings.ToLower(name) + ".localhost"}}).Check(r); status != 0 {
			http.Error(w, reason, status)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

// own serves one function on a port of its own: NAME=PORT.
func (s *servers) own(ctx context.Context, t *terminal, flag string, running *runningSet) error {
	name, text, ok := strings.Cut(flag, "=")
	port, err := strconv.Atoi(text)
	if !ok || err != nil {
		return usagef("--http-port %q cannot be read: write NAME=PORT", flag)
	}
	if running.functions[name] == nil {
		return usagef("--http-port: there is no function %s: there are %s", name, strings.Join(running.names(), ", "))
	}
	l, err := s.listen(ctx, port)
	if err != nil {
		return err
	}
	s.serve(l, front(name, running))
	fmt.Fprintf(t.out, "%s over HTTP: http://%s/\n", name, l.Addr())
	return nil
}
