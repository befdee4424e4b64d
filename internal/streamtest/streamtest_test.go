// Package streamtest_test proves what streams promise through all layers at
// once: a client over vialambda.Transport, the Invoke API over a socket, by
// awslambda.New and by awslambda.FromSDK, and a function behind it.
package streamtest_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
	"github.com/vialambda/vialambda/locallambda"
)

func TestMain(m *testing.M) {
	if os.Getenv(processMode) != "" {
		runFunction()
		return
	}
	goleak.VerifyTestMain(m)
}

const separator = "\x00\x00\x00\x00\x00\x00\x00\x00"

// wire is the Invoke API on a socket, and a way to it.
type wire struct {
	vialambda.Invoker
	conns *atomic.Int64 // open ones, as the server sees them
}

// serve puts functions behind the Invoke API on a socket and returns its address.
// At the test's end all invocations must end, and all connections.
func serve(t testing.TB, functions locallambda.Functions) (url string, conns *atomic.Int64) {
	conns = new(atomic.Int64)
	api := &locallambda.Server{Functions: functions}
	server := httptest.NewUnstartedServer(api)
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of handlers that abort, as they must
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		switch s {
		case http.StateNew:
			conns.Add(1)
		case http.StateClosed, http.StateHijacked:
			conns.Add(-1)
		}
	}
	server.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := api.Close(ctx); err != nil {
			t.Errorf("invocations that do not end: %v", err)
		}
		server.Close()
		if n := conns.Load(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
	return server.URL, conns
}

type static aws.Credentials

func (s static) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials(s), nil }

// client is a Client of one of the constructors for the server at url.
func client(t testing.TB, url string, sdk bool) *awslambda.Client {
	cfg := aws.Config{Region: "us-east-1", Credentials: static{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"}, BaseEndpoint: &url}
	var c *awslambda.Client
	if sdk {
		cfg.HTTPClient = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
		c = awslambda.FromSDK(lambda.NewFromConfig(cfg))
	} else {
		c = awslambda.New(cfg)
	}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// overTheWire runs test with both constructors, each with a server of its own.
func overTheWire(t *testing.T, functions locallambda.Functions, test func(t *testing.T, w wire)) {
	for name, sdk := range map[string]bool{"New": false, "FromSDK": true} {
		t.Run(name, func(t *testing.T) {
			url, conns := serve(t, functions)
			test(t, wire{client(t, url, sdk), conns})
		})
	}
}

// pieces is a streaming function that writes these, each in a message of its own,
// and then ends with err.
func pieces(err error, texts ...string) vialambda.InvokerFunc {
	return func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		r, w := io.Pipe()
		stop := context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		go func() {
			defer stop()
			for _, text := range texts {
				if _, err := io.WriteString(w, text); err != nil {
					return
				}
			}
			w.CloseWithError(err)
		}()
		return &vialambda.Result{Payload: r}, nil
	}
}

// buffered is a function that does not stream.
func buffered(answer string) locallambda.Func {
	return func(context.Context, []byte) ([]byte, error) { return []byte(answer), nil }
}

func transport(invoker vialambda.Invoker, mode vialambda.Mode) *vialambda.Transport {
	return &vialambda.Transport{Invoker: invoker, Mode: mode, Format: vialambda.FunctionURL, Retry: vialambda.Retry{MaxAttempts: 1}}
}

// do sends a request and returns the response with its body unread.
func do(t *testing.T, rt http.RoundTripper, method, url string) *http.Response {
	t.Helper()
	resp, err := send(t.Context(), rt, method, url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

func send(ctx context.Context, rt http.RoundTripper, method, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	return rt.RoundTrip(req)
}

func isFunctionError(err error, typ string) bool {
	e, ok := errors.AsType[*vialambda.FunctionError](err)
	return ok && e.Type == typ
}
