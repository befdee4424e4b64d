package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
)

// maxHeader bounds, in bytes, the header of an answer, with the interim answers before it.
const maxHeader = 1 << 20

// RoundTrip sends request, the bytes of a whole one whose method is neither HEAD nor
// CONNECT, and returns the answer once its header is there. The error is an *Error.
//
// request is not read any more when RoundTrip has returned. It should be no longer than
// what the buffers of the operating system take, say 64 KiB: the answer is read when all
// is written.
//
// A request of which nothing could be written to a connection from the pool is sent on
// another one, all others are sent once. Of the hooks in ctx those are called that Hears
// names.
//
// The body must be read to its end, or closed, by one goroutine; another may close it
// meanwhile. If ctx ends, reading it fails.
func (p *Pool) RoundTrip(ctx context.Context, request []byte) (*http.Response, error) {
	hooks := httptrace.ContextClientTrace(ctx)
	for {
		if err := ctx.Err(); err != nil {
			return nil, &Error{Err: err}
		}
		if hooks != nil && hooks.GetConn != nil {
			hooks.GetConn(p.Addr)
		}
		c, err := p.get(ctx)
		if err != nil {
			return nil, &Error{Err: err}
		}
		if hooks != nil && hooks.GotConn != nil {
			hooks.GotConn(c.info())
		}
		pooled := !c.fresh()
		c.used, c.idle = true, instant{}
		resp, n, err := c.roundTrip(ctx, request)
		if err == nil {
			return resp, nil
		}
		if n > 0 || !pooled || ctx.Err() != nil {
			return nil, &Error{Sent: n == len(request), Err: err}
		}
	}
}

// roundTrip returns the answer to request, or how much of it was written.
func (c *conn) roundTrip(ctx context.Context, request []byte) (*http.Response, int, error) {
	stop := c.watch(ctx)
	n, err := c.Write(request)
	if err != nil {
		stop()
		c.abandon()
		return nil, n, err
	}
	resp, err := c.readHeader()
	if err != nil {
		stop()
		c.abandon()
		return nil, n, err
	}
	keep := !resp.Close && resp.StatusCode != http.StatusSwitchingProtocols
	b := &body{conn: c, from: resp.Body, stop: stop, keep: keep}
	if resp.Body == http.NoBody {
		b.end()
	} else {
		resp.Body = b
	}
	return resp, n, nil
}

// watch has c interrupted when ctx ends. stop reports whether it was not, and will not be.
func (c *conn) watch(ctx context.Context) (stop func() bool) {
	if ctx.Done() == nil {
		return never
	}
	return context.AfterFunc(ctx, c.interrupt)
}

func never() bool { return true }

// readHeader reads an answer up to its body.
func (c *conn) readHeader() (*http.Response, error) {
	c.source.left = maxHeader
	for {
		resp, err := http.ReadResponse(c.answers, nil)
		if err != nil {
			return nil, c.source.explain(err)
		}
		if resp.StatusCode/100 != 1 || resp.StatusCode == http.StatusSwitchingProtocols {
			c.source.left = -1
			return resp, nil
		}
	}
}

// explain returns what broke off a header that err finds malformed. If nothing did, it is
// malformed.
func (s *source) explain(err error) error {
	switch {
	case errors.Is(s.err, io.EOF):
		return io.ErrUnexpectedEOF
	case s.err != nil:
		return s.err
	}
	return fmt.Errorf("the answer is not one of HTTP/1.1: %w", err)
}
