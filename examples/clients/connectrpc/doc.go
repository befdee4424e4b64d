// Package connectrpc calls a function with connectrpc.com/connect.
//
// The Connect protocol is made of ordinary HTTP requests, so unary calls, calls as
// GET, and streams from the function need nothing but a client with the Transport
// and the address of the function; see [NewClient]. What does not go through a
// Lambda invocation:
//
//   - a call with a stream in both directions: it needs HTTP/2. Nothing is sent
//     before CloseRequest, and then the server refuses it with status 505.
//   - gRPC (connect.WithGRPC): it needs HTTP trailers, which no event format has.
//     The function runs, and its status is lost. gRPC-Web (connect.WithGRPCWeb)
//     has trailers in its body and works.
//   - a stream to the function is collected and sent as one event: it ends within
//     6 MiB (4.5 MiB of it, as base64), and the function sees it when it is
//     complete.
//
// # Errors
//
// An error that the function returns comes with its code, message and details. An
// error of the Transport is CodeUnavailable, whatever its cause, with that inside:
// errors.AsType finds the *vialambda.FunctionError. CodeUnavailable is what many
// retry by; [Code] tells better.
package connectrpc

//go:generate go run ./generate
