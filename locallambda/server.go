package locallambda

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vialambda/vialambda/internal/webguard"
)

// Server is the Invoke API of Lambda as an http.Handler, so that every AWS SDK
// that is pointed at it by an endpoint URL (AWS_ENDPOINT_URL_LAMBDA) calls local
// functions:
//
//	POST /2015-03-31/functions/{name}/invocations                            Invoke
//	POST /2021-11-15/functions/{name}/response-streaming-invocations         InvokeWithResponseStream
//
// Everything else is answered with 404 UnknownOperationException, another method
// with 405.
//
// An invocation runs to its end, even if its caller goes away. Requests that a
// web page makes a browser send are refused: 421 for a Host that is neither a
// loopback name nor one of Hosts, 403 for those of other origins. Serve it on
// 127.0.0.1: without Credentials everybody who can connect may invoke.
//
// The zero value has no functions. A Server must not be copied or changed after
// first use and is safe for concurrent use.
type Server struct {
	// Functions are what can be invoked.
	Functions Functions

	// Credentials are those that requests must be signed with (Signature
	// Version 4, in the Authorization header). If the access key is empty,
	// signatures are neither asked for nor looked at.
	Credentials Credentials
	// Region is the region of the functions' ARNs. If empty, us-east-1, and a
	// signature for any region is good.
	Region string
	// AccountID is the account of the functions' ARNs. If empty, 123456789012.
	AccountID string

	// Hosts are names besides the loopback ones by which the server is reached:
	// "lambda.test", or "lambda.test:9001" for one port.
	Hosts []string

	// AsyncQueue is how many Event invocations may be waiting or running; more
	// are throttled. If zero, 1,000.
	AsyncQueue int
	// AsyncRetryDelay is the pause before an Event whose function failed is run
	// again; before the third and last time it is twice as long. If zero, 100 ms.
	// Lambda waits one and two minutes.
	AsyncRetryDelay time.Duration

	// Log is called when an invocation has ended, of an Event after every run,
	// and when a request was refused. It must be safe for concurrent use. If
	// nil, nobody is told.
	Log func(Entry)

	// Now is the server's clock, for signatures and the Date header. If nil,
	// time.Now.
	Now func() time.Time

	running inflight
}

// ServeHTTP answers one call of the Invoke API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	guard := webguard.Guard{Hosts: s.Hosts}
	if status, reason := guard.Check(r); status != 0 {
		s.log(Entry{Time: s.now(), Status: status, Err: errors.New(reason)})
		http.Error(w, reason, status)
		return
	}
	s.serve(w, r)
}

// ServeHTTP answers as a [Server] with these functions and defaults does. Its
// Event invocations have neither a queue that bounds them nor a Close that waits
// for them.
func (f Functions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(&Server{Functions: f}).ServeHTTP(w, r)
}

// Close waits until all invocations have ended, queued Events with their retries
// included. From now on new ones are answered with 503. If ctx ends first, the
// contexts of the invocations end too, queued Events are dropped, and the error
// wraps that of ctx.
func (s *Server) Close(ctx context.Context) error {
	return s.running.close(ctx)
}

func (s *Server) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}
