package locallambda

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vialambda/vialambda"
)

const (
	defaultAsyncQueue      = 1000
	defaultAsyncRetryDelay = 100 * time.Millisecond

	// What Lambda does with an Event
	// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html):
	// a function that fails is run twice more; a function that could not be run
	// is tried again for six hours, up to five minutes apart.
	asyncRetries    = 2
	asyncMaxAge     = 6 * time.Hour
	asyncMaxBackoff = 5 * time.Minute
)

// enqueue takes an Event that has passed all checks. It runs in a goroutine of
// its own, as often as it takes.
func (s *Server) enqueue(ctx context.Context, c *call, in *vialambda.Invocation, fn vialambda.Invoker) *vialambda.InvokeError {
	ctx, end, ok := s.running.begin(ctx, true, cmp.Or(s.AsyncQueue, defaultAsyncQueue))
	if !ok {
		if s.running.isClosed() {
			return closing()
		}
		full := Throttle(time.Second)
		full.Reason = "FunctionInvocationRateLimitExceeded"
		return full
	}
	event := *in
	event.ClientContext = nil // Lambda passes it on "for synchronous invocations only"
	go func() {
		defer end()
		s.runQueued(ctx, c, &event, fn)
	}()
	return nil
}

// runQueued runs an Event until it succeeds, has been given up, or ctx ends.
func (s *Server) runQueued(ctx context.Context, c *call, in *vialambda.Invocation, fn vialambda.Invoker) {
	delay := cmp.Or(s.AsyncRetryDelay, defaultAsyncRetryDelay)
	backoff := delay
	taken := time.Now()
	for attempt, retries := 1, 0; ; attempt++ {
		entry := s.newEntry(c, in)
		entry.Attempt = attempt
		again := *c // the same request id, but a log and a deadline of its own
		again.log = new(callLog)
		res, err := run(ctx, &again, in, fn)
		if err == nil {
			err = drain(res)
		}
		entry.end(res, nil, err)
		s.log(entry)

		wait := delay << retries
		switch {
		case err == nil:
			return
		case notRun(err) && time.Since(taken) < asyncMaxAge:
			wait, backoff = backoff, min(2*backoff, asyncMaxBackoff)
		case retries == asyncRetries:
			return
		default:
			retries++
		}
		if sleep(ctx, wait) != nil {
			return
		}
	}
}

// notRun reports whether the Event goes back to the queue as if nothing had
// happened: the function was throttled, or the service failed.
func notRun(err error) bool {
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	return ok && (e.Status == http.StatusTooManyRequests || e.Status >= 500)
}

func closing() *vialambda.InvokeError {
	return &vialambda.InvokeError{
		Code: "ServiceUnavailableException", Status: http.StatusServiceUnavailable, Message: "The server is closing.",
	}
}
