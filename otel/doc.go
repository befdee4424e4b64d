// Package otelvialambda makes OpenTelemetry spans and metrics of requests that
// go to Lambda functions, and hands the trace on to them.
//
//	lambda := &vialambda.Transport{Invoker: awslambda.New(cfg)}
//	client := &http.Client{Transport: &otelvialambda.Transport{Base: lambda}}
//
// A request is one span of kind client, however many attempts it takes, by the
// semantic conventions for HTTP clients
// (https://opentelemetry.io/docs/specs/semconv/http/http-spans/) and for callers
// of functions (https://opentelemetry.io/docs/specs/semconv/faas/faas-spans/). It
// ends when the response's body is at its end or closed; a body that breaks off
// makes it a failed one.
//
// The trace travels in the event's headers, as the propagator writes it. Of a
// traceparent [vialambda.Transport] makes X-Ray's header too, for the event and
// for the Invoke call, so that functions continue the trace whichever of the two
// they read, unless the request has an X-Amzn-Trace-Id of its own.
//
// # Attributes
//
// Of the span: http.request.method, http.request.method_original,
// http.request.resend_count (attempts after the first), http.response.status_code,
// url.full, url.scheme, server.address, server.port, error.type,
// faas.invoked_name, faas.invoked_provider, faas.invoked_region, faas.version (the
// one that ran), faas.coldstart, aws.lambda.invoked_arn (of a target that is an
// ARN) and aws.request_id. Each attempt that was followed by another is an event
// named retry, with its error.type.
//
// url.full has neither userinfo nor query: both become REDACTED. faas.coldstart
// is known only if the target asks for the log's tail
// ([vialambda.Target].LogTail). What has no TCP port of its own, a http+lambda
// URL, has server.port 443, as in the event.
//
// # Metrics
//
// http.client.request.duration, a histogram in seconds, is as long as the span
// and has its method, status code, server, scheme, error.type and faas.invoked_*
// attributes. faas.coldstarts counts cold starts, by function, where the log's
// tail tells them.
//
// # Errors
//
// error.type is the status code of an answer of 400 or more, which also makes the
// span's status Error; where there is no answer, the Code of a
// [vialambda.InvokeError], the Type of a [vialambda.FunctionError], "timeout" or
// "canceled" for an end of the request's context, "unexpected_eof" for a
// connection that was cut, otherwise the name of the error's type.
package otelvialambda
