package faulttest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// TestRetryNoConnection: what cannot be connected to, or is cut while it still
// writes, has not run, so a POST goes again; what will never connect does not.
func TestRetryNoConnection(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}
	for _, tt := range []struct {
		name  string
		fault func(dial int, client, server net.Conn) error
		dials int
		want  counts
	}{
		{"refused twice", func(dial int, _, _ net.Conn) error {
			if dial <= 2 {
				return refused
			}
			return nil
		}, 3, counts{1, 1}},
		{"refused always", func(int, net.Conn, net.Conn) error { return refused }, 3, counts{0, 0}},
		{"cut in the request", func(dial int, _, server net.Conn) error {
			if dial == 1 {
				go func() {
					_, _ = io.CopyN(io.Discard, server, 1000)
					server.Close()
				}()
				return errTaken
			}
			return nil
		}, 2, counts{1, 1}},
		{"no such host", func(int, net.Conn, net.Conn) error { return &net.DNSError{Name: "x", IsNotFound: true} }, 1, counts{0, 0}},
		{"E6 certificate", func(int, net.Conn, net.Conn) error {
			return &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}, 1, counts{0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				lambda := newCounted(answers(fine))
				n := serve(t, lambda.server())
				n.fault = tt.fault
				_, err := send(t, &vialambda.Transport{Invoker: n.client(t, nil)}, "POST", nil)
				if (err == nil) != (tt.want.ran == 1) || n.dials != tt.dials {
					t.Errorf("%v after %d dials", err, n.dials)
				}
				if err != nil && asInvokeError(t, err).MayHaveRun {
					t.Errorf("%+v", err)
				}
				lambda.check(t, tt.want)
			})
		})
	}
}

// TestTrapE6CertificateIsNotRetried has a real handshake fail.
func TestTrapE6CertificateIsNotRetried(t *testing.T) {
	stranger := httptest.NewUnstartedServer(nil)
	stranger.StartTLS()
	defer stranger.Close()
	synctest.Test(t, func(t *testing.T) {
		lambda := newCounted(answers(fine))
		n := serve(t, lambda.server(), stranger.TLS.Certificates...)
		client := n.client(t, func(cfg *aws.Config) { cfg.BaseEndpoint = aws.String("https://lambda.localhost") })
		_, err := send(t, &vialambda.Transport{Invoker: client}, "GET", nil)
		if _, ok := errors.AsType[*tls.CertificateVerificationError](err); !ok || n.dials != 1 {
			t.Errorf("%v after %d dials", err, n.dials)
		}
		lambda.check(t, counts{0, 0})
	})
}
