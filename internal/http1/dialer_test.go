//go:build unix

package http1

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"
)

// noDeadlines is a connection as it comes through a tunnel of SSH.
type noDeadlines struct{ net.Conn }

func (noDeadlines) SetDeadline(time.Time) error      { return errors.New("no deadlines") }
func (noDeadlines) SetReadDeadline(time.Time) error  { return errors.New("no deadlines") }
func (noDeadlines) SetWriteDeadline(time.Time) error { return errors.New("no deadlines") }

// TestNoDeadlines ends the context of a call whose connection knows no deadlines.
func TestNoDeadlines(t *testing.T) {
	s := listen(t, false, func(c *peer) {
		c.request()
		c.gone()
	})
	dial := s.pool.Dial
	s.pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return noDeadlines{conn}, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	ended := make(chan error, 1)
	go func() {
		_, err := s.call(ctx, "1")
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("there was an answer")
		}
	case <-time.After(patience):
		t.Fatal("the call outlives its context")
	}
}

// TestNothingDialed has a dialer return neither a connection nor an error.
func TestNothingDialed(t *testing.T) {
	p := &Pool{Dial: func(context.Context, string, string) (net.Conn, error) { return nil, nil }}
	_, err := p.RoundTrip(t.Context(), post("1"))
	if e := failed(t, err); e.Sent || e.Err != errNoConn {
		t.Errorf("%+v", e)
	}
	if n := len(p.dialing); n != 0 {
		t.Errorf("%d connections are being made", n)
	}
}

// TestCloseIdleDialing says that CloseIdle gives up a connection that is being made and that
// no call waits for any more, and no other.
func TestCloseIdleDialing(t *testing.T) {
	type dial struct {
		ctx context.Context
		end chan struct{}
	}
	dials := make(chan dial)
	p := &Pool{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := dial{ctx, make(chan struct{})}
		dials <- d
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-d.end:
			return nil, errors.New("refused")
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	abandoned, waiting := make(chan error, 1), make(chan error, 1)
	go func() { _, err := p.RoundTrip(ctx, post("1")); abandoned <- err }()
	first := <-dials
	go func() { _, err := p.RoundTrip(t.Context(), post("1")); waiting <- err }()
	second := <-dials
	cancel()
	if err := <-abandoned; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if first.ctx.Err() != nil {
		t.Error("given up with its call")
	}
	p.CloseIdle()
	select {
	case <-first.ctx.Done():
	case <-time.After(patience):
		t.Error("not given up")
	}
	if second.ctx.Err() != nil {
		t.Error("given up though a call waits")
	}
	close(second.end)
	if err := <-waiting; err == nil || err.Error() != "refused" {
		t.Error(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.waiting.Len(); n != 0 {
		t.Errorf("%d calls wait", n)
	}
}
