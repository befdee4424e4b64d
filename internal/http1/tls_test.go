//go:build unix

package http1

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// TestTickets has the session tickets of TLS 1.3 wait on a connection that no call has had
// yet: they are no answer.
func TestTickets(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			shaken := make(chan bool, 1)
			s := listenLocal(t, true, func(c *peer) {
				if err := c.Conn.(*tls.Conn).HandshakeContext(t.Context()); err != nil {
					t.Error(err)
				}
				shaken <- true
				echo(c)
			})
			s.pool.TLS = s.pool.TLS.Clone()
			s.pool.TLS.MaxVersion = version
			s.pool.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			c, err := s.pool.dial(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s.pool.put(c)
			receive(t, shaken)
			for range 3 {
				if !c.quiet() {
					t.Error("not quiet")
				}
			}
			s.want(t, "1")
			s.want(t, "2")
			s.connected(t, 1)
			if _, ok := s.pool.TLS.ClientSessionCache.Get("example.com"); !ok {
				t.Error("there was no ticket")
			}
		})
	}
}

// TestLateTickets has tickets come on an idle connection, whole, and half before a call
// and half after its request.
func TestLateTickets(t *testing.T) {
	for _, whole := range []bool{true, false} {
		peers, goOn := make(chan *peer, 1), make(chan bool)
		var tickets *taken
		s := listenLocal(t, false, func(c *peer) {
			if c.n > 1 {
				c.over(tls.Server(c.raw, trusted()))
				echo(c)
				return
			}
			tickets = &taken{Conn: c.raw}
			config := trusted()
			config.ClientAuth = tls.RequestClientCert // then the tickets are not in the first flight
			config.VerifyConnection = func(tls.ConnectionState) error {
				tickets.take = true
				return nil
			}
			over := tls.Server(tickets, config)
			if err := over.HandshakeContext(t.Context()); err != nil || len(tickets.bytes) < 10 {
				t.Errorf("%d bytes of tickets, %v", len(tickets.bytes), err)
			}
			tickets.take = false
			c.over(over)
			peers <- c
			<-goOn
			if !whole {
				c.requests.Peek(1)
				c.raw.Write(tickets.bytes[10:])
			}
			echo(c)
		})
		_, s.pool.TLS = certificate()
		s.pool.TLS = s.pool.TLS.Clone()
		s.pool.TLS.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		c, err := s.pool.dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s.pool.put(c)
		other := receive(t, peers)
		if whole {
			other.raw.Write(tickets.bytes)
		} else {
			other.raw.Write(tickets.bytes[:10])
		}
		close(goOn)
		s.want(t, "1")
		s.want(t, "2")
		if whole {
			s.connected(t, 1)
			if _, ok := s.pool.TLS.ClientSessionCache.Get("example.com"); !ok {
				t.Error("there was no ticket")
			}
		}
	}
}

// TestHandshakeTimeout has a server that does not shake hands.
func TestHandshakeTimeout(t *testing.T) {
	gone := make(chan bool, 1)
	s := listen(t, true, func(c *peer) {
		c.gone()
		gone <- true
	})
	s.pool.HandshakeTimeout = time.Millisecond
	_, err := s.call(t.Context(), "1")
	e := failed(t, err)
	timeout, ok := errors.AsType[net.Error](err)
	if e.Sent || !ok || !timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v", e)
	}
	receive(t, gone)
	if n := s.pool.waiters(); n != 0 {
		t.Errorf("%d calls wait", n)
	}
}

// TestHandshakeTimeoutInTime leaves no limit to the connection.
func TestHandshakeTimeoutInTime(t *testing.T) {
	s := listen(t, true, echo)
	s.pool.HandshakeTimeout = patience
	s.want(t, "1")
	s.want(t, "2")
	s.connected(t, 1)
}

func TestHandshakeFails(t *testing.T) {
	handshake := func(c *peer) {
		if tls, ok := c.Conn.(*tls.Conn); ok {
			tls.HandshakeContext(context.Background())
		}
	}
	for _, test := range []struct {
		name   string
		config func(c *tls.Config)
		secure bool
		serve  func(c *peer)
		is     func(err error) bool
	}{
		{
			name: "nobody trusts the certificate", config: func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, secure: true, serve: handshake,
			is: func(err error) bool { _, ok := errors.AsType[x509.UnknownAuthorityError](err); return ok },
		},
		{
			name: "another name", config: func(c *tls.Config) { c.ServerName = "example.org" }, secure: true, serve: handshake,
			is: func(err error) bool { _, ok := errors.AsType[x509.HostnameError](err); return ok },
		},
		{
			name: "another protocol", config: func(c *tls.Config) { c.NextProtos = []string{"h2"} }, secure: true, serve: handshake,
			is: func(err error) bool { return errors.Is(err, errProtocol) },
		},
		{
			name: "no TLS", secure: false, serve: func(c *peer) { c.say("HTTP/1.1 400 Bad Request\r\n\r\n") },
			is: func(err error) bool { _, ok := errors.AsType[tls.RecordHeaderError](err); return ok },
		},
		{
			name: "closed", secure: false, serve: func(c *peer) { c.requests.ReadByte() },
			is: func(err error) bool { return err != nil },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			gone := make(chan bool, 1)
			s := listen(t, test.secure, func(c *peer) {
				test.serve(c)
				c.raw.(*net.TCPConn).CloseWrite()
				c.gone()
				gone <- true
			})
			_, theirs := certificate()
			s.pool.TLS = theirs.Clone()
			if test.config != nil {
				test.config(s.pool.TLS)
			}
			_, err := s.call(t.Context(), "1")
			if e := failed(t, err); e.Sent || !test.is(err) {
				t.Errorf("%T %+v", e.Err, e)
			}
			receive(t, gone)
			if n := s.pool.waiters(); n != 0 {
				t.Errorf("%d calls wait", n)
			}
		})
	}
}

// TestFarewell closes a connection in good order, and one that is of no use any more.
func TestFarewell(t *testing.T) {
	rest := make(chan string, 2)
	s := listen(t, true, func(c *peer) {
		body, _ := c.request()
		c.say(answer(body))
		b, _ := io.ReadAll(c.raw)
		rest <- string(b)
	})
	s.want(t, "1")
	s.pool.CloseIdle()
	if got := receive(t, rest); got == "" {
		t.Error("no close_notify from an idle connection")
	}
	resp, err := s.pool.RoundTrip(t.Context(), post("1"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if got := receive(t, rest); got != "" {
		t.Errorf("%q after the call", got)
	}
}
