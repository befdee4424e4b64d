package caddyvialambda

import (
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// attempts is what is known of a request from earlier RoundTrips, between which
// Caddy has tried again.
type attempts struct {
	ran    bool // the function has run, or may have
	status int  // of the last answer
}

// attemptsOf returns what is known of req. It is kept with Caddy's variables of
// the request, which its copies share.
func (t *Transport) attemptsOf(req *http.Request) *attempts {
	if known, ok := caddyhttp.GetVar(req.Context(), t.once).(*attempts); ok {
		return known
	}
	a := new(attempts)
	caddyhttp.SetVar(req.Context(), t.once, a)
	return a
}
