package gateway

import (
	"time"

	"github.com/vialambda/vialambda"
)

// StatusClientGone is the Status of a [Record] whose client went away before the
// answer: nothing was sent. It is nginx's.
const StatusClientGone = 499

// Record is what happened to a request. It has no query, no header values and no
// bodies.
type Record struct {
	// RequestID is what the answer's X-Request-Id says.
	RequestID string
	// Start is when the request's header had arrived, Duration how long it took
	// from then to the end of the answer.
	Start    time.Time
	Duration time.Duration

	Method, Host, Path, Proto string
	// Client is the address of who sent the request, behind trusted proxies.
	Client string
	// Route is the route, as in "GET /api/*"; Target the name of its target. Both
	// are empty if there was none.
	Route, Target string

	// Status is the answer's.
	Status int
	// BodyBytes is the size of the request's body as far as it was read,
	// SentBytes how much of the answer's body was sent.
	BodyBytes, SentBytes int64
	// Queued is how long the invocation waited for its turn.
	Queued time.Duration

	// Info tells of the invocation: function, attempts, phases, Lambda's request
	// id. It is never nil; zero if there was none.
	Info *vialambda.Info
	// Err is why there was no HTTP response of the function, or why it broke off.
	// It may name ARNs and accounts.
	Err error
	// Refused is why the gateway refused the request by itself.
	Refused string
	// ClientGone: the client went away before the answer was complete.
	ClientGone bool
	// MayRun: there was no complete answer, and the function may still run, or
	// have run.
	MayRun bool
	// Aborted: the answer broke off, and the client's connection with it.
	Aborted bool
}

// Stats is what is under way for a target.
type Stats struct {
	Target string
	// Requests are those being served, Running of their invocations are with
	// Lambda, Queued wait for their turn.
	Requests, Running, Queued int
}
