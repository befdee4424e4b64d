package awslambda_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

func itoa(n int) string { return strconv.Itoa(n) }

// static are credentials that never change.
type static aws.Credentials

func (s static) Retrieve(context.Context) (aws.Credentials, error) { return aws.Credentials(s), nil }

var testCredentials = static{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}

// testConfig is a configuration for a server at url.
func testConfig(url string) aws.Config {
	return aws.Config{Region: "us-east-1", Credentials: testCredentials, BaseEndpoint: aws.String(url)}
}

// eachClient runs test with a Client of either constructor.
func eachClient(t *testing.T, cfg aws.Config, test func(t *testing.T, client *awslambda.Client)) {
	t.Run("New", func(t *testing.T) { test(t, newClient(t, cfg)) })
	if cfg.HTTPClient == nil {
		t.Run("New over net/http", func(t *testing.T) {
			over := cfg
			over.HTTPClient = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
			test(t, newClient(t, over))
		})
	}
	t.Run("FromSDK", func(t *testing.T) { test(t, fromSDK(t, cfg)) })
}

func newClient(t *testing.T, cfg aws.Config) *awslambda.Client {
	client := awslambda.New(cfg)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// fromSDK returns a Client of FromSDK whose connections can be closed: those of the
// SDK's own HTTP client cannot.
func fromSDK(t *testing.T, cfg aws.Config) *awslambda.Client {
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}
	}
	client := awslambda.FromSDK(lambda.NewFromConfig(cfg))
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// request is what a server got.
type request struct {
	*http.Request
	body []byte
}

// recorder is a server that keeps what it gets and answers as it is told.
type recorder struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

// record starts a server. handler may be nil: an empty JSON object then.
func record(t *testing.T, handler http.HandlerFunc) *recorder {
	r := new(recorder)
	r.Server = httptest.NewServer(r.wrap(handler))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) wrap(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return // cut off
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.requests = append(r.requests, request{req.Clone(context.Background()), body})
		r.mu.Unlock()
		if handler != nil {
			handler(w, req)
			return
		}
		io.WriteString(w, "{}")
	}
}

// all returns the requests so far.
func (r *recorder) all() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.requests...)
}

// last returns the newest request.
func (r *recorder) last(t *testing.T) request {
	t.Helper()
	all := r.all()
	if len(all) == 0 {
		t.Fatal("no request came")
	}
	return all[len(all)-1]
}

// read reads a payload to its end and closes it.
func read(t *testing.T, result *vialambda.Result) []byte {
	t.Helper()
	defer result.Payload.Close()
	payload, err := io.ReadAll(result.Payload)
	if err != nil {
		t.Fatalf("payload: %v", err)
	}
	return payload
}

// invokeError returns the *vialambda.InvokeError that err must be.
func invokeError(t *testing.T, err error) *vialambda.InvokeError {
	t.Helper()
	failed, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok {
		t.Fatalf("error is %T (%v), want *vialambda.InvokeError", err, err)
	}
	return failed
}

// hintOf returns the way out that err knows, "" if it knows none.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}

// discardLog keeps a server's complaints out of the tests' output.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
