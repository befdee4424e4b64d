// Package vialambda is HTTP via Lambda: it sends ordinary HTTP requests to AWS
// Lambda functions, by the Lambda Invoke API, with the caller's own IAM
// credentials. No API Gateway, no public endpoint, one hop.
//
//	cfg, err := config.LoadDefaultConfig(ctx)
//	...
//	client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(cfg)}}
//	resp, err := client.Get("http+lambda://orders/items?limit=10")
//
// The request becomes the event that API Gateway (or a function URL, or an ALB)
// would have sent, and the function's answer becomes an [*http.Response]. The
// function does not change: what runs behind those front doors runs here.
//
// # Addresses
//
// A URL is http+lambda://[qualifier.]function/path?query. The last label of the
// host is the function's name, with its case; the one before it, if there is
// one, is a version, an alias or $LATEST. A port is a version too. Userinfo is
// basic auth. For clients and cookie jars that know only http and https,
// http://[qualifier.]function.lambda.internal/ means the same; see [Mount].
// Everything else, ARNs above all, is a named target: [Targets].
//
// # Formats
//
// A [Format] names the front door whose events the function expects. The default
// is [RESTAPI], what lambda-httpx sends; set Transport.Format, or Target.Format
// for one function. If a function answers every request with an error or a
// [*ResponseError], the format is the first thing to look at.
//
// # Buffered and streamed answers
//
// Mode [Buffered] calls Invoke: the answer arrives whole. Mode [Stream] calls
// InvokeWithResponseStream: RoundTrip returns when the response's header is
// there, and the body arrives as the function writes it. A failure in mid-stream
// is an error of Read, never a clean end.
//
// # Errors
//
// An HTTP response of the function, whatever its status, is never an error. If
// there is none, the error tells why: [*AddressError] (nothing was sent),
// [*TooLargeError], [*InvokeError] (the Invoke API, or the way to it; it says
// whether the function may have run), [*FunctionError] (it ran and failed),
// [*ResponseError] (its answer is no HTTP response). Use [errors.AsType].
// [ErrorResponse] makes of an error what the front door would have answered.
//
// # Retries
//
// An invocation is sent again only if the function cannot have run, or if the
// request is idempotent: see [Retry].
//
// # Options and observation
//
// Options of one request travel in its context: [WithTarget]. What happened is
// asked for beforehand in the same way: [WithInfo], [WithTrace].
//
// # Composition
//
// Transport is an http.RoundTripper over an [Invoker]. Caches, metrics and other
// retry policies wrap one or the other. Package locallambda has Invokers that
// need no AWS account, for tests and for a laptop.
package vialambda
