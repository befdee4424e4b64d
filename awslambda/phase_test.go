package awslambda_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// cutter is a server that closes each connection where serve returns.
func cutter(t *testing.T, serve func(conn *net.TCPConn, n int)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var conns sync.WaitGroup
	conns.Go(func() {
		for n := 0; ; n++ {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer conn.Close()
				serve(conn.(*net.TCPConn), n)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		conns.Wait()
	})
	return "http://" + listener.Addr().String()
}

// readRequest reads one whole request.
func readRequest(r *bufio.Reader) error {
	req, err := http.ReadRequest(r)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err
}

// reset makes conn's Close send RST.
func reset(conn *net.TCPConn) { conn.SetLinger(0) }

const large = 8 << 20 // more than the buffers of a loopback connection hold

// TestPhases cuts the connection at every phase of a call, and asserts who may say
// that the function cannot have run. Trap A4: the SDK sends such a call three times.
func TestPhases(t *testing.T) {
	for _, test := range []struct {
		name   string
		serve  func(conn *net.TCPConn, n int)
		size   int
		ran    bool
		unsure bool // it depends on when the client notices; then true is allowed
		conns  int  // how many connections the server must have seen; 0: any
	}{
		{
			name:   "closed before reading",
			serve:  func(conn *net.TCPConn, _ int) { reset(conn) },
			size:   100,
			unsure: true,
		},
		{
			name: "cut in the middle of the request",
			serve: func(conn *net.TCPConn, _ int) {
				io.CopyN(io.Discard, conn, 1000)
				reset(conn)
			},
			size: large,
		},
		{
			name:  "cut after the request, by FIN",
			serve: func(conn *net.TCPConn, _ int) { readRequest(bufio.NewReader(conn)) },
			size:  100, ran: true, conns: 1,
		},
		{
			name: "cut after the request, by RST",
			serve: func(conn *net.TCPConn, _ int) {
				readRequest(bufio.NewReader(conn))
				reset(conn)
			},
			size: 100, ran: true, conns: 1,
		},
		{
			name: "cut after a large request",
			serve: func(conn *net.TCPConn, _ int) {
				readRequest(bufio.NewReader(conn))
				reset(conn)
			},
			size: large, ran: true, conns: 1,
		},
		{
			name: "cut in the answer's header",
			serve: func(conn *net.TCPConn, _ int) {
				readRequest(bufio.NewReader(conn))
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Le")
			},
			size: 100, ran: true, conns: 1,
		},
		{
			name: "not HTTP",
			serve: func(conn *net.TCPConn, _ int) {
				readRequest(bufio.NewReader(conn))
				io.WriteString(conn, "220 mail.example ESMTP\r\n")
			},
			size: 100, ran: true, conns: 1,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for name, make := range map[string]func(*testing.T, aws.Config) *awslambda.Client{"New": newClient, "FromSDK": fromSDK} {
				t.Run(name, func(t *testing.T) {
					var mu sync.Mutex
					conns := 0
					url := cutter(t, func(conn *net.TCPConn, n int) {
						mu.Lock()
						conns = n + 1
						mu.Unlock()
						test.serve(conn, n)
					})
					client := make(t, testConfig(url))
					_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte(strings.Repeat("x", test.size))})
					failed := invokeError(t, err)
					if failed.MayHaveRun != test.ran && !(test.unsure && failed.MayHaveRun) {
						t.Errorf("MayHaveRun = %v: %v", failed.MayHaveRun, err)
					}
					if failed.Code != "" || failed.Status != 0 || strings.Contains(err.Error(), "/functions/") {
						t.Errorf("%+v: %v", failed, err)
					}
					mu.Lock()
					defer mu.Unlock()
					if test.conns != 0 && conns != test.conns {
						t.Errorf("the call was sent %d times", conns)
					}
				})
			}
		})
	}
}

func TestPhaseNoConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	eachClient(t, testConfig("http://"+listener.Addr().String()), func(t *testing.T, client *awslambda.Client) {
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
		failed := invokeError(t, err)
		if failed.MayHaveRun || !strings.Contains(err.Error(), "nothing listens there") {
			t.Errorf("%+v", failed)
		}
		if op, ok := errors.AsType[*net.OpError](err); !ok || op.Op != "dial" {
			t.Errorf("no dial error in %v", err)
		}
	})
}

// TestPhaseMidAnswer cuts a buffered answer: Invoke has succeeded, Read fails.
func TestPhaseMidAnswer(t *testing.T) {
	for name, head := range map[string]string{
		"with a length": "Content-Length: 1000\r\n\r\n{\"half\":",
		"chunked":       "Transfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			url := cutter(t, func(conn *net.TCPConn, _ int) {
				readRequest(bufio.NewReader(conn))
				io.WriteString(conn, "HTTP/1.1 200 OK\r\nX-Amzn-RequestId: id\r\n"+head)
			})
			check := func(t *testing.T, err error) {
				t.Helper()
				failed := invokeError(t, err)
				if !failed.MayHaveRun || failed.RequestID != "id" || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%+v", failed)
				}
			}
			t.Run("New", func(t *testing.T) {
				result, err := newClient(t, testConfig(url)).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				if err != nil {
					t.Fatal(err)
				}
				defer result.Payload.Close()
				payload, err := io.ReadAll(result.Payload)
				check(t, err)
				if string(payload) != `{"half":` {
					t.Errorf("payload %q", payload)
				}
			})
			t.Run("FromSDK", func(t *testing.T) {
				_, err := fromSDK(t, testConfig(url)).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				check(t, err)
			})
		})
	}
}

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
			client := newClient(t, trusting(testConfig(server.URL), server))
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
