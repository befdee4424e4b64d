package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// TestTrapD4: a stream arrives as it is written, and one that fails breaks the
// client's connection.
func TestTrapD4Streams(t *testing.T) {
	next := make(chan string)
	f := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for text := range next {
			if text == "fail" {
				panic("broken")
			}
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
	}))
	records := make(chan gateway.Record, 2)
	gw := mustNew(t, single(f, func(c *gateway.Config, target *gateway.Target) {
		target.Mode = vialambda.Stream
		c.Observe = func(r *gateway.Record) { records <- *r }
	}))
	server := serveWire(t, gw)
	for _, fails := range []bool{false, true} {
		got := make(chan *http.Response, 1)
		go func() {
			resp, err := http.Get(server.URL)
			if err != nil {
				t.Error(err)
			}
			got <- resp
		}()
		next <- "data: 1\n\n"
		resp := <-got
		reader := bufio.NewReader(resp.Body)
		if line, err := reader.ReadString('\n'); line != "data: 1\n" || err != nil {
			t.Fatalf("%q %v", line, err)
		}
		if fails {
			next <- "fail"
		} else {
			close(next)
		}
		_, err := io.ReadAll(reader)
		resp.Body.Close()
		if fails != (err != nil) {
			t.Errorf("fails %t: the client sees %v", fails, err)
		}
		if r := <-records; r.Aborted != fails || (r.Err != nil) != fails || r.Status != 200 {
			t.Errorf("fails %t: %+v", fails, r)
		}
		next = make(chan string)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestTrapD4BrokenStreamOverHTTP2: there the stream is reset, and the connection
// serves others.
func TestTrapD4BrokenStreamOverHTTP2(t *testing.T) {
	f := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/broken" {
			panic("broken")
		}
	}))
	gw := mustNew(t, single(f, func(_ *gateway.Config, target *gateway.Target) { target.Mode = vialambda.Stream }))
	server := httptest.NewUnstartedServer(gw)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, path := range []string{"/broken", "/whole"} {
		resp, err := server.Client().Get(server.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.ProtoMajor != 2 || string(body) != "half" || (err != nil) != (path == "/broken") {
			t.Errorf("%s: %s, %q, %v", path, resp.Proto, body, err)
		}
	}
}

// TestSlowReader: a client that takes nothing of an answer for WriteTimeout loses
// its connection; the function's stream is ended, and the record says why.
func TestSlowReader(t *testing.T) {
	ended := make(chan struct{})
	f := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		block := []byte(strings.Repeat("x", 1<<20))
		for {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}))
	records := make(chan gateway.Record, 1)
	gw := mustNew(t, single(f, func(c *gateway.Config, target *gateway.Target) {
		target.Mode, c.WriteTimeout = vialambda.Stream, 100*time.Millisecond
		c.Observe = func(r *gateway.Record) { records <- *r }
	}))
	server := serveWire(t, gw)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	r := <-records
	<-ended
	if r.Status != 200 || !r.ClientGone || !r.Aborted || !r.MayRun || r.SentBytes == 0 {
		t.Errorf("%+v", r)
	}
	if n := gw.BytesInFlight(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
}

// TestLogTailOfAStream: it is there at the stream's end, and tells cold starts.
func TestLogTailOfAStream(t *testing.T) {
	f := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		res := new(vialambda.Result)
		text := strings.NewReader("streamed")
		res.Payload = io.NopCloser(readerFunc(func(p []byte) (int, error) {
			n, err := text.Read(p)
			if err != nil {
				res.LogTail = []byte("REPORT RequestId: r\tDuration: 1.00 ms\tInit Duration: 100.00 ms\t\n")
			}
			return n, err
		}))
		return res, nil
	})
	cold := false
	gw := mustNew(t, single(f, func(c *gateway.Config, target *gateway.Target) {
		target.Mode, target.LogTail = vialambda.Stream, true
		c.Observe = func(r *gateway.Record) {
			report, ok := r.Info.Report()
			cold = ok && report.Cold()
		}
	}))
	if w := do(gw, "GET", "/"); w.Code != 200 || w.Body.String() != "streamed" || !cold {
		t.Errorf("%d %q, cold %t", w.Code, w.Body, cold)
	}
}
