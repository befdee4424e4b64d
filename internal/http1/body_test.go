//go:build unix

package http1

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

// half is an answer of which the server sends half a body until goOn is closed.
func half(t *testing.T, secure bool, goOn <-chan bool) (s *server, body io.ReadCloser, gone <-chan bool) {
	t.Helper()
	left := make(chan bool, 1)
	s = listen(t, secure, func(c *peer) {
		if c.n > 1 {
			echo(c)
			return
		}
		c.request()
		c.say("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf")
		if goOn != nil {
			<-goOn
			c.say("half")
		}
		echo(c)
		c.gone()
		left <- true
	})
	resp, err := s.pool.RoundTrip(t.Context(), post("1"))
	if err != nil {
		t.Fatal(err)
	}
	return s, resp.Body, left
}

func TestBodyClose(t *testing.T) {
	for _, n := range []int{0, 2, 4} {
		each(t, func(t *testing.T, secure bool) {
			s, body, gone := half(t, secure, nil)
			if _, err := io.ReadFull(body, make([]byte, n)); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := body.Close(); err != nil {
					t.Error(err)
				}
			}
			for range 2 {
				if n, err := body.Read(make([]byte, 10)); n != 0 || err != http.ErrBodyReadAfterClose {
					t.Errorf("%d, %v", n, err)
				}
			}
			receive(t, gone)
			s.want(t, "next")
			s.connected(t, 2)
		})
	}
}

// TestBodyCloseUnderRead closes a body from another goroutine than the one that reads it.
func TestBodyCloseUnderRead(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s, body, gone := half(t, secure, nil)
		if _, err := io.ReadFull(body, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		begun := make(chan bool)
		done := make(chan error, 1)
		go func() {
			close(begun)
			_, err := body.Read(make([]byte, 10))
			done <- err
		}()
		<-begun
		body.Close()
		if err := receive(t, done); err != http.ErrBodyReadAfterClose {
			t.Error(err)
		}
		receive(t, gone)
		s.want(t, "next")
		s.connected(t, 2)
	})
}

// TestBodyCloseAtEnd closes bodies in the moment in which they are read to their ends:
// whoever comes first, the next call gets its own answer.
func TestBodyCloseAtEnd(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, echo)
		for range 100 {
			resp, err := s.pool.RoundTrip(t.Context(), post("1"))
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan bool)
			go func() {
				defer close(done)
				resp.Body.Close()
			}()
			if got, err := io.ReadAll(resp.Body); err == nil && string(got) != "1" {
				t.Errorf("%q", got)
			}
			<-done
			s.want(t, "next")
		}
	})
}

func TestBodyCloseAfterEnd(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, echo)
		resp, err := s.pool.RoundTrip(t.Context(), post("1"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(resp.Body); string(got) != "1" || err != nil {
			t.Fatal(got, err)
		}
		other, err := s.pool.RoundTrip(t.Context(), post("2")) // has the connection now
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if n, err := resp.Body.Read(make([]byte, 10)); n != 0 || err != io.EOF {
				t.Errorf("%d, %v", n, err)
			}
		}
		if got, err := io.ReadAll(other.Body); string(got) != "2" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		s.want(t, "3")
		s.connected(t, 1)
	})
}

func TestBodyReads(t *testing.T) {
	for name, read := range map[string]func(r io.Reader) ([]byte, error){
		"all":          io.ReadAll,
		"byte by byte": func(r io.Reader) ([]byte, error) { return io.ReadAll(iotest.OneByteReader(r)) },
		"into exactly as much": func(r io.Reader) ([]byte, error) {
			p := make([]byte, len(long))
			_, err := io.ReadFull(r, p) // which does not ask for the end
			return p, err
		},
		"with nothing between": func(r io.Reader) ([]byte, error) {
			var all bytes.Buffer
			for {
				if n, err := r.Read(nil); n != 0 || err != nil {
					return all.Bytes(), err
				}
				switch _, err := io.CopyN(&all, r, 99); err {
				case nil:
				case io.EOF:
					return all.Bytes(), nil
				default:
					return nil, err
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, secure bool) {
				s := listen(t, secure, echo)
				for range 3 {
					resp, err := s.pool.RoundTrip(t.Context(), post(long))
					if err != nil {
						t.Fatal(err)
					}
					got, err := read(resp.Body)
					if string(got) != long || err != nil {
						t.Fatalf("%d bytes, %v", len(got), err)
					}
				}
				s.connected(t, 1)
			})
		})
	}
}

// TestBodyWhileSent reads a body of which the rest comes later.
func TestBodyWhileSent(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		goOn := make(chan bool)
		s, body, _ := half(t, secure, goOn)
		p := make([]byte, 4)
		if _, err := io.ReadFull(body, p); err != nil || string(p) != "half" {
			t.Fatal(string(p), err)
		}
		close(goOn)
		if rest, err := io.ReadAll(body); err != nil || string(rest) != "half" {
			t.Error(rest, err)
		}
		s.want(t, "next")
		s.connected(t, 1)
	})
}
