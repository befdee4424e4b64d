package caddyvialambda

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

// answer is the function's response, made ready for Caddy. cancel is called when
// its body is closed.
func (x *exchange) answer(resp *http.Response, cancel context.CancelFunc) *http.Response {
	x.sent.ran, x.sent.status = true, resp.StatusCode
	for _, name := range [...]string{"Location", "Content-Location"} {
		for i, value := range resp.Header[name] {
			resp.Header[name][i] = x.location(value)
		}
	}
	x.identify(resp.Header)
	x.logFields(nil)
	resp.Request = x.in
	resp.Body = &responseBody{resp.Body, sync.OnceFunc(func() {
		cancel()
		x.t.app.ended()
		x.logFields(nil) // a stream's end tells more
	})}
	return resp
}

// identify says which request this is the answer to.
func (x *exchange) identify(h http.Header) {
	h.Set("X-Request-Id", x.id)
	if id := x.info.RequestID; id != "" {
		h.Set("X-Amzn-Requestid", id)
	}
}

// location makes a Location that names the function itself one that the client
// can follow.
func (x *exchange) location(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != vialambda.Scheme || u.Host != x.lane.host {
		return value
	}
	u.Scheme, u.Host = "https", x.clientHost()
	if x.in.Header.Get("X-Forwarded-Proto") == "http" {
		u.Scheme = "http"
	}
	return u.String()
}

// fail decides what becomes of a request to which the function gave no response.
func (x *exchange) fail(err error) (*http.Response, error) {
	ran := mayHaveRun(err)
	if gone := x.in.Context().Err(); gone != nil {
		x.logGone(ran)
		return nil, gone
	}
	if failed := x.body.failed(); failed != nil {
		return x.failBody(failed)
	}
	if _, ok := errors.AsType[*vialambda.AddressError](err); ok {
		return x.refuse(http.StatusNotFound, "the function has no such route"), nil
	}
	resp := vialambda.ErrorResponse(x.in, x.lane.format, err)
	x.sent.ran, x.sent.status = x.sent.ran || ran, resp.StatusCode
	x.logFailed(resp.StatusCode, err, ran)
	x.logFields(err)
	_, called := errors.AsType[*vialambda.InvokeError](err)
	if called && !ran && (x.t.proxy.retries || x.t.proxy.counts) {
		resp.Body.Close()
		caddyhttp.SetVar(x.in.Context(), retryAfterVar, resp.Header.Get("Retry-After"))
		return nil, caddyhttp.Error(resp.StatusCode, reverseproxy.NewDialError(errors.New(edge.Detail(err))))
	}
	if said(x.t.ProblemJSON, false) {
		return x.problem(resp, edge.Detail(err)), nil
	}
	x.identify(resp.Header)
	return resp, nil
}

// retryAfterVar is the variable that has the Retry-After of an error that Caddy
// answers: {vars.lambda_retry_after}.
const retryAfterVar = "lambda_retry_after"

// failBody answers a request whose body did not arrive.
func (x *exchange) failBody(err error) (*http.Response, error) {
	if _, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		return nil, err // of Caddy's request_body, which knows its status
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return x.tooLarge(), nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return x.refuse(http.StatusRequestTimeout, "the body did not arrive in time"), nil
	}
	return x.refuse(http.StatusBadRequest, "the body cannot be read"), nil
}

// mayHaveRun reports whether a request that ended in err may have run its
// function.
func mayHaveRun(err error) bool {
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		return e.MayHaveRun
	}
	if e, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return e.What == "answer" || e.What == "stream"
	}
	if _, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		return true
	}
	_, ok := errors.AsType[*vialambda.ResponseError](err)
	return ok
}
