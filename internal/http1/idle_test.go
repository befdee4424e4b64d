//go:build unix

package http1

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// TestIdleClosed has the server close a connection that is idle: the next call does not
// notice.
func TestIdleClosed(t *testing.T) {
	for _, test := range []struct {
		name  string
		close func(c *peer)
	}{
		{"in good order", func(c *peer) { c.Close() }}, // with TLS's close_notify
		{"by FIN", func(c *peer) { c.raw.Close() }},
		{"for writing", func(c *peer) { c.raw.(*net.TCPConn).CloseWrite() }},
		{"by RST", func(c *peer) {
			c.raw.(*net.TCPConn).SetLinger(0)
			c.raw.Close()
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				idle := make(chan bool)
				s := listen(t, secure, func(c *peer) {
					body, err := c.request()
					if err != nil {
						t.Error(err)
					}
					c.say(answer(body))
					<-idle
					test.close(c)
					c.gone()
				})
				for _, id := range []string{"1", "2", "3"} {
					s.want(t, id)
					idle <- true
					s.pool.kept()[0].arrived(t)
				}
				s.connected(t, 3)
				if s.pool.take().quiet() {
					t.Error("the last is taken for open")
				}
			})
		})
	}
}

// TestSentOnce has the server close the connection under a request, on the first one of a
// connection and on a later one: it may have executed it, and is not asked to again.
func TestSentOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		say  string
	}{
		{"no answer", ""},
		{"half a status line", "HTTP/1.1 20"},
		{"half a header", "HTTP/1.1 200 OK\r\nContent-Le"},
		{"only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				for _, before := range []string{"", "once", "once more"} {
					var requests atomic.Int64
					s := listen(t, secure, func(c *peer) {
						for {
							body, err := c.request()
							if err != nil {
								return
							}
							if body == "cut" {
								requests.Add(1)
								c.say(test.say)
								return
							}
							c.say(answer(body))
						}
					})
					for _, body := range strings.Fields(before) {
						s.want(t, body)
					}
					_, err := s.call(t.Context(), "cut")
					if e := failed(t, err); !e.Sent || !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Errorf("%+v", e)
					}
					if n := requests.Load(); n != 1 {
						t.Errorf("sent %d times", n)
					}
					s.want(t, "next")
					s.connected(t, 2)
				}
			})
		})
	}
}

// brittle is a connection that breaks after so many bytes that are written.
type brittle struct {
	net.Conn
	left int
}

var errBrittle = errors.New("broken")

func (c *brittle) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p[:min(len(p), c.left)])
	c.left -= n
	if err == nil && n < len(p) {
		err = errBrittle
	}
	return n, err
}

// TestBrokenWrite has the connections of the pool break at a byte of the next request.
func TestBrokenWrite(t *testing.T) {
	for _, test := range []struct {
		name   string
		left   int
		again  bool // on another connection
		broken int  // how many of three are
	}{
		{"at once", 0, true, 1},
		{"all of them", 0, true, 3},
		{"half way", 50_000, false, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				var requests atomic.Int64
				s := listen(t, secure, func(c *peer) {
					for {
						body, err := c.request()
						if len(body) > 0 || err == nil {
							requests.Add(1)
						}
						if err != nil {
							return
						}
						c.say(answer(body[:min(len(body), 10)]))
					}
				})
				s.hold(t, 3)
				requests.Store(0)
				idle := s.pool.kept()
				for i := range test.broken {
					c := idle[len(idle)-1-i]
					c.socket.Conn = &brittle{c.socket.Conn, test.left}
				}
				large := strings.Repeat("x", 100_000)
				got, err := s.call(t.Context(), large)
				if test.again {
					if got != large[:10] || err != nil {
						t.Errorf("%.80q, %v", got, err)
					}
				} else if e := failed(t, err); e.Sent || !errors.Is(err, errBrittle) {
					t.Errorf("%+v", e)
				}
				// what is under way is done when an answer to another is there
				s.want(t, "next")
				until(t, "as many requests as were sent", func() bool { return requests.Load() == 2 })
				if n := len(s.pool.kept()); n != max(3-test.broken, 1) {
					t.Errorf("%d connections are kept", n)
				}
				s.connected(t, 3+int64(test.broken/3))
			})
		})
	}
}

// hold makes n calls at once, and leaves their connections idle.
func (s *server) hold(t *testing.T, n int) {
	t.Helper()
	bodies := make([]io.Reader, n)
	for i := range bodies {
		resp, err := s.pool.RoundTrip(t.Context(), post("held"))
		if err != nil {
			t.Fatal(err)
		}
		bodies[i] = resp.Body
	}
	for _, body := range bodies {
		if _, err := io.Copy(io.Discard, body); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(s.pool.kept()); got != n {
		t.Fatalf("%d connections are kept, not %d", got, n)
	}
}

// TestBrokenFirstWrite has a new connection break at its first byte: the error says that
// the server cannot have got the request, and nothing is tried again.
func TestBrokenFirstWrite(t *testing.T) {
	s := listen(t, false, echo)
	dial := s.pool.Dial
	s.pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return &brittle{c, 0}, err
	}
	_, err := s.call(t.Context(), "1")
	if e := failed(t, err); e.Sent || !errors.Is(err, errBrittle) {
		t.Errorf("%+v", e)
	}
	until(t, "one connection", func() bool { return s.conns.Load() == 1 })
}

// TestCutBody has the server close the connection in the body of an answer.
func TestCutBody(t *testing.T) {
	for _, test := range []struct {
		name   string
		header string
		body   string
		other  bool // the error is one of net/http's own
	}{
		{"with a length", "Content-Length: 10", "half", false},
		{"with a length, at its begin", "Content-Length: 10", "", false},
		{"in a chunk", "Transfer-Encoding: chunked", "9\r\nhalf", false},
		{"between chunks", "Transfer-Encoding: chunked", "4\r\nhalf\r\n", false},
		{"before the trailers", "Transfer-Encoding: chunked", "4\r\nhalf\r\n0\r\n", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				for _, farewell := range []bool{true, false} {
					s := listen(t, secure, func(c *peer) {
						body, _ := c.request()
						if body == "next" {
							c.say(answer(body))
							return
						}
						c.say("HTTP/1.1 200 OK\r\n"+test.header+"\r\n\r\n", test.body)
						if farewell {
							c.Close() // with TLS's close_notify
						}
					})
					resp, err := s.pool.RoundTrip(t.Context(), post("1"))
					if err != nil {
						t.Fatal(err)
					}
					for range 3 {
						var body []byte
						if body, err = io.ReadAll(resp.Body); err == nil || (err == io.ErrUnexpectedEOF) == test.other {
							t.Errorf("%q, %v", body, err)
						}
					}
					if err := resp.Body.Close(); err != nil {
						t.Error(err)
					}
					s.want(t, "next")
					s.connected(t, 2)
				}
			})
		})
	}
}
