// Package otelhttp traces calls of functions with
// go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp, for programs that
// have it anyway.
//
// vialambda's own module, github.com/vialambda/vialambda/otel, goes further: the
// function's name, version and request id, each repeated attempt, cold starts, the
// Code of an error instead of its Go type, and a URL without its query.
package otelhttp

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// New returns base, a *vialambda.Transport or what has one at its bottom, with a
// span and metrics around each request. Propagation is that of the options, else
// the global one: traceparent goes into the event, and vialambda makes X-Ray's
// header of it.
func New(base http.RoundTripper, options ...otelhttp.Option) http.RoundTripper {
	return otelhttp.NewTransport(redacted{base}, options...)
}

// redacted takes the query out of the span's url.full, which otelhttp leaves in:
// what is in a query may be a secret. The span is that of otelhttp, which is
// further out.
type redacted struct{ base http.RoundTripper }

// RoundTrip sends req through the base.
func (r redacted) RoundTrip(req *http.Request) (*http.Response, error) {
	if span := trace.SpanFromContext(req.Context()); span.IsRecording() && req.URL != nil && req.URL.RawQuery != "" {
		u := *req.URL
		u.User, u.RawQuery = nil, "REDACTED"
		span.SetAttributes(attribute.String("url.full", u.String()))
	}
	return r.base.RoundTrip(req)
}
