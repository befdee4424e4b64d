package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
)

// conn is a connection. One call at a time has it, or the pool.
type conn struct {
	pool      *Pool
	socket    *socket
	net.Conn                // the socket, or TLS over it
	answers   *bufio.Reader // of source
	source    source
	interrupt func() // makes what waits for the network fail; c is of no use then

	used bool    // has had a call
	idle instant // since when it was in the pool; zero: it was not, or has a call since
	one  [1]byte
}

// dial makes a new connection.
func (p *Pool) dial(ctx context.Context) (*conn, error) {
	raw, err := p.Dial(ctx, "tcp", p.Addr)
	if err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, errNoConn
	}
	c := &conn{pool: p, socket: newSocket(raw)}
	if !c.canProbe() {
		p.blind.Store(true)
	}
	c.Conn = c.socket
	if p.TLS != nil {
		if err := c.handshake(ctx); err != nil {
			raw.Close()
			return nil, err
		}
	}
	c.source.conn = c.Conn
	c.answers = bufio.NewReader(&c.source)
	c.interrupt = c.abandon // not every connection has deadlines
	return c, nil
}

func (c *conn) handshake(ctx context.Context) error {
	if limit := c.pool.HandshakeTimeout; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	c.socket.records = new(records)
	over := tls.Client(c.socket, c.pool.TLS)
	if err := over.HandshakeContext(ctx); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			return handshakeTimeout{}
		}
		return err
	}
	if protocol := over.ConnectionState().NegotiatedProtocol; protocol != "" && protocol != "http/1.1" {
		return errProtocol
	}
	c.Conn = over
	return nil
}

// canProbe reports whether c can tell that the other side has closed it.
func (c *conn) canProbe() bool { return c.socket.raw != nil }

// fresh reports whether c has neither had a call, nor waited for one.
func (c *conn) fresh() bool { return !c.used && c.idle == instant{} }

// quiet reports whether the other side has neither closed c nor sent anything: whatever
// came before a request would pass for its answer. What TLS says to itself is no answer,
// if it is whole: half a record may become one.
func (c *conn) quiet() bool {
	c.socket.probing = true
	n, err := c.Read(c.one[:])
	c.socket.probing = false
	return n == 0 && errors.Is(err, errQuiet) && c.socket.records.whole()
}

// retire closes c in good order.
func (c *conn) retire() { c.Close() }

// abandon closes c at once, without TLS's farewell, which would have to wait for the
// other side.
func (c *conn) abandon() { _ = c.socket.Close() }

// source is where answers come from. It bounds what is read of one.
type source struct {
	conn net.Conn
	left int64 // how much more may be read; negative: without a bound
	err  error // of the last Read
}

func (s *source) Read(p []byte) (n int, err error) {
	switch {
	case s.left < 0:
		n, err = s.conn.Read(p)
	case s.left == 0:
		err = errHeaderTooLong
	default:
		n, err = s.conn.Read(p[:min(int64(len(p)), s.left)])
		s.left -= int64(n)
	}
	s.err = err
	return n, err
}
