package awslambda

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/http1"
)

// TestOrdinaryTransports says for which HTTP clients of the SDK's there are connections of
// our own: for those of which nothing is asked that only net/http does.
func TestOrdinaryTransports(t *testing.T) {
	type options = func(*http.Transport)
	transport := func(set options) *awshttp.BuildableClient {
		return awshttp.NewBuildableClient().WithTransportOptions(set)
	}
	used := awshttp.NewBuildableClient()
	if req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://127.0.0.1:0/", nil); err != nil {
		t.Fatal(err)
	} else if _, err := used.Do(req); err == nil {
		t.Fatal("port 0 answers")
	}
	for name, test := range map[string]struct {
		client *awshttp.BuildableClient
		want   bool
	}{
		"the SDK's own":           {awshttp.NewBuildableClient(), true},
		"the SDK's own, used":     {used, true},
		"a copy":                  {transport(func(*http.Transport) {}), true},
		"another dialer":          {awshttp.NewBuildableClient().WithDialerOptions(func(d *net.Dialer) { d.KeepAlive = time.Second }), true},
		"a CA":                    {transport(func(tr *http.Transport) { tr.TLSClientConfig = new(tls.Config) }), true},
		"no proxies":              {transport(func(tr *http.Transport) { tr.Proxy = nil }), true},
		"fewer idle connections":  {transport(func(tr *http.Transport) { tr.MaxIdleConnsPerHost = 1 }), true},
		"a proxy":                 {transport(func(tr *http.Transport) { tr.Proxy = http.ProxyURL(nil) }), false},
		"a protocol":              {transport(func(tr *http.Transport) { tr.TLSClientConfig.NextProtos = []string{"spdy/3"} }), false},
		"protocols":               {transport(func(tr *http.Transport) { tr.Protocols = new(http.Protocols) }), false},
		"HTTP/2 as it should be":  {transport(func(tr *http.Transport) { tr.HTTP2 = new(http.HTTP2Config) }), false},
		"no keep-alive":           {transport(func(tr *http.Transport) { tr.DisableKeepAlives = true }), false},
		"so many connections":     {transport(func(tr *http.Transport) { tr.MaxConnsPerHost = 7 }), false},
		"so many idle of all":     {transport(func(tr *http.Transport) { tr.MaxIdleConns = 7 }), false},
		"a time for the header":   {transport(func(tr *http.Transport) { tr.ResponseHeaderTimeout = time.Minute }), false},
		"so much of a header":     {transport(func(tr *http.Transport) { tr.MaxResponseHeaderBytes = 1 << 10 }), false},
		"a dialer for TLS":        {transport(func(tr *http.Transport) { tr.DialTLSContext = tr.DialContext }), false},
		"no dialer":               {transport(func(tr *http.Transport) { tr.DialContext = nil }), false},
		"a time for the call":     {awshttp.NewBuildableClient().WithTimeout(time.Minute), false},
		"a time for each reading": {awshttp.NewBuildableClient().WithReadTimeout(time.Minute), false},
	} {
		if got := ofBuildable(test.client).small != nil; got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if newHTTPClient(new(http.Client)).small != nil {
		t.Error("a caller's http.Client has some")
	}
}

// TestPoolsOf says which servers are called over connections of our own, and where they are.
func TestPoolsOf(t *testing.T) {
	roots := new(tls.Config)
	roots.ServerName = "other.example"
	for _, test := range []struct {
		scheme, addr     string
		tls              *tls.Config // of the transport
		want, serverName string
	}{
		{"https", "lambda.us-east-1.amazonaws.com", nil, "lambda.us-east-1.amazonaws.com:443", "lambda.us-east-1.amazonaws.com"},
		{"https", "lambda.example:8443", nil, "lambda.example:8443", "lambda.example"},
		{"https", "lambda.example", roots, "lambda.example:443", "other.example"},
		{"http", "localhost", nil, "localhost:80", ""},
		{"http", "[::1]:3001", nil, "[::1]:3001", ""},
		{"http", "[fe80::1%25lo]:3001", nil, "", ""},
		{"https", "bücher.example", nil, "", ""},
	} {
		p := ofBuildable(awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig = test.tls })).small
		pool := p.of(&endpoint{scheme: test.scheme, addr: test.addr, host: test.addr})
		if test.want == "" {
			if pool != nil {
				t.Errorf("%s has a pool", test.addr)
			}
			continue
		}
		if pool == nil || pool.Addr != test.want {
			t.Errorf("%s: %+v", test.addr, pool)
			continue
		}
		if pool.IdleTimeout != idleTimeout || pool.MaxIdle != idlePerHost || pool.HandshakeTimeout != 10*time.Second {
			t.Errorf("%s: %+v", test.addr, pool)
		}
		if (pool.TLS != nil) != (test.scheme == "https") || pool.TLS != nil && pool.TLS.ServerName != test.serverName {
			t.Errorf("%s: TLS %+v", test.addr, pool.TLS)
		}
		if p.of(&endpoint{scheme: test.scheme, addr: test.addr, host: "another.example"}) != pool {
			t.Errorf("%s has two pools", test.addr)
		}
	}
}

// TestPoolsProxy says that what goes through a proxy is net/http's.
func TestPoolsProxy(t *testing.T) {
	p := ofBuildable(awshttp.NewBuildableClient()).small
	e := &endpoint{scheme: "https", addr: "lambda.example", host: "lambda.example"}
	p.proxy = func(r *http.Request) (*url.URL, error) { // as the environment is read once only
		if r.URL.String() != "https://lambda.example" {
			t.Errorf("asked for %s", r.URL)
		}
		return url.Parse("http://proxy.example:3128")
	}
	if p.of(e) != nil {
		t.Error("a pool in spite of a proxy")
	}
	p.proxy = func(*http.Request) (*url.URL, error) { return nil, context.Canceled }
	if p.of(e) != nil {
		t.Error("a pool in spite of a proxy that cannot be told")
	}
	p.proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	if p.of(e) == nil {
		t.Error("no pool")
	}
}

// TestPoolsBeside has a Client's first calls over either kind of connection, and more, at once:
// for the race detector, since net/http changes its transport at its first use.
func TestPoolsBeside(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	t.Cleanup(server.Close)
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for range 5 {
		client := New(aws.Config{
			Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL),
			HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) { tr.TLSClientConfig.RootCAs = roots }),
		})
		var group sync.WaitGroup
		for _, size := range []int{2, maxSmall + 1} {
			group.Go(func() {
				result, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: make([]byte, size)})
				if err != nil {
					t.Error(err)
					return
				}
				result.Payload.Close()
			})
		}
		group.Go(client.CloseIdleConnections)
		group.Wait()
		client.CloseIdleConnections()
	}
}

// TestPoolsBounded says that functions of ever more regions do not make ever more pools.
func TestPoolsBounded(t *testing.T) {
	p := ofBuildable(awshttp.NewBuildableClient()).small
	of := func(n int) *http1.Pool {
		host := "h" + strconv.Itoa(n)
		return p.of(&endpoint{scheme: "https", addr: host, host: host})
	}
	first := of(0)
	for n := 1; n < maxPools; n++ {
		of(n)
	}
	if of(maxPools-1) == nil || of(maxPools) != nil || of(0) != first || len(p.opened) != maxPools {
		t.Errorf("%d pools", len(p.opened))
	}
}

// TestPoolsHideHooks says that what dials for a small request cannot call the caller's hooks,
// and that the request does, once.
func TestPoolsHideHooks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }))
	t.Cleanup(server.Close)
	client := New(aws.Config{
		Region: "us-east-1", Credentials: aws.AnonymousCredentials{}, BaseEndpoint: aws.String(server.URL),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
			dial := tr.DialContext
			tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				if httptrace.ContextClientTrace(ctx) != nil {
					t.Error("the dialer sees hooks")
				}
				return dial(ctx, network, addr)
			}
		}),
	})
	t.Cleanup(client.CloseIdleConnections)
	client.http.do = func(*http.Request) (*http.Response, error) { return nil, errors.New("over net/http") }
	var asked, got, connected int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GetConn:     func(string) { asked++ },
		GotConn:     func(httptrace.GotConnInfo) { got++ },
		ConnectDone: func(string, string, error) { connected++ },
	})
	result, err := client.Invoke(ctx, &vialambda.Invocation{Function: "f"})
	if err != nil {
		t.Fatal(err)
	}
	result.Payload.Close()
	if asked != 1 || got != 1 || connected != 1 {
		t.Errorf("asked %d, got %d, connected %d", asked, got, connected)
	}
}
