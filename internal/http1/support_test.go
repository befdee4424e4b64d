//go:build unix

package http1

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// The tests have a build constraint since on other systems no connection is used twice.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 10 * time.Second // of a test that waits for what must come

// server is what a Pool talks to: it has handle serve each connection.
type server struct {
	pool  *Pool
	conns atomic.Int64
}

// peer is the server's side of a connection, which is closed when handle returns.
type peer struct {
	net.Conn // raw, or TLS over it
	raw      net.Conn
	requests *bufio.Reader
	n        int64 // 1 is the first of the server
}

func listen(t testing.TB, secure bool, handle func(c *peer)) *server {
	t.Helper()
	return listenOn(t, "tcp", "127.0.0.1:0", secure, handle)
}

// listenLocal listens on a socket in the file system: what one side has written, the
// other can read at once.
func listenLocal(t testing.TB, secure bool, handle func(c *peer)) *server {
	t.Helper()
	dir, err := os.MkdirTemp("", "") //nolint:usetesting // t.TempDir's may be longer than such a name can be
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return listenOn(t, "unix", filepath.Join(dir, "s"), secure, handle)
}

func listenOn(t testing.TB, network, addr string, secure bool, handle func(c *peer)) *server {
	t.Helper()
	listener, err := net.Listen(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{pool: &Pool{
		Addr: listener.Addr().String(),
		Dial: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, addr)
		},
		MaxIdle: 10,
	}}
	ours, theirs := certificate()
	if secure {
		s.pool.TLS = theirs
	}
	var mu sync.Mutex
	open := make(map[net.Conn]bool)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			raw, err := listener.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			open[raw] = true
			mu.Unlock()
			c := &peer{Conn: raw, raw: raw, n: s.conns.Add(1)}
			if secure {
				c.Conn = tls.Server(&taken{Conn: raw}, ours)
			}
			c.requests = bufio.NewReader(c)
			running.Go(func() {
				handle(c)
				raw.Close()
				mu.Lock()
				delete(open, raw)
				mu.Unlock()
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		s.pool.CloseIdle()
		mu.Lock()
		for raw := range open {
			raw.Close()
		}
		mu.Unlock()
		running.Wait()
	})
	return s
}

// certificate returns the configurations of a TLS server and of a client that trusts it.
var certificate = sync.OnceValues(func() (ours, theirs *tls.Config) {
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	ours = &tls.Config{Certificates: s.TLS.Certificates, NextProtos: []string{"h2", "http/1.1"}}
	theirs = &tls.Config{RootCAs: roots, ServerName: "example.com", NextProtos: []string{"http/1.1"}}
	return ours, theirs
})

// trusted returns the configuration of a server, to be changed.
func trusted() *tls.Config {
	ours, _ := certificate()
	return ours.Clone()
}

// over has what follows go over TLS.
func (c *peer) over(conn *tls.Conn) {
	c.Conn = conn
	c.requests = bufio.NewReader(conn)
}

// each runs test without TLS and with it.
func each(t *testing.T, test func(t *testing.T, secure bool)) {
	t.Helper()
	t.Run("plain", func(t *testing.T) { test(t, false) })
	t.Run("TLS", func(t *testing.T) { test(t, true) })
}

// request reads a whole request, and returns its body.
func (c *peer) request() (string, error) {
	req, err := http.ReadRequest(c.requests)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(req.Body)
	return string(body), err
}

// say writes the strings one after the other: each is a record of its own under TLS.
func (c *peer) say(ss ...string) {
	for _, s := range ss {
		if _, err := io.WriteString(c, s); err != nil {
			return
		}
	}
}

// gone waits until the other side has closed the connection.
func (c *peer) gone() { io.Copy(io.Discard, c.raw) }

// answer is one with a body, and its first line in the header.
func answer(body string) string {
	id, _, _ := strings.Cut(body, "\r\n")
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Call: %.20s\r\nContent-Length: %d\r\n\r\n%s", id, len(body), body)
}

// echo answers each request with its own body.
func echo(c *peer) {
	for {
		body, err := c.request()
		if err != nil {
			return
		}
		c.say(answer(body))
	}
}

func post(body string) []byte {
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: example.com\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

// call makes a call, and returns the body of the answer.
func (s *server) call(ctx context.Context, body string) (string, error) {
	resp, err := s.pool.RoundTrip(ctx, post(body))
	if err != nil {
		return "", err
	}
	got, err := io.ReadAll(resp.Body)
	return string(got), err
}

// want asserts that a call with body is answered with the same one.
func (s *server) want(t *testing.T, body string) {
	t.Helper()
	if got, err := s.call(t.Context(), body); err != nil || got != body {
		t.Fatalf("%.80q, %v; want %.80q", got, err, body)
	}
}

// connected asserts how many connections the server has seen.
func (s *server) connected(t *testing.T, want int64) {
	t.Helper()
	if got := s.conns.Load(); got != want {
		t.Errorf("%d connections, want %d", got, want)
	}
}

// failed returns the *Error that err must be.
func failed(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := err.(*Error)
	if !ok || e.Err == nil || e.Error() == "" {
		t.Fatalf("%T %v, want an *Error", err, err)
	}
	return e
}

// kept returns the connections that p has idle.
func (p *Pool) kept() []*conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]*conn(nil), p.idle...)
}

func (p *Pool) waiters() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.waiting.Len()
}

// until waits for something to become true.
func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(100 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// receive returns what comes from ch.
func receive[T any](t testing.TB, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing comes")
		panic("unreachable")
	}
}

// arrived waits until c's socket has something to read, be it the end.
func (c *conn) arrived(t testing.TB) {
	t.Helper()
	until(t, "something to read", func() (some bool) {
		err := c.socket.raw.Control(func(fd uintptr) {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			some = n > 0 && err == nil
		})
		return some || err != nil
	})
}

// long is a body that no buffer of the client holds.
var long = strings.Repeat("0123456789", 1000)
