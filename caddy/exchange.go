package caddyvialambda

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

// RoundTrip calls the function that the selected upstream names. Whatever comes
// of it is a response, but for what Caddy has to know: that the client is gone,
// that the body cannot be read, and, where Caddy can do something about it, that
// the function cannot have run.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := &exchange{t: t, in: req, id: requestID(req), start: time.Now(), info: new(vialambda.Info)}
	if req.Body != nil {
		defer req.Body.Close()
	}
	if resp := x.admit(); resp != nil {
		return resp, nil
	}
	ctx, cancel := context.WithTimeout(req.Context(), x.lane.timeout)
	ctx, x.info = vialambda.WithInfo(ctx)
	if x.tenant != "" {
		ctx = vialambda.WithTarget(ctx, vialambda.Target{TenantID: x.tenant})
	}
	x.out = x.outgoing(ctx)
	resp, err := x.lane.rt.RoundTrip(x.out)
	if err != nil {
		cancel()
		x.t.app.ended()
		return x.fail(err)
	}
	return x.answer(resp, cancel), nil
}

// exchange is one attempt of Caddy's to get an answer.
type exchange struct {
	t     *Transport
	in    *http.Request // must not be changed
	id    string        // X-Request-Id
	start time.Time

	lane   *lane
	tenant string
	sent   *attempts
	out    *http.Request
	body   *requestBody // nil: there is none
	info   *vialambda.Info
}

// admit checks all that can be checked before the body is read. It returns the
// answer if there is something wrong.
func (x *exchange) admit() *http.Response {
	req, name := x.in, x.in.URL.Hostname()
	if dial, ok := reverseproxy.GetDialInfo(req.Context()); ok {
		name = dial.Host
	}
	if x.lane = x.t.find(name); x.lane == nil {
		return x.refuse(http.StatusNotFound, "no such function is configured here")
	}
	x.sent = x.t.attemptsOf(req)
	// The path that Caddy has matched must be the one that the function sees.
	if _, wrong := edge.SplitPath("/" + strings.TrimPrefix(req.URL.EscapedPath(), "/")); wrong != "" {
		return x.refuse(http.StatusBadRequest, wrong)
	}
	if req.Method == http.MethodConnect || edge.Upgrades(req.Header) {
		return x.refuse(http.StatusNotImplemented, "Upgrade is refused: an invocation of a function has no connection to switch to another protocol (WebSocket)")
	}
	if req.ContentLength > x.lane.maxBody {
		return x.tooLarge()
	}
	if x.tenant = x.lane.tenant; strings.Contains(x.tenant, "{") {
		repl, ok := req.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer)
		if !ok {
			repl = caddy.NewReplacer()
		}
		var err error
		if x.tenant, err = repl.ReplaceOrErr(x.tenant, true, true); err != nil || !edge.IsTenant(x.tenant) {
			return x.refuse(http.StatusBadRequest, "the request does not say whose it is: its tenant is missing or malformed")
		}
	}
	if x.sent.ran && !x.idempotent() {
		return x.refuse(x.sent.status, "the request has reached its function and is not sent again")
	}
	return nil
}

// idempotent reports whether the request may be sent again though it may have
// run, by net/http's rule as far as the target allows it.
func (x *exchange) idempotent() bool {
	if x.lane.idempotent || slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace}, x.in.Method) {
		return true
	}
	h := x.in.Header
	return x.lane.idempotencyKey && (h["Idempotency-Key"] != nil || h["X-Idempotency-Key"] != nil)
}

// outgoing is the request that the vialambda.Transport gets.
func (x *exchange) outgoing(ctx context.Context) *http.Request {
	in := x.in
	u := *in.URL
	u.Scheme, u.Host, u.User = vialambda.Scheme, x.lane.host, nil
	if u.Path == "" {
		u.Path = "/"
	}
	out := (&http.Request{
		Method: in.Method, URL: &u, Host: in.Host,
		Proto: in.Proto, ProtoMajor: in.ProtoMajor, ProtoMinor: in.ProtoMinor,
		Header: x.header(), ContentLength: in.ContentLength, RemoteAddr: clientAddr(in),
	}).WithContext(ctx)
	if x.lane.ownHost {
		out.Host = ""
	}
	if in.Body != nil && in.Body != http.NoBody {
		x.body = &requestBody{ReadCloser: http.MaxBytesReader(nil, in.Body, x.lane.maxBody)}
		out.Body = x.body
	}
	return out
}

// clientAddr is the address of the client behind the proxies that Caddy trusts.
func clientAddr(req *http.Request) string {
	if ip, ok := caddyhttp.GetVar(req.Context(), caddyhttp.ClientIPVarKey).(string); ok && ip != "" {
		return net.JoinHostPort(ip, "0")
	}
	return req.RemoteAddr
}

// requestID is the client's X-Request-Id, if it is a plain one, else Caddy's own
// ({http.request.uuid}).
func requestID(req *http.Request) string {
	if id := edge.RequestID(req.Header); id != "" {
		return id
	}
	if repl, ok := req.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer); ok {
		if id, _ := repl.GetString("http.request.uuid"); id != "" {
			return id
		}
	}
	return strings.ToLower(rand.Text())
}
