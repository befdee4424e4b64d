package vialambda

import (
	"context"
	"io"
	"net/http"
)

// cancelable returns the body of req as a reader whose Read returns when ctx
// ends, and a function to call when reading is over. Bodies in memory (those
// with a GetBody) are read directly.
func cancelable(ctx context.Context, req *http.Request) (io.Reader, func()) {
	if ctx.Done() == nil || req.GetBody != nil {
		return req.Body, func() {}
	}
	size := int64(maxChunk)
	if n := req.ContentLength; n > 0 {
		size = min(size, n+1) // one more, to meet the end
	}
	p := &pump{ctx: ctx, body: req.Body, size: size, chunks: make(chan chunk), ask: make(chan []byte, 1)}
	go p.run()
	return p, func() { close(p.ask) }
}

// maxChunk is how much is read of a body at once.
const maxChunk = 32 << 10

// pump reads a body in a goroutine of its own, so that a Read that blocks for
// ever holds up nobody but that goroutine: as in net/http, it ends when the
// body, closed by RoundTrip, lets go.
type pump struct {
	ctx    context.Context
	body   io.Reader
	size   int64       // of buf
	ask    chan []byte // a buffer to fill
	chunks chan chunk
	buf    []byte
	rest   []byte // read, not yet taken
	err    error
}

type chunk struct {
	data []byte
	err  error
}

func (p *pump) run() {
	for buf := range p.ask {
		n, err := p.body.Read(buf)
		select {
		case p.chunks <- chunk{buf[:n], err}:
		case <-p.ctx.Done():
			return
		}
	}
}

func (p *pump) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		if p.err != nil {
			return 0, p.err
		}
		if p.buf == nil {
			p.buf = make([]byte, p.size)
		}
		p.ask <- p.buf
		select {
		case c := <-p.chunks:
			p.rest, p.err = c.data, c.err
		case <-p.ctx.Done():
			p.err = p.ctx.Err()
			return 0, p.err
		}
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}
