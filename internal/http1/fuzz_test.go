//go:build unix

package http1

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
)

// FuzzAnswer gives the same answer to a Pool and to net/http's transport, which must see
// the same in it.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"",
		"\r\n",
		answer("one"),
		answer("one") + answer("two"),
		answer(long),
		"HTTP/1.1 200 OK\r\n\r\nuntil the end",
		"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nuntil the end",
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\ncut",
		"HTTP/1.1 200\nContent-Length: 3\n\none",
		"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\none",
		"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\none",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n3;x=y\r\none\r\n0\r\nA: b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n3\r\none\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff1\r\n",
		"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + answer("one"),
		"HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\none" + answer("one"),
		"HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"HTTP/1.1 099 Low\r\n\r\n" + answer("one"),
		"HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n",
		"HTTP/2.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n1",
		"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nPragma: no-cache\r\nContent-Length: 1, 1\r\n\r\n1",
		"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n",
		"HTTP/1.1 200 OK\r\nConnection: close, keep-alive\r\nA:\x00\r\n\xff: b\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	log.SetOutput(io.Discard) // net/http's transport says what it thinks of some
	f.Cleanup(func() { log.SetOutput(os.Stderr) })
	var now atomic.Pointer[[]byte]
	s := listenLocal(f, false, func(c *peer) {
		if _, err := c.request(); err == nil {
			c.Write(*now.Load())
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return s.pool.Dial(ctx, "", s.pool.Addr)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 64<<10 {
			t.Skip("limits differ")
		}
		now.Store(&answer)
		ours := &Pool{Addr: s.pool.Addr, Dial: dial, MaxIdle: 1}
		defer ours.CloseIdle()
		got := seen(ours.RoundTrip(t.Context(), post("1")))

		theirs := &http.Transport{DialContext: dial, DisableCompression: true}
		defer theirs.CloseIdleConnections()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://example.com/", strings.NewReader("1"))
		if err != nil {
			t.Fatal(err)
		}
		req.GetBody = nil
		want := seen(theirs.RoundTrip(req))

		if (got.Header == nil) != (want.Header == nil) {
			t.Fatalf("%v, net/http: %v", got.Header, want.Header)
		}
		got.Header, want.Header = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v\nnet/http: %+v", got, want)
		}
	})
}

// sight is what a client sees of an answer.
type sight struct {
	Header   error // why there is none
	Status   int
	Line     string
	Fields   http.Header
	Length   int64
	Encoding []string
	Close    bool
	Trailer  http.Header
	Body     string
	Cut      string // the error in the body
}

func seen(resp *http.Response, err error) sight {
	if err != nil {
		if e, ok := errors.AsType[*Error](err); ok {
			err = e.Err
		}
		return sight{Header: err}
	}
	defer resp.Body.Close()
	s := sight{
		Status:   resp.StatusCode,
		Line:     resp.Proto + " " + resp.Status,
		Fields:   resp.Header,
		Length:   resp.ContentLength,
		Encoding: resp.TransferEncoding,
		Close:    resp.Close,
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return s
	}
	var body bytes.Buffer
	if _, err := io.Copy(&body, resp.Body); err != nil {
		s.Cut = err.Error()
	}
	s.Body, s.Trailer = body.String(), resp.Trailer
	return s
}
