package awslambda_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda"
)

// TestIdleConnectionClosed closes idle connections under POSTs. What the caller gets
// is an answer, over another connection, or, if the request had been handed over in
// the moment in which the other side closed, an error that says that it may have
// run. In no case is a call executed twice, or an answer lost.
func TestIdleConnectionClosed(t *testing.T) {
	const rounds = 300
	executed := make(chan struct{}, 2*rounds)
	url := cutter(t, func(conn *net.TCPConn, _ int) {
		r := bufio.NewReader(conn)
		if readRequest(r) == nil {
			executed <- struct{}{}
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
		}
		// and closed, though it said nothing of that
	})
	client := newClient(t, testConfig(url))
	answered, unsure := 0, 0
	for range rounds {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
		if err != nil {
			if failed := invokeError(t, err); !failed.MayHaveRun {
				t.Fatalf("%+v", failed)
			}
			unsure++
			continue
		}
		if got := string(read(t, result)); got != "{}" {
			t.Fatalf("%q", got)
		}
		answered++
	}
	if n := len(executed); n < answered || n > rounds || answered == 0 {
		t.Errorf("%d rounds: %d executed, %d answered, %d unsure", rounds, n, answered, unsure)
	}
	t.Logf("%d answered, %d may have run", answered, unsure)
}

// TestIdleConnectionDead has a pool whose connections all are dead and known to be:
// the next call takes a new one.
func TestIdleConnectionDead(t *testing.T) {
	var mu sync.Mutex
	var conns []net.Conn
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			mu.Lock()
			conns = append(conns, conn)
			mu.Unlock()
		}
	}
	server.Start()
	defer server.Close()
	closed := make(chan struct{}, 10)
	cfg := testConfig(server.URL)
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		dial := tr.DialContext
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return &noisyConn{conn, closed}, nil
		}
	})
	client := newClient(t, cfg)
	for range 3 {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		read(t, result)
		mu.Lock()
		conns[len(conns)-1].Close()
		mu.Unlock()
		<-closed // the pool has noticed
	}
	mu.Lock()
	defer mu.Unlock()
	if len(conns) != 3 {
		t.Errorf("%d connections", len(conns))
	}
}

// noisyConn tells when it is closed.
type noisyConn struct {
	net.Conn
	closed chan<- struct{}
}

func (c *noisyConn) Close() error {
	c.closed <- struct{}{}
	return c.Conn.Close()
}

// TestIdleConnectionBroken has the pool's connection break at the first byte of the
// next request. Of a request of which nothing was written, another is a first one.
func TestIdleConnectionBroken(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	var broken atomic.Bool
	var dialed atomic.Int64
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		dial := tr.DialContext
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			dialed.Add(1)
			return &brittleConn{conn, &broken}, nil
		}
	})
	client := newClient(t, cfg)
	for i := range 4 {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("[1]")})
		if err != nil {
			t.Fatal(err)
		}
		read(t, result)
		broken.Store(i > 0) // for one write; only after the first is it known that net/http must have these connections
	}
	if n := len(server.all()); n != 4 || dialed.Load() != 4 {
		t.Errorf("%d requests over %d connections", n, dialed.Load())
	}
	if got := string(server.last(t).body); got != "[1]" {
		t.Errorf("the last was %q", got)
	}
}

// brittleConn fails one write.
type brittleConn struct {
	net.Conn
	broken *atomic.Bool
}

func (c *brittleConn) Write(b []byte) (int, error) {
	if c.broken.CompareAndSwap(true, false) {
		return 0, &net.OpError{Op: "write", Err: errors.New("broken pipe")}
	}
	return c.Conn.Write(b)
}
