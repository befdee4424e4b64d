package awslambda

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda"
)

// places is where in memory what was written to it lay.
type places map[*byte]bool

func (p places) Write(b []byte) (int, error) {
	p[&b[0]] = true
	return len(b), nil
}

// TestMemoryIsUsedAgain looks where the events and headers of many calls lie.
func TestMemoryIsUsedAgain(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, `{"statusCode":200}`)
	}))
	t.Cleanup(server.Close)
	const calls = 200
	for _, test := range []struct {
		name        string
		wrap        func(*Client) vialambda.Invoker
		least, most int // places of events
	}{
		// The pool loses some, the more under the race detector.
		{"called by the Transport", func(c *Client) vialambda.Invoker { return c }, 1, calls * 3 / 4},
		{"called by another Invoker", func(c *Client) vialambda.Invoker { return vialambda.InvokerFunc(c.Invoke) }, calls, calls},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := New(aws.Config{Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL)})
			t.Cleanup(client.CloseIdleConnections)
			events, headers, do := places{}, map[uintptr]bool{}, client.http.do
			client.http.do = func(req *http.Request) (*http.Response, error) {
				body, err := req.GetBody()
				if err != nil {
					return nil, err
				}
				io.Copy(events, body)
				headers[reflect.ValueOf(req.Header).Pointer()] = true
				return do(req)
			}
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
			if n := len(headers); n > calls*2/5 { // the race detector has the pool lose a quarter
				t.Errorf("%d calls had %d headers", calls, n)
			}
		})
	}
}

// TestHeadersUsedAgain: whatever was sent before, of one request nothing is in another.
func TestHeadersUsedAgain(t *testing.T) {
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
	headers, do := map[uintptr]bool{}, client.http.do
	client.http.do = func(req *http.Request) (*http.Response, error) {
		headers[reflect.ValueOf(req.Header).Pointer()] = true
		return do(req)
	}
	const calls = 300
	for range calls {
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
	if n := len(headers); n > calls*2/5 {
		t.Errorf("%d calls had %d headers", calls, n)
	}
}

// TestForeignHooksAreNotUsedAgain: those of a caller's hear of no other's call, whether
// that is sent later or its answer is read later.
func TestForeignHooksAreNotUsedAgain(t *testing.T) {
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

// TestShownRequestsAreNotUsedAgain: a function for proxies may keep the requests.
func TestShownRequestsAreNotUsedAgain(t *testing.T) {
	for name, test := range map[string]struct {
		proxy  func(*http.Request) (*url.URL, error)
		direct bool
	}{
		"none":            {nil, true},
		"the environment": {http.ProxyFromEnvironment, true},
		"the caller's":    {func(*http.Request) (*url.URL, error) { return nil, nil }, false},
		"a fixed one":     {http.ProxyURL(nil), false},
	} {
		c := ofBuildable(awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.Proxy = test.proxy }))
		if c.direct != test.direct {
			t.Errorf("%s: %v", name, c.direct)
		}
	}
	if !ofBuildable(awshttp.NewBuildableClient()).direct {
		t.Error("not with the SDK's own transport")
	}
	if ofBuildable(awshttp.NewBuildableClient().WithTimeout(time.Second)).direct {
		t.Error("with an http.Client around it")
	}
}

// cookieOnce is a jar that gives the fifth request a cookie.
type cookieOnce struct{ asked int }

func (*cookieOnce) SetCookies(*url.URL, []*http.Cookie) {}

func (j *cookieOnce) Cookies(*url.URL) []*http.Cookie {
	if j.asked++; j.asked != 5 {
		return nil
	}
	return []*http.Cookie{{Name: "a", Value: "1"}}
}

// TestChangedHeadersAreNotUsedAgain: an http.Client writes into the header of a request.
func TestChangedHeadersAreNotUsedAgain(t *testing.T) {
	var cookies []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		cookies = append(cookies, r.Header.Get("Cookie"))
	}))
	t.Cleanup(server.Close)
	client := New(aws.Config{
		Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL),
		HTTPClient: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone(), Jar: new(cookieOnce)},
	})
	t.Cleanup(client.CloseIdleConnections)
	for range 20 {
		result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
		if err != nil {
			t.Fatal(err)
		}
		result.Payload.Close()
	}
	if cookies[4] != "a=1" || strings.Join(cookies, "") != "a=1" {
		t.Errorf("cookies %q", cookies)
	}
}
