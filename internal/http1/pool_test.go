//go:build unix

package http1

import (
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestMaxIdle(t *testing.T) {
	for _, limit := range []int{0, 1, 2} {
		each(t, func(t *testing.T, secure bool) {
			ended := make(chan bool, 3)
			s := listen(t, secure, func(c *peer) {
				echo(c)
				ended <- true
			})
			s.pool.MaxIdle = 3
			s.hold(t, 3)
			s.pool.MaxIdle = limit
			bodies := make([]io.Reader, 3)
			for i := range bodies {
				resp, err := s.pool.RoundTrip(t.Context(), post("held"))
				if err != nil {
					t.Fatal(err)
				}
				bodies[i] = resp.Body
			}
			for i, body := range bodies {
				if _, err := io.Copy(io.Discard, body); err != nil {
					t.Fatal(err)
				}
				if n := len(s.pool.kept()); n != min(i+1, limit) {
					t.Errorf("%d connections are kept after %d calls", n, i+1)
				}
			}
			for range 3 - limit {
				receive(t, ended)
			}
			s.connected(t, 3)
		})
	}
}

func TestCloseIdle(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		ended := make(chan error, 10)
		s := listen(t, secure, func(c *peer) {
			echo(c)
			_, err := c.Read(make([]byte, 1))
			ended <- err
		})
		s.hold(t, 3)
		s.pool.CloseIdle()
		for range 3 {
			if err := receive(t, ended); err != io.EOF {
				t.Error(err)
			}
		}
		if n := len(s.pool.kept()); n != 0 {
			t.Errorf("%d connections are kept", n)
		}

		// One that is in use is closed when it comes back,
		resp, err := s.pool.RoundTrip(t.Context(), post("1"))
		if err != nil {
			t.Fatal(err)
		}
		s.pool.CloseIdle()
		io.Copy(io.Discard, resp.Body)
		receive(t, ended)
		if n := len(s.pool.kept()); n != 0 {
			t.Errorf("%d connections are kept", n)
		}

		// unless another call has begun.
		resp, err = s.pool.RoundTrip(t.Context(), post("1"))
		if err != nil {
			t.Fatal(err)
		}
		s.pool.CloseIdle()
		s.want(t, "2")
		io.Copy(io.Discard, resp.Body)
		if n := len(s.pool.kept()); n != 2 {
			t.Errorf("%d connections are kept", n)
		}
	})
}

// idleConn is a connection on which nothing comes but its end.
type idleConn struct {
	net.Conn
	gone, closed atomic.Bool
}

func (c *idleConn) Read([]byte) (int, error) {
	if c.gone.Load() {
		return 0, io.EOF
	}
	return 0, errQuiet
}

func (c *idleConn) Close() error {
	c.closed.Store(true)
	return nil
}

func (c *idleConn) in(p *Pool) *conn {
	raw := struct{ syscall.RawConn }{}
	return &conn{pool: p, socket: &socket{Conn: c, raw: raw}, Conn: c}
}

// TestCheck has connections come back ten seconds after each other, and looks for how
// long they are kept.
func TestCheck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{IdleTimeout: time.Minute, MaxIdle: 10}
		for range 2 { // the second time from its beginning
			var conns [3]*idleConn
			for i := range conns {
				conns[i] = new(idleConn)
				p.put(conns[i].in(p))
				time.Sleep(10 * time.Second)
			}
			time.Sleep(30*time.Second - time.Nanosecond)
			synctest.Wait()
			for i := range conns {
				for j, c := range conns {
					if c.closed.Load() != (j < i) {
						t.Errorf("connection %d: closed = %v when %d should be", j, c.closed.Load(), i)
					}
				}
				if n := len(p.kept()); n != 3-i {
					t.Errorf("%d connections are kept", n)
				}
				time.Sleep(10 * time.Second)
				synctest.Wait()
			}
			if !conns[2].closed.Load() || p.checker != nil {
				t.Error("the last is open, or the timer goes on")
			}
		}
	})
}

// TestCheckGone has the other side close some of many idle connections.
func TestCheckGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 5*checkBatch + 7
		p := &Pool{MaxIdle: many}
		var conns []*idleConn
		began := time.Now()
		for range many {
			c := new(idleConn)
			conns = append(conns, c)
			p.put(c.in(p))
			time.Sleep(time.Millisecond)
		}
		for i, c := range conns {
			c.gone.Store(i%3 == 0 || i > many-checkBatch)
		}
		time.Sleep(checkEvery - time.Since(began) - time.Nanosecond)
		synctest.Wait()
		if n := len(p.kept()); n != many {
			t.Fatalf("%d of %d are kept too early", n, many)
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		left := 0
		for i, c := range conns {
			if c.closed.Load() != c.gone.Load() {
				t.Errorf("connection %d: gone = %v, closed = %v", i, c.gone.Load(), c.closed.Load())
			}
			if !c.gone.Load() {
				left++
			}
		}
		if n := len(p.kept()); n != left {
			t.Errorf("%d are kept, want %d", n, left)
		}
		for i := len(p.kept()); i > 1; i-- { // in order still
			if above, below := p.kept()[i-1], p.kept()[i-2]; above.idle.since(below.idle) <= 0 {
				t.Fatal("out of order")
			}
		}
		conns[1].gone.Store(true)
		time.Sleep(checkEvery)
		synctest.Wait()
		if !conns[1].closed.Load() {
			t.Error("not looked at again")
		}
		p.CloseIdle()
		time.Sleep(checkEvery)
		synctest.Wait()
		if p.checker != nil {
			t.Error("the timer goes on")
		}
	})
}

// TestCheckOfNone leaves nothing for the timer.
func TestCheckOfNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{IdleTimeout: time.Minute, MaxIdle: 10}
		p.put(new(idleConn).in(p))
		timer := p.checker
		for range 3 {
			c := p.take()
			if c == nil {
				t.Fatal("nothing is kept")
			}
			p.put(c)
		}
		if p.checker != timer {
			t.Error("another timer")
		}
		p.take()
		time.Sleep(2 * time.Minute)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.checker != nil {
			t.Error("the timer goes on")
		}
	})
}

func TestNoIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &Pool{MaxIdle: 10}
		c := new(idleConn)
		p.put(c.in(p))
		time.Sleep(24 * time.Hour)
		if c.closed.Load() || p.take() == nil {
			t.Error("it was not kept")
		}
	})
}

// TestExpired takes from a pool of which the timer has not come round.
func TestExpired(t *testing.T) {
	t0 := now()
	ago := func(monotonic, wall time.Duration) instant {
		return instant{t0.monotonic.Add(-monotonic), t0.wall.Add(-wall)}
	}
	for _, test := range []struct {
		name  string
		since []instant // when connections became idle, the longest idle first
		left  int       // in the pool; -1: all are closed
	}{
		{"none", nil, -1},
		{"young", []instant{t0}, 0},
		{"one of two", []instant{ago(time.Hour, time.Hour), t0}, 1},
		{"all", []instant{ago(2*time.Hour, 2*time.Hour), ago(time.Hour, time.Hour)}, -1},
		{"while the machine slept", []instant{ago(0, time.Hour)}, -1},
		{"by the monotonic clock, when the other was set back", []instant{ago(time.Hour, -time.Hour)}, -1},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &Pool{IdleTimeout: time.Minute}
			var conns []*idleConn
			for _, since := range test.since {
				closable := new(idleConn)
				c := closable.in(p)
				c.idle = since
				conns = append(conns, closable)
				p.idle = append(p.idle, c)
			}
			c := p.take()
			if (c == nil) != (test.left < 0) || len(p.idle) != max(test.left, 0) {
				t.Errorf("took %v, left %d", c, len(p.idle))
			}
			for i, c := range conns {
				if c.closed.Load() != (test.left < 0) {
					t.Errorf("connection %d: closed = %v", i, c.closed.Load())
				}
			}
		})
	}
}
