package gateway

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/vialambda/vialambda"
)

// Config says what a [Gateway] serves. Nothing can be called that it does not
// name. It is copied where that matters; maps and slices in it must not be
// changed afterwards.
type Config struct {
	// Invoker calls the functions of targets that have no Invoker of their own.
	Invoker vialambda.Invoker

	// Targets are what can be called, by name. A name is a function's,
	// optionally with a qualifier before it: "orders", "prod.orders".
	Targets map[string]Target

	// Routes say which requests go to which target.
	Routes []Route
	// Proxy names targets that answer to their own names, whatever the path:
	// http://[qualifier.]name.lambda.internal/…, without regard to case.
	Proxy []string
	// ByName names targets that answer at /[qualifier.]name/…, without that
	// prefix.
	ByName []string

	// Hosts are names that requests may be addressed to, besides loopback ones,
	// those of Proxy and those of Routes.
	Hosts []string

	// TrustedProxies are the addresses of proxies before the gateway whose
	// X-Forwarded-* and Forwarded headers are believed. Those of all others are
	// dropped.
	TrustedProxies []netip.Prefix
	// TrustUnix believes the headers of clients of a Unix socket.
	TrustUnix bool

	// Retry is for all targets: see [vialambda.Retry].
	Retry vialambda.Retry

	// ProblemJSON makes errors application/problem+json (RFC 9457) instead of
	// what the target's format has.
	ProblemJSON bool

	// MaxBytesInFlight bounds the bodies and answers that are held in memory, in
	// bytes; if zero, 256 MiB. Requests beyond three quarters of it, and answers
	// beyond all of it, are 503.
	MaxBytesInFlight int64
	// BodyTimeout is how long a client may take to send a body; if zero, a
	// minute. What takes longer is 408.
	BodyTimeout time.Duration
	// WriteTimeout is how long a client may take nothing of an answer; if zero,
	// a minute. Then its connection is closed.
	WriteTimeout time.Duration

	// Wrap, if set, is given the RoundTripper of every target and returns the one
	// to use.
	Wrap func(http.RoundTripper) http.RoundTripper
	// Observe, if set, is called when a request is over, in the goroutine that
	// served it. It must not keep the Record's Info.
	Observe func(*Record)
}

// Target is a function that can be called, and how.
type Target struct {
	// Target is the function and its options: see [vialambda.Target]. If its
	// Function is empty, the name in Config.Targets says function and qualifier.
	// Its Async allows "Prefer: respond-async", its Idempotent lets requests be
	// sent again whatever their method.
	vialambda.Target

	// IdempotencyKey lets requests with an Idempotency-Key or X-Idempotency-Key
	// header be sent again though they may have run. If false, the header is
	// passed on and means nothing here.
	IdempotencyKey bool

	// Timeout is how long an answer may take, streams to their end; if zero,
	// 15 minutes, which is Lambda's own limit. What takes longer is 504.
	Timeout time.Duration
	// MaxBody bounds request bodies, in bytes; if zero, 6,291,456, Lambda's limit
	// for an event, into which the body must fit, in base64 if it is not text.
	// More is 413.
	MaxBody int64

	// MaxConcurrent is how many invocations run at a time; if zero, any number.
	MaxConcurrent int
	// Queue is how many may wait for their turn; if zero, none. What finds it
	// full is 503.
	Queue int
	// QueueTimeout is how long one may wait; if zero, a second. Then it is 503.
	QueueTimeout time.Duration
}

// Route says which requests go to a target.
type Route struct {
	// Hosts are the names that the request must be addressed to, without port;
	// if empty, any. Case is ignored.
	Hosts []string
	// Path is a path, or, if it ends in /*, a prefix: "/api/*" is "/api" and all
	// below it. If empty, "/*". Segments are compared after percent-decoding.
	Path string
	// Methods are the methods; if empty, all. GET includes HEAD.
	Methods []string

	// Target is a name in Config.Targets. Required.
	Target string

	// Strip takes the prefix off the path that the function sees;
	// X-Forwarded-Prefix tells it. Locations that it answers with get it back.
	Strip bool
	// Rewrite is a path that replaces the prefix, instead of Strip.
	Rewrite string

	// Origins are web origins, "https://app.example", whose pages may send
	// requests. To let their scripts read the answers (CORS) is the function's
	// own matter.
	Origins []string

	// RequestHeaders are changed on the way to the function, ResponseHeaders on
	// the way back.
	RequestHeaders, ResponseHeaders Headers
}

// Headers are changes to header fields.
type Headers struct {
	// Remove are names of fields to remove.
	Remove []string
	// Set are fields to set, after that; they replace what there is.
	Set map[string]string
}

const (
	defaultBytesInFlight = 256 << 20
	defaultMaxBody       = 6_291_456
	defaultTimeout       = 15 * time.Minute
	defaultStall         = time.Minute
	defaultQueueTimeout  = time.Second
)
