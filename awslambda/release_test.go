package awslambda_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/vialambda/vialambda"
)

// checkSignature compares the signature of a request by testCredentials with the SDK's.
func checkSignature(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	date, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil {
		t.Error(err)
	}
	again := r.Clone(r.Context())
	again.Header.Del("Authorization")
	again.URL.Scheme, again.URL.Host = "http", r.Host
	digest := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(r.Context(), aws.Credentials(testCredentials), again, hex.EncodeToString(digest[:]), "lambda", "us-east-1", date)
	if got, want := r.Header.Get("Authorization"), again.Header.Get("Authorization"); err != nil || got != want {
		t.Errorf("signed\n %s, want\n %s, %v", got, want, err)
	}
}

// TestReleasedMemoryIsRead sends many events at once through what goes wrong with
// HTTP/1.1, and has the function say which it got. Under the race detector, what comes
// back from a pool too early is a race.
func TestReleasedMemoryIsRead(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := func(event []byte) {
			var request struct {
				Path    string            `json:"path"`
				Headers map[string]string `json:"headers"`
			}
			if err := json.Unmarshal(event, &request); err != nil {
				t.Errorf("%v: %s", err, event)
			}
			if got := r.Header.Get("X-Amzn-Trace-Id"); got != "" && got != "Root="+request.Path {
				t.Errorf("a header and an event of several: %q, %s", got, event)
			}
			checkSignature(t, r, event)
			if request.Path != request.Headers["X-Call"] || strings.Trim(request.Headers["X-Padding"], request.Path[len(request.Path)-1:]) != "" {
				t.Errorf("an event of several: %s", event)
			}
			fmt.Fprintf(w, `{"statusCode":200,"body":%q}`, request.Path)
		}
		if r.Header.Get("X-Amz-Tenant-Id") == "early" { // answers before the event is there
			control := http.NewResponseController(w)
			if err := control.EnableFullDuplex(); err != nil {
				t.Error(err)
			}
			w.Header().Set("Content-Length", "2")
			w.WriteHeader(http.StatusTooManyRequests)
			io.WriteString(w, "{}")
			control.Flush()
			io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler) // net/http's server panics less quietly if the connection goes on
		}
		event, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
		case rand.N(20) == 0:
			panic(http.ErrAbortHandler) // cuts the connection
		case rand.N(20) == 0:
			w.Header().Set("Connection", "close")
			answer(event)
		case rand.N(20) == 0:
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			answer(event)
		}
	}))
	t.Cleanup(server.Close)
	client := newClient(t, testConfig(server.URL))
	hedged := vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		go func() { // a second try that the first does not wait for
			if result, err := client.Invoke(ctx, in); err == nil {
				result.Payload.Close()
			}
		}()
		return client.Invoke(ctx, in)
	})

	var answered atomic.Int64
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			tr := &vialambda.Transport{Invoker: client, Retry: vialambda.Retry{BaseDelay: 1}}
			if worker%8 == 7 {
				tr.Invoker = hedged
			}
			for n := range 150 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(1+rand.N(50))*time.Millisecond)
				if n%10 == 9 {
					ctx = vialambda.WithTarget(ctx, vialambda.Target{TenantID: "early"})
				}
				path := fmt.Sprintf("/%d/%d", worker, n)
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http+lambda://f"+path, nil)
				if err != nil {
					t.Error(err)
				}
				if n%3 == 0 {
					req.Header.Set("X-Amzn-Trace-Id", "Root="+path)
				}
				req.Header.Set("X-Call", path)
				req.Header.Set("X-Padding", strings.Repeat(path[len(path)-1:], rand.N(3000)))
				if resp, err := tr.RoundTrip(req); err == nil {
					body, err := io.ReadAll(resp.Body)
					if err != nil || string(body) != path {
						t.Errorf("%s was answered with %q, %v", path, body, err)
					}
					resp.Body.Close()
					answered.Add(1)
				} else if invoke := (*vialambda.InvokeError)(nil); !errors.As(err, &invoke) {
					t.Errorf("%v", err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	if n := answered.Load(); n < 16*150/4 {
		t.Errorf("%d calls were answered", n)
	}
}
