//go:build unix

package http1

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// gate is a Dial that waits for each of its calls to be let through, or to fail.
type gate struct {
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	calls chan chan error
}

func gated(p *Pool) *gate {
	g := &gate{p.Dial, make(chan chan error, 100)}
	p.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		result := make(chan error)
		g.calls <- result
		if err := <-result; err != nil {
			return nil, err
		}
		return g.dial(ctx, network, addr)
	}
	return g
}

type result struct {
	body string
	err  error
}

// start makes a call in a goroutine of its own.
func (s *server) start(ctx context.Context, body string) <-chan result {
	done := make(chan result, 1)
	go func() {
		got, err := s.call(ctx, body)
		done <- result{got, err}
	}()
	return done
}

// TestWaiterGetsReturned has two calls wait for connections that do not come: each gets the
// one that another call needs no more, who waits longest first, and what is dialed in the
// end is kept.
func TestWaiterGetsReturned(t *testing.T) {
	order := make(chan string, 10)
	s := listen(t, false, func(c *peer) {
		for {
			body, err := c.request()
			if err != nil {
				return
			}
			order <- body
			c.say(answer(body))
		}
	})
	resp, err := s.pool.RoundTrip(t.Context(), post("first"))
	if err != nil {
		t.Fatal(err)
	}
	g := gated(s.pool)
	second := s.start(t.Context(), "second")
	dialing := receive(t, g.calls)
	third := s.start(t.Context(), "third")
	again := receive(t, g.calls)
	io.Copy(io.Discard, resp.Body)
	for want, done := range map[string]<-chan result{"second": second, "third": third} {
		if got := receive(t, done); got.err != nil || got.body != want {
			t.Error(got)
		}
	}
	s.connected(t, 1)
	for _, want := range []string{"first", "second", "third"} {
		if got := receive(t, order); got != want {
			t.Errorf("%s had the connection, not %s", got, want)
		}
	}
	dialing <- nil
	again <- nil
	until(t, "all are kept", func() bool { return len(s.pool.kept()) == 3 })
	s.want(t, "fourth") // on what was dialed
	s.connected(t, 3)
}

// TestWaiterOfBrokenConnection gives a waiter a connection that the server has closed:
// it waits on.
func TestWaiterOfBrokenConnection(t *testing.T) {
	said := make(chan bool)
	s := listenLocal(t, false, func(c *peer) {
		body, _ := c.request()
		c.say(answer(body))
		if c.n == 1 {
			c.raw.Close()
			close(said)
		}
		c.gone()
	})
	resp, err := s.pool.RoundTrip(t.Context(), post("first"))
	if err != nil {
		t.Fatal(err)
	}
	receive(t, said)
	g := gated(s.pool)
	second := s.start(t.Context(), "second")
	dialing := receive(t, g.calls)
	io.Copy(io.Discard, resp.Body)
	again := receive(t, g.calls)
	dialing <- nil
	if got := receive(t, second); got.err != nil || got.body != "second" {
		t.Error(got)
	}
	again <- nil
	until(t, "what came too late is kept", func() bool { return len(s.pool.kept()) == 1 })
}

func TestDialErrors(t *testing.T) {
	s := listen(t, false, echo)
	g := gated(s.pool)
	const calls = 5
	var done [calls]<-chan result
	var dials [calls]chan error
	for i := range calls {
		done[i] = s.start(t.Context(), "1")
		dials[i] = receive(t, g.calls)
	}
	if n := s.pool.waiters(); n != calls {
		t.Errorf("%d calls wait", n)
	}
	for _, i := range []int{3, 0, 4, 1, 2} {
		cause := errors.New("no way")
		dials[i] <- cause
		got := receive(t, done[i])
		if e := failed(t, got.err); e.Sent || e.Err != cause {
			t.Errorf("%d: %+v", i, e)
		}
	}
	if n := s.pool.waiters(); n != 0 {
		t.Errorf("%d calls wait", n)
	}
	if !s.pool.CanProbe() {
		t.Error("cannot probe")
	}
}

// TestDialErrorAfterSuccess has two calls wait, and the dial of the second succeed before
// that of the first fails: each must end, though the server closes each connection.
func TestDialErrorAfterSuccess(t *testing.T) {
	s := listen(t, false, func(c *peer) {
		c.request()
		c.say("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	})
	g := gated(s.pool)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first := s.start(ctx, "first")
	failing := receive(t, g.calls)
	second := s.start(ctx, "second")
	succeeding := receive(t, g.calls)
	succeeding <- nil
	other := first
	select {
	case got := <-first:
		other = second
		if got.err != nil {
			t.Error(got.err)
		}
	case got := <-second:
		if got.err != nil {
			t.Error(got.err)
		}
	}
	failing <- errors.New("no way")
	receive(t, other) // an error, or an answer if somebody has dialed again
}

// TestGivenAsContextEnds gives a connection to a call that has just stopped waiting: it is
// for another.
func TestGivenAsContextEnds(t *testing.T) {
	s := listen(t, false, echo)
	g := gated(s.pool)
	for range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		done := s.start(ctx, "1")
		dialing := receive(t, g.calls)
		until(t, "it waits", func() bool { return s.pool.waiters() == 1 })
		time.Sleep(time.Millisecond) // it does, in all likelihood, so that it sees the end first
		c, err := s.pool.dialForTest(g)
		if err != nil {
			t.Fatal(err)
		}
		s.pool.mu.Lock()
		cancel()
		w := s.pool.waiting.Front().Value.(*waiter)
		s.pool.end(w)
		w.give(c, nil)
		s.pool.mu.Unlock()
		got := receive(t, done)
		if got.err != nil && !errors.Is(got.err, context.Canceled) && ctx.Err() == nil {
			t.Error(got)
		}
		if idle := s.pool.kept(); errors.Is(got.err, context.Canceled) && (len(idle) != 1 || idle[0] != c || c.fresh()) {
			t.Errorf("kept: %v", idle)
		}
		dialing <- errors.New("no way")
		s.pool.CloseIdle()
	}
}

// dialForTest makes a connection without regard to the gate.
func (p *Pool) dialForTest(g *gate) (*conn, error) {
	other := &Pool{Addr: p.Addr, Dial: g.dial, TLS: p.TLS}
	c, err := other.dial(context.Background())
	if c != nil {
		c.pool = p
	}
	return c, err
}
