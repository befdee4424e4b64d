// Package locallambda is a Lambda on this machine: functions that answer the
// Invoke API as AWS answers it, for tests, for development and for programs that
// run somewhere else today.
//
//	functions := locallambda.Functions{
//		"orders": locallambda.HTTP(app), // an http.Handler
//	}
//	client := &http.Client{Transport: &vialambda.Transport{Invoker: functions}}
//	resp, err := client.Get("http+lambda://orders/items/7")
//
// # Functions
//
// A function is a [vialambda.Invoker]. There are those in this process, [HTTP]
// for an http.Handler and [Func] for bytes; [Command], which runs programs that
// speak the Runtime API, in any language, unchanged; and whatever else is an
// Invoker, such as one that calls the real Lambda.
//
// Others wrap a function: [Timeout] gives it only so much time,
// [ConcurrencyLimit] throttles it, [Faults] makes it fail by rule, [Counter]
// counts how often it runs.
//
// [Functions] gives them names. It is an Invoker, to be called directly, and, as
// a [Server] with more settings, an http.Handler that any AWS SDK can be pointed
// at.
//
// # The server
//
// A [Server], or Functions with its defaults, is the Invoke API as an
// http.Handler: give its URL to any AWS SDK as endpoint
// (AWS_ENDPOINT_URL_LAMBDA), or, without a socket, its Client to the SDK for Go
// as HTTP client. An invocation that came this way runs to its end, streams
// included, even if its caller goes away. Signatures are verified if there are
// Credentials, web pages are kept out in any case.
//
// # What functions in this process are like
//
// An invocation gets a goroutine of its own, so any number of them run at the
// same time. A handler's context has the values of the caller's, ends when the
// function's time is over (after 900 s, unless a [Timeout] says less) and has in
// it what [FromContext] returns: request id, ARN, client context, the function's
// log.
//
// It is not the caller's context. If that ends first, Invoke returns its error
// and the function runs on to its end, as on Lambda; a stream alone ends with its
// caller. A handler that does not heed the end of its own context cannot be
// stopped: Lambda's answer is given, its goroutine is left behind.
//
// Failures are what Lambda reports of a Go function. An error of a [Func] becomes
// an error document whose errorType is the name of the error's Go type, without
// package; of a [*vialambda.FunctionError] it is its Type. A panic is one with a
// stackTrace. A goroutine that ends by runtime.Goexit, as by testing.T.FailNow,
// is Runtime.ExitError; an answer over 6,291,556 bytes, or 200 MiB of a stream,
// Function.ResponseSizeTooLarge; a function whose time is over Sandbox.Timedout.
// None of them is an error of Invoke: it is Result.FunctionError, or an error of
// Read if the invocation is a stream.
//
// The log tail has Lambda's START, END and REPORT lines and what the handler
// wrote to [Context].Log. What it writes to standard output is not in it, and
// the REPORT line says nothing of memory, as a goroutine has none of its own.
//
// # Where it differs from Lambda
//
//   - There are no versions and aliases: every qualifier leads to the same
//     function, unless Functions has a key with it, and all but numbers run as
//     $LATEST.
//   - ARNs of every account and region are taken for the function of their name.
//   - An Event is run again after 100 and 200 ms, on Lambda after one and two
//     minutes.
//   - Without Credentials a Server asks nobody for a signature, and with them
//     there is one key and no policy: only functions that are made to, by
//     [Faults], answer AccessDeniedException. Presigned URLs are refused.
//   - A stream whose function fails before it has written anything has no chunk;
//     the error document is in ErrorDetails of InvokeComplete. What Lambda sends
//     then is not recorded.
//   - Nothing limits memory, and nothing slows a stream down after its first 6 MB.
//   - A process may serve many invocations at a time, so what handlers keep in
//     variables must be safe for concurrent use, and is shared.
package locallambda
