//go:build unix

package http1

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestBlind has Dial return what is no socket of the operating system.
func TestBlind(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		ended := make(chan bool, 10)
		s := listen(t, secure, func(c *peer) {
			echo(c)
			ended <- true
		})
		if !s.pool.CanProbe() {
			t.Error("cannot probe before the first call")
		}
		s.want(t, "before")
		s.want(t, "before")
		if !s.pool.CanProbe() {
			t.Error("cannot probe a socket")
		}
		s.pool.CloseIdle()
		receive(t, ended)
		dial := s.pool.Dial
		s.pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dial(ctx, network, addr)
			return struct{ net.Conn }{c}, err
		}
		for _, id := range []string{"1", "2", "3"} {
			s.want(t, id)
			receive(t, ended)
			if s.pool.CanProbe() || len(s.pool.kept()) != 0 {
				t.Error("it is kept")
			}
		}
		resp, err := s.pool.RoundTrip(t.Context(), []byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
		if err != nil || resp.Body != http.NoBody {
			t.Fatal(resp, err)
		}
		receive(t, ended)
		s.connected(t, 5)
	})
}

// TestBlindContextDial ends a call while it dials a connection that no other can use.
func TestBlindContextDial(t *testing.T) {
	p := &Pool{MaxIdle: 10}
	ours, theirs := net.Pipe()
	under, goOn := make(chan bool), make(chan bool)
	p.Dial = func(context.Context, string, string) (net.Conn, error) {
		close(under)
		<-goOn
		return ours, nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := p.RoundTrip(ctx, post("1"))
		done <- err
	}()
	receive(t, under)
	cancel()
	if err := receive(t, done); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(goOn)
	theirs.SetReadDeadline(time.Now().Add(patience))
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("not closed: %v", err)
	}
}

// TestBlindAsContextEnds has a connection that cannot be used twice come in the moment in
// which the context ends of the call that waits for it.
func TestBlindAsContextEnds(t *testing.T) {
	p := &Pool{MaxIdle: 10}
	for range 100 {
		ctx, cancel := context.WithCancel(t.Context())
		ours, theirs := net.Pipe()
		p.Dial = func(context.Context, string, string) (net.Conn, error) {
			cancel()
			return ours, nil
		}
		if c, err := p.dialed(ctx); err == nil {
			c.abandon()
		}
		theirs.SetReadDeadline(time.Now().Add(patience))
		if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("not closed: %v", err)
		}
		if n := len(p.kept()); n != 0 {
			t.Fatalf("%d connections are kept", n)
		}
	}
}
