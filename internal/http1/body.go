package http1

import (
	"io"
	"net/http"
	"sync/atomic"
)

// body is the body of an answer.
type body struct {
	conn *conn
	from io.Reader
	stop func() bool // see conn.watch
	keep bool        // the server keeps the connection, too

	state atomic.Int32
	err   error // of the last Read, if state is ended
}

// The states of a body. Only one of them follows open, and who makes it so has the
// connection.
const (
	open   int32 = iota
	ended        // at its end, or broken
	closed       // before that
)

func (b *body) Read(p []byte) (int, error) {
	switch b.state.Load() {
	case ended:
		return 0, b.err
	case closed:
		return 0, http.ErrBodyReadAfterClose
	}
	n, err := b.from.Read(p)
	if err == nil {
		return n, nil
	}
	b.err = err
	if !b.state.CompareAndSwap(open, ended) {
		return n, http.ErrBodyReadAfterClose
	}
	if err == io.EOF {
		b.end()
	} else {
		b.stop()
		b.conn.abandon()
	}
	return n, err
}

// end gives the connection back after the whole answer was read. It is not kept if it was
// interrupted, or if there is more than the answer.
func (b *body) end() {
	if b.stop() && b.keep && b.conn.answers.Buffered() == 0 {
		b.conn.pool.put(b.conn)
	} else {
		b.conn.abandon()
	}
}

func (b *body) Close() error {
	if b.state.CompareAndSwap(open, closed) {
		b.stop()
		b.conn.abandon()
	}
	return nil
}
