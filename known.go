package vialambda

import (
	"net/http"
	"strings"

	"github.com/vialambda/vialambda/internal/event"
	"github.com/vialambda/vialambda/internal/memo"
)

// resolve finds the target of the request.
func (x *exchange) resolve() error {
	if to := x.t.known.find(x.req); to != nil {
		x.to = to
		return nil
	}
	to := new(resolved)
	if err := x.t.resolve(to, x.req); err != nil {
		return err
	}
	x.to = to
	x.t.known.add(x.t, x.req, to)
	return nil
}

// known is what a Transport remembers of hosts: what resolve makes of a request whose
// URL's scheme and host alone decide on its target. Its zero value is empty.
type known struct {
	hosts memo.Map[string, *resolvedHost]
}

type resolvedHost struct {
	scheme string
	resolved
}

// find returns the target of req if it is known, else nil.
func (k *known) find(req *http.Request) *resolved {
	host, ok := k.hosts.Get(req.URL.Host)
	if !ok || host.scheme != req.URL.Scheme || !hostDecides(req) {
		return nil
	}
	return &host.resolved
}

// hostDecides reports whether nothing in req but the URL's scheme and host has a say in
// what its target is, if that has neither routes nor asynchronous calls.
func hostDecides(req *http.Request) bool {
	return (req.Host == "" || req.Host == req.URL.Host && !strings.HasSuffix(req.Host, ":")) &&
		req.RemoteAddr == "" && req.URL.Opaque == "" && targetFrom(req.Context()) == nil
}

// add remembers r, which t has made of req, if the host alone decided.
func (k *known) add(t *Transport, req *http.Request, r *resolved) {
	if !hostDecides(req) || r.Async || len(r.Routes) > 0 || k.hosts.Full() {
		return
	}
	// Made anew of copies, so as not to hold on to the URL, which may be long.
	u := *req.URL
	u.Scheme, u.Host = strings.Clone(u.Scheme), strings.Clone(u.Host)
	host := &resolvedHost{scheme: u.Scheme}
	if err := t.resolve(&host.resolved, &http.Request{URL: &u}); err != nil {
		return
	}
	if host.Format == RESTAPI {
		e := host.event()
		host.restFront = event.NewRESTFront(&e)
	}
	k.hosts.Add(u.Host, host)
}
