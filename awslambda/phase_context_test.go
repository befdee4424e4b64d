package awslambda_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// TestPhaseContext ends the context in every phase.
func TestPhaseContext(t *testing.T) {
	cause := errors.New("the caller went away")
	for _, test := range []struct {
		name  string
		size  int
		serve func(conn *net.TCPConn, reached, over chan struct{})
		ran   bool
	}{
		{
			name: "in the middle of the request",
			size: large,
			serve: func(conn *net.TCPConn, reached, over chan struct{}) {
				io.CopyN(io.Discard, conn, 1000)
				close(reached)
				<-over
			},
		},
		{
			name: "while the function runs",
			size: 100,
			serve: func(conn *net.TCPConn, reached, over chan struct{}) {
				readRequest(bufio.NewReader(conn))
				close(reached)
				<-over
			},
			ran: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, make_ := range map[string]func(*testing.T, aws.Config) *awslambda.Client{"New": newClient, "FromSDK": fromSDK} {
				t.Run(name, func(t *testing.T) {
					reached, over := make(chan struct{}), make(chan struct{})
					url := cutter(t, func(conn *net.TCPConn, _ int) { test.serve(conn, reached, over) })
					defer close(over)
					ctx, cancel := context.WithCancelCause(t.Context())
					go func() {
						<-reached
						cancel(cause)
					}()
					_, err := make_(t, testConfig(url)).Invoke(ctx, &vialambda.Invocation{Function: "f", Payload: make([]byte, test.size)})
					failed := invokeError(t, err)
					if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || failed.MayHaveRun != test.ran {
						t.Errorf("%+v", failed)
					}
				})
			}
		})
	}
	t.Run("before anything", func(t *testing.T) {
		server := record(t, nil)
		eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
			ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
			defer cancel()
			_, err := client.Invoke(ctx, &vialambda.Invocation{Function: "f"})
			if failed := invokeError(t, err); failed.MayHaveRun || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%+v", failed)
			}
		})
		if n := len(server.all()); n != 0 {
			t.Errorf("%d requests came", n)
		}
	})
	t.Run("while the answer is read", func(t *testing.T) {
		url := cutter(t, func(conn *net.TCPConn, _ int) {
			r := bufio.NewReader(conn)
			readRequest(r)
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
			r.ReadByte() // until the client is gone
		})
		ctx, cancel := context.WithCancelCause(t.Context())
		result, err := newClient(t, testConfig(url)).Invoke(ctx, &vialambda.Invocation{Function: "f"})
		if err != nil {
			t.Fatal(err)
		}
		defer result.Payload.Close()
		buf := make([]byte, 10)
		if _, err := io.ReadFull(result.Payload, buf[:4]); err != nil {
			t.Fatal(err)
		}
		cancel(cause)
		_, err = result.Payload.Read(buf)
		if failed := invokeError(t, err); !failed.MayHaveRun || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
			t.Errorf("%+v", failed)
		}
	})
}

// TestPhaseHTTP2 does over HTTP/2 what TestPhases and TestPhaseContext do.
func TestPhaseHTTP2(t *testing.T) {
	for _, test := range []struct {
		name  string
		size  int
		serve func(w http.ResponseWriter, r *http.Request, reached func())
		ran   bool
	}{
		{
			name: "reset in the middle of the request",
			size: large,
			serve: func(_ http.ResponseWriter, r *http.Request, _ func()) {
				io.CopyN(io.Discard, r.Body, 1000)
				panic(http.ErrAbortHandler)
			},
		},
		{
			name: "reset after the request",
			size: 100,
			serve: func(_ http.ResponseWriter, r *http.Request, _ func()) {
				io.Copy(io.Discard, r.Body)
				panic(http.ErrAbortHandler)
			},
			ran: true,
		},
		{
			name: "context ends in the middle of the request",
			size: large,
			serve: func(_ http.ResponseWriter, r *http.Request, reached func()) {
				io.CopyN(io.Discard, r.Body, 1000)
				reached()
				<-r.Context().Done()
			},
		},
		{
			name: "context ends while the function runs",
			size: 100,
			serve: func(_ http.ResponseWriter, r *http.Request, reached func()) {
				io.Copy(io.Discard, r.Body)
				reached()
				<-r.Context().Done()
			},
			ran: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var calls int
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				if r.ProtoMajor != 2 {
					t.Errorf("%s", r.Proto)
				}
				test.serve(w, r, cancel)
			}))
			server.EnableHTTP2 = true
			server.StartTLS()
			defer server.Close()
			client := newClient(t, overHTTP2(testConfig(server.URL), server))
			_, err := client.Invoke(ctx, &vialambda.Invocation{Function: "f", Payload: make([]byte, test.size)})
			if failed := invokeError(t, err); failed.MayHaveRun != test.ran {
				t.Errorf("%+v", failed)
			}
			client.CloseIdleConnections()
			server.Close()
			if calls != 1 {
				t.Errorf("the call was sent %d times", calls)
			}
		})
	}
}
