package awslambda_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

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
