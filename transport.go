package vialambda

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/vialambda/vialambda/internal/event"
)

// Transport is an [http.RoundTripper] that answers requests by invoking Lambda
// functions. Its Invoker is required; every other field has a useful zero value.
//
//	client := &http.Client{Transport: &vialambda.Transport{Invoker: awslambda.New(cfg)}}
//	resp, err := client.Get("http+lambda://orders/items?limit=10")
//
// It takes http+lambda:// URLs and http:// or https:// URLs whose host ends in
// [Suffix]. Beside other URLs, register it in an http.Transport with
// RegisterProtocol([Scheme], t), or use [Mount].
//
// RoundTrip returns a nil error whenever the function answered with an HTTP
// response, whatever its status. If there is none, the error is, or wraps, an
// [*AddressError], [*TooLargeError], [*InvokeError], [*FunctionError],
// [*ResponseError], or the error of the request's body. As with http.Transport a
// request with an illegal method or header field is an error, too.
//
// A Transport is safe for concurrent use. Its fields, and the map of Targets, must
// not be changed, nor the Transport copied, after its first use: it remembers what
// became of the hosts of URLs, of 1,024 at most.
type Transport struct {
	// Invoker calls the functions of targets that have no Invoker of their own.
	Invoker Invoker
	// Format is the format of targets that set none; if zero, RESTAPI.
	Format Format
	// Mode is the mode of targets that set none; if zero, Buffered.
	Mode Mode
	// Targets are targets by the name that URLs use. A name that is not among
	// them is the name of a function.
	Targets Targets
	// Front is what events say of their front door where the target does not.
	Front Front
	// Retry says when an invocation is sent again; if zero, see [Retry].
	Retry Retry
	// DisableCompression keeps the Transport from asking the function for gzip
	// with an Accept-Encoding of its own. As with http.Transport, what it asked
	// for itself, it also decodes.
	DisableCompression bool
	// ErrorResponses makes RoundTrip answer as the format's front door would
	// where the function gave no HTTP response: see [ErrorResponse]. Addresses
	// that cannot be called stay errors, and so does a failing request body.
	ErrorResponses bool

	budget budget
	known  known
}

// RoundTrip sends req to the function that its URL names. It follows the
// contract of http.RoundTripper: req is not modified, its body always closed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	x := exchange{t: t, req: req}
	defer closeBody(req)
	x.observe()
	resp, err := x.do(req.Context())
	x.done(err)
	if err != nil && t.ErrorResponses && answerable(err) {
		return ErrorResponse(req, x.format(), err), nil
	}
	return resp, err
}

// CloseIdleConnections asks every Invoker that has a method of this name to
// close its idle connections.
func (t *Transport) CloseIdleConnections() {
	closeIdle(t.Invoker)
	for _, target := range t.Targets {
		closeIdle(target.Invoker)
	}
}

func closeIdle(v any) {
	if c, ok := v.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// exchange is one request on its way. It lives on RoundTrip's stack: what outlives
// that, a streamed body for one, keeps what it needs of it and not the exchange.
type exchange struct {
	t        *Transport
	req      *http.Request
	to       *resolved // read only; nil until it is known
	gzip     bool      // asked for by us, so decoded by us
	got      answer    // of the last attempt, if it was not a stream
	released bool      // the payload was, by every attempt
	xray     string    // the X-Amzn-Trace-Id of the call, if there is one
	observer
}

func (x *exchange) format() Format {
	switch {
	case x.to != nil:
		return x.to.Format
	case x.t.Format.valid():
		return x.t.Format
	}
	return RESTAPI
}

func (x *exchange) do(ctx context.Context) (*http.Response, error) {
	if ctx.Err() != nil {
		return nil, &InvokeError{Err: ctx.Err()}
	}
	err := checkRequest(x.req)
	if err != nil {
		return nil, err
	}
	if err = x.resolve(); err != nil {
		return nil, err
	}
	x.xray = xrayHeader(x.req.Header)
	x.targetKnown()
	m := memories.Get().(*memory)
	payload, err := x.encode(ctx, m.event)
	if err != nil {
		return nil, err
	}
	x.encoded(len(payload))
	m.call = x.invocation(payload)
	got, err := x.send(ctx, &m.call)
	if x.released {
		m.free()
	}
	if err != nil {
		return nil, err
	}
	return x.respond(got)
}

// invocation is the call that carries payload to the target.
func (x *exchange) invocation(payload []byte) Invocation {
	r := x.to
	return Invocation{
		Function:      r.Function,
		Qualifier:     r.Qualifier,
		Payload:       payload,
		Type:          r.typ,
		Stream:        r.Mode != Buffered && r.typ == RequestResponse,
		LogTail:       r.LogTail && r.typ == RequestResponse,
		ClientContext: r.ClientContext,
		TenantID:      r.TenantID,
		DurableName:   r.DurableName,
		TraceHeader:   x.xray,
		sentTo:        r.Invoker,
	}
}

// encode makes the event, reading the request's body into it. It may use the memory
// of free.
func (x *exchange) encode(ctx context.Context, free []byte) ([]byte, error) {
	req, to := x.req, x.to
	size := req.ContentLength
	var body io.Reader
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		size = 0
	default:
		if size == 0 {
			size = -1 // as net/http has it: a body of unknown length
		}
		var stop func()
		body, stop = cancelable(ctx, req)
		defer stop()
	}
	limit, what := int64(maxEvent), tooLargeEvent
	if to.typ == Event {
		limit, what = maxAsyncEvent, tooLargeAsyncEvent
	}
	payload, err := x.encodeBody(free, body, size, limit)
	switch cause := ctx.Err(); {
	case err == nil:
		return payload, nil
	case cause != nil:
		return nil, &InvokeError{Err: cause}
	default:
		if e, ok := errors.AsType[*event.TooLargeError](err); ok {
			return nil, &TooLargeError{What: what, Size: e.Size, Limit: e.Limit}
		}
		if reason := to.badFront(req); reason != "" {
			return nil, badAddress(reason)
		}
		return nil, err
	}
}

func (x *exchange) encodeBody(free []byte, body io.Reader, size, limit int64) ([]byte, error) {
	req, to := x.req, x.to
	if to.Format == Raw {
		return readRaw(body, size, limit)
	}
	e := to.event()
	e.Method = req.Method
	e.Path = req.URL.EscapedPath()
	e.RawQuery = req.URL.RawQuery
	e.Size = size
	e.Time = time.Now()
	x.setHeader(&e)
	for i := 0; i < len(e.ID); i += 8 {
		n := rand.Uint64()
		for j := range 8 {
			e.ID[i+j] = byte(n >> (8 * j))
		}
	}
	return event.EncodeInto(free, event.Format(to.Format), &e, body, limit)
}

// event is what r alone says of an event.
func (r *resolved) event() event.Request {
	f := &r.Front
	return event.Request{
		Host:           r.host,
		SourceIP:       f.SourceIP,
		AccountID:      f.AccountID,
		APIID:          f.APIID,
		Stage:          f.Stage,
		DomainName:     f.DomainName,
		TargetGroupARN: f.TargetGroupARN,
		Authorizer:     f.Authorizer,
		Identity:       f.Identity,
		StageVariables: f.StageVariables,
		Route:          r.route,
		Front:          r.restFront,
	}
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}
