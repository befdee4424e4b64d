package locallambda

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/vialambda/vialambda/internal/webguard"
)

const (
	runtimePath = "/2018-06-01/runtime"

	// maxRuntimeHeader bounds the header of a runtime's request, in bytes: the
	// X-Ray cause of an error may be 1 MiB of it.
	maxRuntimeHeader = 4 << 20
)

// runtimeAPI is the Lambda Runtime API
// (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html) of one worker,
// on a loopback port of its own: runtimes take AWS_LAMBDA_RUNTIME_API for host
// and port and nothing else, so that is what tells workers apart.
//
// A runtime waits for work as long as there is none: the server has no timeouts.
// A process that ends closes its connections.
type runtimeAPI struct {
	listener net.Listener
	server   *http.Server
	served   chan struct{} // closed when the listener is

	mu      sync.Mutex
	open    int           // connections
	last    string        // the client address of the one that drain opens
	drained chan struct{} // closed when that one and all others have been closed
}

func newRuntimeAPI() (*runtimeAPI, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // it does not wait for anything
	if err != nil {
		return nil, err
	}
	return &runtimeAPI{listener: listener, served: make(chan struct{}), drained: make(chan struct{})}, nil
}

// address is host and port.
func (a *runtimeAPI) address() string { return a.listener.Addr().String() }

// serve answers w's runtime until close.
func (a *runtimeAPI) serve(w *worker) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+runtimePath+"/invocation/next", w.serveNext)
	mux.HandleFunc("POST "+runtimePath+"/invocation/{id}/response", w.serveResponse)
	mux.HandleFunc("POST "+runtimePath+"/invocation/{id}/error", w.serveError)
	mux.HandleFunc("POST "+runtimePath+"/init/error", w.serveInitError)
	mux.HandleFunc("GET /2018-06-01/ping", func(rw http.ResponseWriter, _ *http.Request) {
		io.WriteString(rw, "pong") //nolint:errcheck // the runtime's loss
	})
	w.handleExtensions(mux)

	a.server = &http.Server{
		Handler:        guarded(mux),
		MaxHeaderBytes: maxRuntimeHeader,
		ErrorLog:       log.New(io.Discard, "", 0),
		ConnState:      a.count,
	}
	go func() {
		defer close(a.served)
		a.server.Serve(a.listener) //nolint:errcheck // it ends when it is closed
	}()
}

// guarded keeps web pages out. No runtime sends the headers that browsers do.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if status, reason := (webguard.Guard{}).Check(r); status != 0 {
			http.Error(rw, reason, status)
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func (a *runtimeAPI) count(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		a.mu.Lock()
		a.open++
		a.mu.Unlock()
	case http.StateClosed:
		a.closed(conn)
	}
}

// closed counts one connection less.
func (a *runtimeAPI) closed(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	if a.last == conn.RemoteAddr().String() {
		a.last = "closed"
	}
	if a.open == 0 && a.last == "closed" {
		a.last = ""
		close(a.drained)
	}
}

// drain waits until everything has been read that a process sent before it
// ended: its connections are at their end then, and closed. The last of them may
// not have been accepted yet, but will be before one that is opened now.
//
// Should a descendant have inherited a connection, it is closed after a while,
// unless stalled says that a handler waits for somebody else.
func (a *runtimeAPI) drain(stalled func() bool) {
	conn, err := net.Dial("tcp4", a.address()) //nolint:noctx // it does not wait: the listener is ours
	if err != nil {
		return // no port is left to open one from: let the process's own end do
	}
	a.mu.Lock()
	a.last = conn.LocalAddr().String()
	a.mu.Unlock()
	conn.Close()
	for {
		select {
		case <-a.drained:
			return
		case <-time.After(time.Second):
			if !stalled() {
				return
			}
		}
	}
}

// close closes the listener and every connection. It may be called without
// serve before it.
func (a *runtimeAPI) close() {
	if a.server == nil {
		a.listener.Close()
		return
	}
	a.server.Close()
	<-a.served
}

// serveNext hands out the next event, whenever there is one.
func (w *worker) serveNext(rw http.ResponseWriter, r *http.Request) {
	inv, left, ok := w.arrive()
	if left != nil && left.tail != nil {
		w.output.end(left.tail, peakMemory(w.cmd.Process.Pid))
	}
	if !ok {
		w.turnAway(rw, r)
		return
	}
	if inv == nil {
		if inv = w.park(r.Context()); inv == nil {
			return // the runtime has gone away
		}
	}
	if inv.tail != nil {
		w.output.begin(inv.tail)
	}
	h := rw.Header()
	// Runtimes decode JSON only if this is exactly so, whatever the caller sent.
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(inv.in.Payload)))
	h.Set("Lambda-Runtime-Aws-Request-Id", inv.call.RequestID)
	h.Set("Lambda-Runtime-Invocation-Id", inv.attempt)
	h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(inv.deadline.UnixMilli(), 10))
	h.Set("Lambda-Runtime-Invoked-Function-Arn", inv.call.ARN)
	h.Set("Lambda-Runtime-Trace-Id", inv.trace())
	if inv.client != "" {
		h.Set("Lambda-Runtime-Client-Context", inv.client)
	}
	if inv.in.TenantID != "" {
		h.Set("Lambda-Runtime-Aws-Tenant-Id", inv.in.TenantID)
	}
	rw.Write(inv.in.Payload) //nolint:errcheck // a runtime that asks again gets it again
}

// turnAway gives no event to a process that is to end: one that has reported that
// it cannot start is told so, as on Lambda; the others wait for their signal.
func (w *worker) turnAway(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	unfit := w.unfit
	w.mu.Unlock()
	if unfit {
		invalidTransition(stopping, "Ready").write(rw)
		return
	}
	<-r.Context().Done()
}

const (
	invocationIDHeader = "Lambda-Runtime-Invocation-Id"
	errorTypeHeader    = "Lambda-Runtime-Function-Error-Type"
	errorBodyHeader    = "Lambda-Runtime-Function-Error-Body"
	responseModeHeader = "Lambda-Runtime-Function-Response-Mode"
)

// trace is the X-Ray header of the invocation: the caller's, or a new one that is
// not sampled.
func (inv *invocation) trace() string {
	if inv.in.TraceHeader != "" {
		return inv.in.TraceHeader
	}
	id := newUUID() + newUUID()
	return fmt.Sprintf("Root=1-%08x-%s%s%s%s;Parent=%s%s;Sampled=0",
		inv.call.Start.Unix(), id[0:8], id[9:13], id[24:32], id[32:36], id[36:44], id[60:68])
}
