package awslambda

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
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
	p := ofBuildable(awshttp.NewBuildableClient()).small
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
		p.transport.TLSClientConfig = test.tls
		clear(p.opened)
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
	if roots.NextProtos != nil {
		t.Error("the caller's tls.Config was changed")
	}
}

// TestPoolsProxy says that what goes through a proxy is net/http's.
func TestPoolsProxy(t *testing.T) {
	p := ofBuildable(awshttp.NewBuildableClient()).small
	e := &endpoint{scheme: "https", addr: "lambda.example", host: "lambda.example"}
	p.transport.Proxy = func(r *http.Request) (*url.URL, error) { // as the environment is read once only
		if r.URL.String() != "https://lambda.example" {
			t.Errorf("asked for %s", r.URL)
		}
		return url.Parse("http://proxy.example:3128")
	}
	if p.of(e) != nil {
		t.Error("a pool in spite of a proxy")
	}
	p.transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, context.Canceled }
	if p.of(e) != nil {
		t.Error("a pool in spite of a proxy that cannot be told")
	}
	p.transport.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil }
	if p.of(e) == nil {
		t.Error("no pool")
	}
}
