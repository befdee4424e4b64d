//go:build unix

package http1

import (
	"errors"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
)

// TestKeepAlive has the server give each kind of answer twice: the second comes over the
// same connection if both sides keep that.
func TestKeepAlive(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		want   string
		closes bool // the server says that it closes the connection, or does
	}{
		{name: "length", answer: "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", want: "one"},
		{name: "length 0", answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
		{name: "204", answer: "HTTP/1.1 204 No Content\r\n\r\n"},
		{name: "304", answer: "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n"},
		{name: "chunked", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\non\r\n1;a=b\r\ne\r\n0\r\n\r\n", want: "one"},
		{name: "chunked and empty", answer: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{name: "long", answer: answer(long), want: long},
		{name: "500", answer: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 3\r\n\r\none", want: "one"},
		{name: "interim answer", answer: "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", want: "one"},
		{name: "interim answer with a length", answer: "HTTP/1.1 102 Processing\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", want: "one"},
		{name: "five interim answers", answer: strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 5) + "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", want: "one"},
		{name: "HTTP/1.0, kept", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\none", want: "one"},

		{name: "HTTP/1.0", answer: "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\none", want: "one", closes: true},
		{name: "Connection: close", answer: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\none", want: "one", closes: true},
		{name: "Connection: close without a body", answer: "HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n", closes: true},
		{name: "Connection: close among others", answer: "HTTP/1.1 200 OK\r\nConnection: keep-alive, close\r\nContent-Length: 3\r\n\r\none", want: "one", closes: true},
		{name: "until it closes", answer: "HTTP/1.1 200 OK\r\n\r\none", want: "one", closes: true},
		{name: "until it closes, but kept", answer: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\none", want: "one", closes: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				gone := make(chan bool, 2)
				s := listen(t, secure, func(c *peer) {
					for {
						if _, err := c.request(); err != nil {
							break
						}
						c.say(test.answer)
						if strings.HasPrefix(test.name, "until") {
							break
						}
					}
					c.Close()
					gone <- true
				})
				for range 2 {
					if got, err := s.call(t.Context(), "1"); got != test.want || err != nil {
						t.Fatalf("%.80q, %v", got, err)
					}
					if test.closes {
						receive(t, gone) // the client closes it, too
					}
				}
				if test.closes {
					s.connected(t, 2)
				} else {
					s.connected(t, 1)
				}
			})
		})
	}
}

// TestOrder makes calls at once, and then some one after the other: those take the
// connection that was in use last.
func TestOrder(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, echo)
		s.want(t, "1")
		s.want(t, "2")
		s.connected(t, 1)
		s.hold(t, 3)
		s.connected(t, 3)
		idle := s.pool.kept()
		last := idle[2]
		for range 3 {
			s.want(t, "4")
			if idle := s.pool.kept(); len(idle) != 3 || idle[2] != last {
				t.Errorf("another connection was taken: %v", idle)
			}
		}
		s.connected(t, 3)
	})
}

// TestAnswer looks at all of an answer.
func TestAnswer(t *testing.T) {
	s := listen(t, true, func(c *peer) {
		body, _ := c.request()
		c.say("HTTP/1.1 103 Early Hints\r\nEarly: hint\r\n\r\n",
			"HTTP/1.1 418 Teapot\r\nA: 1\r\na: 2\r\nTrailer: B\r\nTransfer-Encoding: chunked\r\n\r\n",
			"3\r\none\r\n0\r\nB: 3\r\n\r\n")
		if body, err := c.request(); err == nil {
			c.say(answer(body))
		}
		if body != "sent" {
			t.Errorf("the server got %q", body)
		}
	})
	resp, err := s.pool.RoundTrip(t.Context(), post("sent"))
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 418 || resp.Status != "418 Teapot" || resp.ContentLength != -1 || !maps.EqualFunc(resp.Header, http.Header{"A": {"1", "2"}}, equal) {
		t.Errorf("%+v", resp)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "one" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	if resp.Trailer.Get("B") != "3" {
		t.Errorf("trailers %v", resp.Trailer)
	}
	s.want(t, "next")
	s.connected(t, 1)
}

func equal(a, b []string) bool { return strings.Join(a, "\n") == strings.Join(b, "\n") }

// TestBadAnswer has the server say what is no answer: the call fails, and its connection
// is not used again.
func TestBadAnswer(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer string
		err    error // nil: any
	}{
		{"another protocol", "220 mail.example ESMTP\r\n", nil},
		{"an empty line", "\r\nHTTP/1.1 200 OK\r\n\r\n", nil},
		{"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", nil},
		{"status that is no number", "HTTP/1.1 abc OK\r\n\r\n", nil},
		{"negative status", "HTTP/1.1 -20 OK\r\n\r\n", nil},
		{"version that is no number", "HTTP/x.y 200 OK\r\n\r\n", nil},
		{"header without a colon", "HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n", nil},
		{"header without a name", "HTTP/1.1 200 OK\r\n: 3\r\n\r\n", nil},
		{"length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", nil},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", nil},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nfour", nil},
		{"unknown transfer encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n", nil},
		{"no end of interim answers", strings.Repeat("HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n", 100_000), errHeaderTooLong},
		{"long header", "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+long+"\r\n", 110), errHeaderTooLong},
		{"long line", "HTTP/1.1 200 OK\r\nA: " + strings.Repeat(long, 110), errHeaderTooLong},
		{"long status line", "HTTP/1.1 200 " + strings.Repeat(long, 110), errHeaderTooLong},
		{"long interim answers", strings.Repeat("HTTP/1.1 103 Early Hints\r\nA: "+strings.Repeat(long, 30)+"\r\n\r\n", 4) + answer("1"), errHeaderTooLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				s := listen(t, secure, func(c *peer) {
					if c.n > 1 {
						echo(c)
						return
					}
					c.request()
					c.say(test.answer)
					c.raw.(interface{ CloseWrite() error }).CloseWrite()
					c.gone()
				})
				_, err := s.call(t.Context(), "1")
				if e := failed(t, err); !e.Sent || test.err != nil && e.Err != test.err {
					t.Errorf("%+v", e)
				}
				s.want(t, "next")
				s.connected(t, 2)
			})
		})
	}
}

// TestLongHeader has a header that is just short enough, twice, with a long body, and then
// one that is not.
func TestLongHeader(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\nA: " + strings.Repeat("x", 900<<10) + "\r\n\r\n"
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, func(c *peer) {
			for {
				body, err := c.request()
				if err != nil {
					return
				}
				if body == "longer" {
					c.say("HTTP/1.1 200 OK\r\nA: " + strings.Repeat("x", 1<<20) + "\r\n\r\n")
					return
				}
				c.say(head, strings.Repeat("y", 2_000_000))
			}
		})
		for range 2 {
			resp, err := s.pool.RoundTrip(t.Context(), post("1"))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(resp.Header.Get("A")); n != 900<<10 {
				t.Errorf("%d bytes of header", n)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != 2_000_000 || err != nil {
				t.Error(n, err)
			}
		}
		if _, err := s.call(t.Context(), "longer"); !errors.Is(err, errHeaderTooLong) {
			t.Error(err)
		}
		s.connected(t, 1)
	})
}

// TestSwitchingProtocols has the server do so, which is an answer, and the last one.
func TestSwitchingProtocols(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, func(c *peer) {
			if c.n > 1 {
				echo(c)
				return
			}
			c.request()
			c.say("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
			c.gone()
		})
		resp, err := s.pool.RoundTrip(t.Context(), post("1"))
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); resp.StatusCode != 101 || len(body) != 0 || err != nil {
			t.Errorf("%d, %q, %v", resp.StatusCode, body, err)
		}
		s.want(t, "next")
		s.connected(t, 2)
	})
}
