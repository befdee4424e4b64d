package faulttest

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda/awslambda"
)

// network has one server, reached over pipes: every byte of HTTP is written and
// read, and time is virtual in a bubble of testing/synctest. The first dials may
// fail.
type network struct {
	conns  chan net.Conn
	closed chan struct{}

	mu    sync.Mutex
	dials int
	fault func(dial int, client, server net.Conn) error // may be nil
}

// serve starts h on a network of its own. With a certificate it speaks TLS.
func serve(t *testing.T, h http.Handler, certificate ...tls.Certificate) *network {
	n := &network{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)} //nolint:gosec // over a pipe
	var l net.Listener = n
	if certificate != nil {
		l = tls.NewListener(n, &tls.Config{Certificates: certificate})
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // returns when closed
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return n
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.closed:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	close(n.closed)
	return nil
}

func (n *network) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	dial, fault := n.dials, n.fault
	n.mu.Unlock()
	client, server := net.Pipe()
	if fault != nil {
		switch err := fault(dial, client, server); {
		case errors.Is(err, errTaken):
			return client, nil
		case err != nil:
			return nil, err
		}
	}
	select {
	case n.conns <- server:
	case <-n.closed:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return client, nil
}

// errTaken is what a fault returns that is the server of a connection itself.
var errTaken = errors.New("taken")

// client is an Invoker that calls the network's server.
func (n *network) client(t *testing.T, change func(*aws.Config)) *awslambda.Client {
	cfg := config("http://lambda.localhost")
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.DialContext = n.dial
		tr.Proxy = nil
	})
	if change != nil {
		change(&cfg)
	}
	c := awslambda.New(cfg)
	t.Cleanup(c.CloseIdleConnections)
	return c
}
