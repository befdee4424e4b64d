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

// TestContext ends a call in each of its phases. Its connection is closed, and the next
// call works. That no goroutine is left, TestMain says.
func TestContext(t *testing.T) {
	for _, test := range []struct {
		name  string
		serve func(c *peer, reached func())
		size  int
		sent  bool
		body  string // of which the client reads as much before the context ends
	}{
		{
			name: "while writing",
			serve: func(c *peer, reached func()) {
				c.requests.ReadByte()
				reached()
			},
			size: 1 << 20,
		},
		{
			name: "while waiting for the answer",
			serve: func(c *peer, reached func()) {
				c.request()
				reached()
			},
			sent: true,
		},
		{
			name: "while waiting for the answer after an interim one",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 100 Continue\r\n\r\n")
				reached()
			},
			sent: true,
		},
		{
			name: "in the header",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 200 OK\r\nContent-")
				reached()
			},
			sent: true,
		},
		{
			name: "at the begin of the body",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n")
				reached()
			},
			sent: true, // if the client has not seen the header yet
		},
		{
			name: "in the body",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
			},
			body: "half",
		},
		{
			name: "in a chunk",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\nhalf")
			},
			body: "half",
		},
		{
			name: "in a body without a length",
			serve: func(c *peer, reached func()) {
				c.request()
				c.say("HTTP/1.1 200 OK\r\n\r\nhalf")
			},
			body: "half",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				for _, pooled := range []bool{false, true} {
					ctx, cancel := context.WithCancelCause(t.Context())
					end := func() { cancel(errors.New("a cause")) }
					ended, gone := make(chan bool), make(chan bool, 1)
					start := listen
					if test.size > 0 {
						start = listenLocal // whose buffers do not grow
					}
					s := start(t, secure, func(c *peer) {
						if c.n > 1 {
							echo(c)
							return
						}
						if pooled {
							body, _ := c.request()
							c.say(answer(body))
						}
						test.serve(c, end)
						<-ended
						c.gone()
						gone <- true
					})
					if pooled {
						s.want(t, "before")
					}
					resp, err := s.pool.RoundTrip(ctx, post(strings.Repeat("x", test.size)))
					if err != nil {
						if e := failed(t, err); e.Sent != test.sent || ctx.Err() == nil {
							t.Errorf("%+v", e)
						}
					} else {
						body := make([]byte, len(test.body))
						if _, err := io.ReadFull(resp.Body, body); err != nil || string(body) != test.body {
							t.Errorf("%q, %v", body, err)
						}
						if test.body != "" {
							end()
						}
						_, first := io.ReadAll(resp.Body)
						_, err := io.ReadAll(resp.Body)
						if first == nil || err != first {
							t.Errorf("%v, and then %v", first, err)
						}
						if err := resp.Body.Close(); err != nil {
							t.Error(err)
						}
					}
					close(ended)
					receive(t, gone)
					if n := len(s.pool.kept()); n != 0 {
						t.Errorf("%d connections are kept", n)
					}
					s.want(t, "next")
					s.connected(t, 2)
				}
			})
		})
	}
}

// TestContextEndedBefore makes calls whose context has ended: they do not reach the
// server, and harm no connection.
func TestContextEndedBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, func(c *peer) {
			for {
				body, err := c.request()
				if err != nil {
					return
				}
				if body == "never" {
					t.Error("the server has got it")
				}
				c.say(answer(body))
			}
		})
		for range 50 {
			_, err := s.call(ctx, "never")
			if e := failed(t, err); e.Sent || !errors.Is(err, context.Canceled) {
				t.Fatalf("%+v", e)
			}
			s.want(t, "another")
		}
	})
}

// TestContextDial ends a call while it waits for a connection: the next call takes that.
func TestContextDial(t *testing.T) {
	for _, test := range []struct {
		name   string
		secure bool
		in     bool // in Dial; else in TLS's handshake
	}{
		{"plain", false, true},
		{"TLS", true, true},
		{"handshake", true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			under, goOn := make(chan bool, 1), make(chan bool)
			hold := func() {
				under <- true
				<-goOn
			}
			s := listen(t, test.secure, func(c *peer) {
				if !test.in {
					hold()
				}
				echo(c)
			})
			dial := s.pool.Dial
			s.pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if test.in {
					hold()
				}
				return dial(ctx, network, addr)
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			go func() {
				_, err := s.call(ctx, "1")
				done <- err
			}()
			receive(t, under)
			cancel()
			err := receive(t, done)
			if e := failed(t, err); e.Sent || !errors.Is(err, context.Canceled) {
				t.Errorf("%+v", e)
			}
			if n := s.pool.waiters(); n != 0 {
				t.Errorf("%d calls wait", n)
			}
			close(goOn)
			until(t, "the connection is kept", func() bool { return len(s.pool.kept()) == 1 })
			s.want(t, "2")
			s.want(t, "3")
			s.connected(t, 1)
		})
	}
}

// TestContextAfterAnswer ends the contexts of calls that have read their answers, while
// the connection has another call.
func TestContextAfterAnswer(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		under, goOn := make(chan bool), make(chan bool)
		s := listen(t, secure, func(c *peer) {
			for {
				body, err := c.request()
				if err != nil {
					return
				}
				if body == "second" {
					under <- true
					<-goOn
				}
				c.say(answer(body))
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		if got, err := s.call(ctx, "first"); got != "first" || err != nil {
			t.Fatal(got, err)
		}
		done := make(chan error)
		go func() {
			_, err := s.call(t.Context(), "second")
			done <- err
		}()
		<-under
		cancel()
		close(goOn)
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
		s.connected(t, 1)
	})
}

// watched is a context that counts what waits for its end.
type watched struct {
	context.Context
	n atomic.Int64
}

// Value hides the context inside, which else would be asked directly.
func (c *watched) Value(any) any { return nil }

func (c *watched) AfterFunc(f func()) (stop func() bool) {
	c.n.Add(1)
	inner := context.AfterFunc(c.Context, f)
	return func() bool {
		c.n.Add(-1)
		return inner()
	}
}

// TestContextLeft makes calls of which nothing may be left in a context that goes on.
func TestContextLeft(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		read   int64
		broken bool
	}{
		{name: "read to the end", answer: answer("one"), read: 100},
		{name: "without a body", answer: "HTTP/1.1 204 No Content\r\n\r\n"},
		{name: "closed", answer: answer("one")},
		{name: "closed after a part", answer: answer("one"), read: 1},
		{name: "cut body", answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\none", read: 100},
		{name: "cut header", answer: "HTTP/1.1 200 OK\r\n"},
		{name: "broken write", broken: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := listen(t, false, func(c *peer) {
				c.request()
				c.say(test.answer)
			})
			if test.broken {
				dial := s.pool.Dial
				s.pool.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
					c, err := dial(ctx, network, addr)
					return &brittle{c, 0}, err
				}
			}
			ended, cancel := context.WithCancel(t.Context())
			defer cancel()
			ctx := &watched{Context: ended}
			if resp, err := s.pool.RoundTrip(ctx, post("1")); err == nil {
				io.CopyN(io.Discard, resp.Body, test.read)
				resp.Body.Close()
			}
			if n := ctx.n.Load(); n != 0 {
				t.Errorf("%d", n)
			}
		})
	}
}
