//go:build unix

package http1

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestDesync has a server that says more on its first connection than it was asked for.
// Nobody may take that for the answer to the next request.
func TestDesync(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
	evil := answer("evil")
	for _, test := range []struct {
		name   string
		answer []string // to the first request, in as many records
		body   string   // of it; "": "one"
		later  []string // after the client has read it
		end    bool     // and then the server closes
	}{
		{name: "second answer in one record", answer: []string{head + "one" + evil}},
		{name: "second answer in a second record", answer: []string{head + "one", evil}},
		{name: "second answer behind a separate header", answer: []string{head, "one" + evil}},
		{name: "second answer behind a long body", answer: []string{answer(long), evil}, body: long},
		{name: "second answer in a record with a long body", answer: []string{answer(long)[:len(answer(long))-len(long)], long + evil}, body: long},
		{name: "body longer than it says", answer: []string{head + "one more"}},
		{name: "body longer than it says, in a second record", answer: []string{head + "one", " more"}},
		{name: "body longer by an empty line", answer: []string{head + "one\r\n"}},
		{name: "body of an answer without one", answer: []string{"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}, body: "none"},
		{name: "body of an answer without one, in a second record", answer: []string{"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", "one"}, body: "none"},
		{name: "more behind the last chunk", answer: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n" + evil}},
		{name: "more behind the trailers", answer: []string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\nA: b\r\n\r\n", evil}},
		{name: "second answer later", answer: []string{head + "one"}, later: []string{evil}},
		{name: "two more answers later", answer: []string{head + "one"}, later: []string{evil, evil}},
		{name: "interim answer later", answer: []string{head + "one"}, later: []string{"HTTP/1.1 100 Continue\r\n\r\n"}},
		{name: "one byte later", answer: []string{head + "one"}, later: []string{"\n"}},
		{name: "request timeout", answer: []string{head + "one"}, later: []string{"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}, end: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				read, said, ended := make(chan bool), make(chan bool), make(chan error, 1)
				s := listenLocal(t, secure, func(c *peer) {
					if c.n > 1 {
						echo(c)
						return
					}
					c.request()
					c.say(test.answer...)
					<-read
					c.say(test.later...)
					if test.end {
						c.raw.Close()
					}
					close(said)
					if !test.end {
						_, err := c.request()
						ended <- err
					}
				})
				want := test.body
				if want == "" {
					want = "one"
				}
				resp, err := s.pool.RoundTrip(t.Context(), post("1"))
				if err != nil {
					t.Fatal(err)
				}
				body := make([]byte, 2*len(long)) // which is read past any buffer
				n, err := io.ReadFull(resp.Body, body)
				if want == "none" {
					want = ""
				}
				if got := string(body[:n]); got != want || err != io.ErrUnexpectedEOF && err != io.EOF {
					t.Fatalf("%q, %v", got, err)
				}
				close(read)
				receive(t, said)
				s.want(t, "two")
				s.want(t, "three")
				s.connected(t, 2)
				if !test.end {
					if err := receive(t, ended); err == nil {
						t.Error("the connection has had a second request")
					}
				}
			})
		})
	}
}

// TestDesyncHalfRecord has an unasked answer whose TLS record arrives in two parts, one
// before the next request and one after it.
func TestDesyncHalfRecord(t *testing.T) {
	next := make(chan bool)
	half := make(chan bool)
	s := listenLocal(t, true, func(c *peer) {
		if c.n > 1 {
			echo(c)
			return
		}
		c.request()
		c.say(answer("one"))
		<-next
		record := recordOf(t, c, answer("evil"))
		c.raw.Write(record[:20])
		close(half)
		if _, err := c.request(); err == nil {
			c.raw.Write(record[20:])
			c.gone()
		}
	})
	if got, err := s.call(t.Context(), "1"); got != "one" || err != nil {
		t.Fatal(got, err)
	}
	close(next)
	receive(t, half)
	s.want(t, "two")
}

// recordOf returns the TLS record with s that c would write next.
func recordOf(t *testing.T, c *peer, s string) []byte {
	t.Helper()
	over, ok := c.Conn.(*tls.Conn)
	if !ok {
		t.Error("no TLS")
		return nil
	}
	raw, ok := over.NetConn().(*taken)
	if !ok {
		t.Error("TLS over the socket itself")
		return nil
	}
	raw.take = true
	c.say(s)
	raw.take = false
	return raw.bytes
}

// taken is a server's side of a connection whose bytes can be taken, and sent otherwise.
type taken struct {
	net.Conn
	take  bool
	bytes []byte
}

func (c *taken) Write(p []byte) (int, error) {
	if !c.take {
		return c.Conn.Write(p)
	}
	c.bytes = append(c.bytes, p...)
	return len(p), nil
}

// TestDesyncUnread closes a body before its end: what is left of it is no answer.
func TestDesyncUnread(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listenLocal(t, secure, func(c *peer) {
			for {
				body, err := c.request()
				if err != nil {
					return
				}
				if body == "evil" {
					body = strings.Repeat(answer("evil"), 100)
				}
				c.say(answer(body))
			}
		})
		for _, n := range []int64{0, 1, int64(len(answer("evil")))} {
			resp, err := s.pool.RoundTrip(t.Context(), post("evil"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.CopyN(io.Discard, resp.Body, n); err != nil {
				t.Fatal(err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if _, err := resp.Body.Read(make([]byte, 1)); err != http.ErrBodyReadAfterClose {
				t.Error(err)
			}
			s.want(t, "own")
		}
		s.connected(t, 4) // the last of own is used for the next evil
	})
}
