// Package stub is a Lambda endpoint that is as quick as it can be made without
// ceasing to be one: answers are prepared beforehand, signatures are not
// verified, events are read and dropped. What is left is what the client costs.
//
// It counts what clients do to it: connections, TLS handshakes, calls.
package stub

import (
	"crypto/tls"
	"encoding/json"
	"log"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda/internal/bench/usage"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// Stub is a running endpoint. It speaks HTTP/1.1.
type Stub struct {
	// URL is the Lambda endpoint, Control the address of Stats and of what else
	// only the harness asks for. Control's traffic is not counted.
	URL, Control string
	// CA is what a TLS client must trust, in PEM; empty without TLS.
	CA string

	answers map[string]answer
	gate    gate
	servers []*http.Server
	done    sync.WaitGroup

	connections, handshakes, open, calls, ids atomic.Int64
}

// Stats is what a Stub has counted since it was started.
type Stats struct {
	Connections int64         // TCP connections accepted
	Handshakes  int64         // TLS handshakes completed
	Open        int64         // connections open now
	Calls       int64         // invocations whose event was read
	Waiting     int64         // calls of Hold and of barriers that wait now
	CPU         time.Duration // user and system, of this process
}

// Start starts a Stub on two ports of 127.0.0.1 that the kernel chooses.
func Start(useTLS bool) (*Stub, error) {
	s := &Stub{answers: make(map[string]answer)}
	for _, c := range workload.Cases() {
		s.answers[c.Name] = prepare(c)
	}
	small := s.answers[workload.Small]
	s.answers[workload.Hold] = small

	lambda, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it takes no time
	if err != nil {
		return nil, err
	}
	control, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // as above
	if err != nil {
		lambda.Close()
		return nil, err
	}
	s.URL = "http://" + lambda.Addr().String()
	s.Control = "http://" + control.Addr().String()
	var config *tls.Config
	if useTLS {
		s.URL = "https://" + lambda.Addr().String()
		if config, s.CA, err = s.tlsConfig(); err != nil {
			lambda.Close()
			control.Close()
			return nil, err
		}
	}

	s.serve(lambda, s.lambda(), config, s.count)
	s.serve(control, s.control(), nil, nil)
	return s, nil
}

// Close stops s and waits until it has stopped. Calls that wait are cut off.
func (s *Stub) Close() {
	for _, server := range s.servers {
		server.Close()
	}
	s.done.Wait()
}

// Stats returns what s has counted.
func (s *Stub) Stats() Stats {
	return Stats{
		Connections: s.connections.Load(),
		Handshakes:  s.handshakes.Load(),
		Open:        s.open.Load(),
		Calls:       s.calls.Load(),
		Waiting:     s.gate.waiting(),
		CPU:         usage.CPU(),
	}
}

func (s *Stub) serve(listener net.Listener, handler http.Handler, config *tls.Config, state func(net.Conn, http.ConnState)) {
	server := &http.Server{
		Handler:           handler,
		TLSConfig:         config,
		ConnState:         state,
		ReadHeaderTimeout: 10 * time.Minute,          // a client that dials thousands at once is slow to speak
		ErrorLog:          log.New(discard{}, "", 0), // clients that are stopped cut connections
		Protocols:         new(http.Protocols),
	}
	server.Protocols.SetHTTP1(true)
	s.servers = append(s.servers, server)
	s.done.Go(func() {
		if config != nil {
			server.ServeTLS(listener, "", "") //nolint:errcheck // ErrServerClosed
		} else {
			server.Serve(listener) //nolint:errcheck // ErrServerClosed
		}
	})
}

func (s *Stub) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		s.connections.Add(1)
		s.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		s.open.Add(-1)
	}
}

// control serves GET /stats, and POST /release, which lets all calls go that
// wait for a Hold.
func (s *Stub) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(s.Stats()) //nolint:errcheck // the harness sees it
	})
	mux.HandleFunc("POST /release", func(w http.ResponseWriter, _ *http.Request) {
		s.gate.release()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
