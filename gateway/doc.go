// Package gateway puts Lambda functions behind HTTP: an [http.Handler] through
// which programs in any language call functions that have no public endpoint.
//
//	gw, err := gateway.New(gateway.Config{
//		Invoker: awslambda.New(cfg),
//		Targets: map[string]gateway.Target{"orders": {}},
//		Routes:  []gateway.Route{{Path: "/api/orders/*", Target: "orders", Strip: true}},
//		Proxy:   []string{"orders"},
//	})
//	...
//	err = http.ListenAndServe("127.0.0.1:8080", gw)
//
// It is meant to run beside its callers, in the same pod or on the same machine,
// not at the edge of a network.
//
// # Three ways in
//
// [Config.Routes] choose a target by host, path and method. [Config.Proxy] lets
// targets answer to their own names, http://orders.lambda.internal/…, be it
// through HTTP_PROXY (a request line with an absolute URL) or because the name
// resolves to the gateway. [Config.ByName] lets them answer at /orders/….
//
// # What a client cannot do
//
// Only the functions, and the qualifiers of them, that the Config names can be
// called. No header chooses a qualifier, a tenant, a client context, an
// invocation type or idempotency, but for "Prefer: respond-async" and
// Idempotency-Key where the target allows them.
//
// Web pages are kept away: a Host that is neither loopback nor configured is
// answered with 421, a request from a page of another site with 403, unless the
// route lists the page's origin. That is no authentication: who can open a
// connection can call what is configured.
//
// # Errors
//
// Where the function gives no HTTP response, the client gets what
// [vialambda.ErrorResponse] says, or application/problem+json (RFC 9457) if
// [Config.ProblemJSON] is set. AWS's own texts, ARNs, accounts and stack traces
// are in [Record.Err] alone. A failure in mid-stream breaks the client's
// connection (http.ErrAbortHandler), so that half an answer is never taken for a
// whole one.
//
// # Observation
//
// Every answer has an X-Request-Id, the client's own if it sent a plain one.
// [Config.Observe] gets a [Record] of every request, [Gateway.Stats] says what is
// under way, [Config.Wrap] puts a RoundTripper of tracing or caching around every
// call.
package gateway
