package awslambda

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// placing takes down where in memory the events lie that an Invoker gets.
type placing struct {
	vialambda.Invoker
	places map[*byte]bool
}

func (p *placing) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	p.places[&in.Payload[0]] = true
	return p.Invoker.Invoke(ctx, in)
}

// TestMemoryIsUsedAgain looks where the events of many calls lie.
func TestMemoryIsUsedAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"statusCode":200}`)
	}))
	t.Cleanup(server.Close)
	const calls = 200
	for _, test := range []struct {
		name        string
		client      aws.HTTPClient
		wrap        func(*Client) vialambda.Invoker
		least, most int // places of events
	}{
		// The pool loses some, the more under the race detector.
		{"called by the Transport", nil, func(c *Client) vialambda.Invoker { return c }, 1, calls * 3 / 4},
		{"called by another Invoker", nil, func(c *Client) vialambda.Invoker { return vialambda.InvokerFunc(c.Invoke) }, calls, calls},
		{"through net/http", http.DefaultClient, func(c *Client) vialambda.Invoker { return c }, calls, calls},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := New(aws.Config{
				Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL), HTTPClient: test.client,
			})
			t.Cleanup(client.CloseIdleConnections)
			events := map[*byte]bool{}
			client.invoker = &placing{client.invoker, events}
			tr := &vialambda.Transport{Invoker: test.wrap(client)}
			for range calls {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http+lambda://f/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := tr.RoundTrip(req); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(events); n < test.least || n > test.most {
				t.Errorf("the events of %d calls were in %d places", calls, n)
			}
		})
	}
}

// TestBuffersUsedAgain: whatever was sent before, of one request nothing is in another.
func TestBuffersUsedAgain(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		got = r.Header
	}))
	t.Cleanup(server.Close)
	var creds aws.Credentials
	client := New(aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return creds, nil
	})})
	t.Cleanup(client.CloseIdleConnections)
	for range 300 {
		want := http.Header{"User-Agent": {userAgent("")}, "Content-Length": {"0"}}
		value := func(name string) string {
			if rand.N(2) == 0 {
				return ""
			}
			text := strconv.FormatUint(rand.Uint64(), 36)
			want.Set(name, text)
			return text
		}
		creds = aws.Credentials{AccessKeyID: "AKID" + strconv.FormatUint(rand.Uint64(), 36), SecretAccessKey: "secret"}
		creds.SessionToken = value("X-Amz-Security-Token")
		in := &vialambda.Invocation{
			Function: "f", TenantID: value("X-Amz-Tenant-Id"), TraceHeader: value("X-Amzn-Trace-Id"), DurableName: value("X-Amz-Durable-Execution-Name"),
		}
		if rand.N(2) == 0 {
			in.LogTail = true
			want.Set("X-Amz-Log-Type", "Tail")
		}
		if rand.N(2) == 0 {
			in.Payload = []byte("{}")
			want.Set("Content-Length", "2")
			want.Set("Content-Type", "application/octet-stream")
		}
		result, err := client.Invoke(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		result.Payload.Close()
		for _, name := range []string{"Authorization", "X-Amz-Date"} {
			want[name] = got[name]
		}
		if !reflect.DeepEqual(got, want) || !strings.Contains(got.Get("Authorization"), creds.AccessKeyID+"/") {
			t.Fatalf("got  %v\nwant %v", got, want)
		}
	}
}

// TestCallersHooks: those of a caller's hear of the call, and of no other's, whether that
// is sent later or its answer is read later.
func TestCallersHooks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(make([]byte, 300<<10)) // more than is read with its header
	}))
	t.Cleanup(server.Close)
	client := New(aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL)})
	t.Cleanup(client.CloseIdleConnections)
	invoke := func(ctx context.Context) io.ReadCloser {
		result, err := client.Invoke(ctx, &vialambda.Invocation{Function: "f"})
		if err != nil {
			t.Fatal(err)
		}
		return result.Payload
	}
	finish := func(answers ...io.ReadCloser) {
		for _, a := range answers {
			if _, err := io.Copy(io.Discard, a); err != nil {
				t.Error(err)
			}
			a.Close()
		}
	}
	finish(invoke(t.Context()), invoke(t.Context())) // two idle connections
	var asked, put atomic.Int32
	idle := make(chan struct{}, 100) // told by a goroutine of the connection's
	hooked := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn:     func(string) { asked.Add(1) },
		PutIdleConn: func(error) { put.Add(1); idle <- struct{}{} },
	})
	for i := range int32(50) {
		other := invoke(t.Context())
		own := invoke(hooked)
		finish(other)
		if put.Load() != i {
			t.Fatalf("call %d heard of the end of another", i)
		}
		finish(own)
		select {
		case <-idle:
		case <-time.After(10 * time.Second):
			t.Fatalf("call %d heard nothing of its own end", i)
		}
		finish(invoke(t.Context()))
		if asked.Load() != i+1 || put.Load() != i+1 {
			t.Fatalf("%d calls heard of %d and %d", i+1, asked.Load(), put.Load())
		}
	}
}
