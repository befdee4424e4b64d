package locallambda

import (
	"context"
	"io"
	"net/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/event"
)

// HTTP returns a function that answers HTTP events with h, in whichever of the
// five formats an event comes: what Zappa, Mangum or aws-lambda-go-api-proxy do
// for a function that is deployed.
//
// h gets a request as from net/http's server: a body that has been read whole,
// RemoteAddr with the client's address and port 0, and a context that ends when
// the function's time is over or h has returned, and that [FromContext] takes.
// h answers as to net/http's server, which includes Content-Type being found out
// and nothing being sent on HEAD, 204 and 304. What the formats cannot carry is
// dropped: 1xx responses, trailers, fields of the connection.
//
// A buffered invocation is answered when h has returned; Flush does nothing. A
// streamed one begins with what h first writes or flushes, and every Write waits
// until it has been read. Closing the stream, or the end of the caller's
// context, ends the context of h and lets its writes fail: here an in-process
// function differs from one on Lambda, which runs on.
//
// A payload that is no HTTP event is a function error of the type EventError. A
// panic of h is a function error, http.ErrAbortHandler too; in a stream that has
// begun, a [*vialambda.FunctionError] of Read.
func HTTP(h http.Handler) vialambda.Invoker { return &httpFunction{h} }

type httpFunction struct{ handler http.Handler }

// Invoke answers the event in in.Payload.
func (f *httpFunction) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	switch {
	case !hasCall(ctx):
		return front(ctx, in, f)
	case in.Stream:
		return streamed(ctx, in, func(ctx context.Context, w io.Writer) error { return f.stream(ctx, in.Payload, w) })
	}
	return buffered(ctx, in, func(ctx context.Context) ([]byte, error) { return f.answer(ctx, in.Payload) })
}

func (f *httpFunction) answer(ctx context.Context, payload []byte) ([]byte, error) {
	p, r, err := readRequest(ctx, payload)
	if err != nil {
		return nil, err
	}
	w := &bufferedWriter{responseHead: newResponseHead(p)}
	f.handler.ServeHTTP(w, r)
	return w.answer()
}

func (f *httpFunction) stream(ctx context.Context, payload []byte, out io.Writer) error {
	p, r, err := readRequest(ctx, payload)
	if err != nil {
		return err
	}
	w := &streamWriter{responseHead: newResponseHead(p), out: out}
	f.handler.ServeHTTP(w, r)
	return w.finish()
}

func readRequest(ctx context.Context, payload []byte) (*event.Parsed, *http.Request, error) {
	p, err := event.ParseRequest(payload)
	if err != nil {
		return nil, nil, err
	}
	r, err := p.HTTPRequest(ctx)
	return p, r, err
}
