package awslambda

import (
	"context"
	"go/build"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestPool looks at the transport that is made of the SDK's. Traps E4, E5, E6.
func TestPool(t *testing.T) {
	made := lambda.NewFromConfig(aws.Config{}).Options().HTTPClient.(*awshttp.BuildableClient)
	tr := made.GetTransport()
	widen(tr)
	if tr.MaxIdleConnsPerHost < 1000 || tr.MaxIdleConns != 0 && tr.MaxIdleConns < 1000 || tr.MaxConnsPerHost != 0 {
		t.Errorf("E5: %d idle per host, %d idle, %d per host", tr.MaxIdleConnsPerHost, tr.MaxIdleConns, tr.MaxConnsPerHost)
	}
	if tr.IdleConnTimeout <= 0 || tr.IdleConnTimeout >= 60*time.Second {
		t.Errorf("idle connections live for %v", tr.IdleConnTimeout)
	}
	if tr.ResponseHeaderTimeout != 0 {
		t.Errorf("E4: a function may think for %v only", tr.ResponseHeaderTimeout)
	}
	if _, ok := made.GetReadTimeout(); ok {
		t.Error("E4: there is a read timeout")
	}
	if !tr.ForceAttemptHTTP2 || tr.TLSClientConfig.InsecureSkipVerify {
		t.Errorf("HTTP/2 %v, E6: unverified %v", tr.ForceAttemptHTTP2, tr.TLSClientConfig.InsecureSkipVerify)
	}
}

// TestPoolKept says that a caller's own values stay.
func TestPoolKept(t *testing.T) {
	http2 := &http.HTTP2Config{MaxConcurrentStreams: 7}
	tr := awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.MaxIdleConns, tr.MaxIdleConnsPerHost, tr.MaxConnsPerHost, tr.IdleConnTimeout, tr.HTTP2 = 1, 2, 3, time.Second, http2
	}).GetTransport()
	widen(tr)
	if tr.MaxIdleConns != 1 || tr.MaxIdleConnsPerHost != 2 || tr.MaxConnsPerHost != 3 || tr.IdleConnTimeout != time.Second || tr.HTTP2.MaxConcurrentStreams != 7 {
		t.Errorf("%+v", tr)
	}
}

// TestTraced says of which clients httptrace tells enough to prove anything.
func TestTraced(t *testing.T) {
	h2c := new(http.Protocols)
	h2c.SetUnencryptedHTTP2(true)
	speaksH2C := func(tr *http.Transport) { tr.Protocols = h2c }
	other := http.DefaultTransport.(*http.Transport).Clone()
	speaksH2C(other)
	for name, test := range map[string]struct {
		client lambda.HTTPClient
		want   bool
	}{
		"the SDK's own":                   {awshttp.NewBuildableClient(), true},
		"the SDK's own over h2c":          {awshttp.NewBuildableClient().WithTransportOptions(speaksH2C), false},
		"net/http":                        {&http.Client{}, true},
		"net/http over h2c":               {&http.Client{Transport: other}, false},
		"net/http with another transport": {&http.Client{Transport: struct{ http.RoundTripper }{other}}, false},
		"another":                         {struct{ lambda.HTTPClient }{}, false},
	} {
		if got := isTraced(test.client); got != test.want {
			t.Errorf("%s: isTraced = %v", name, got)
		}
		if got := newHTTPClient(test.client).traced; got != test.want {
			t.Errorf("%s: newHTTPClient says %v", name, got)
		}
	}
}

// TestDialersSeeNoHooks says that what dials under a request's context cannot pass for
// the request, and that the caller's hooks for TCP still are called.
func TestDialersSeeNoHooks(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(server.Close)
	dials, connects := 0, 0
	c := ofBuildable(awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		dial := tr.DialContext
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dials++
			if httptrace.ContextClientTrace(ctx) != nil {
				t.Error("the dialer sees hooks")
			}
			return dial(ctx, network, addr)
		}
	}))
	t.Cleanup(c.closeIdle)
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{ConnectDone: func(string, string, error) { connects++ }})
	ctx, p := c.watch(ctx)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if dials != 1 || connects != 1 || p.conns != 1 {
		t.Errorf("%d dials, of which %d told; %d connections", dials, connects, p.conns)
	}
}

// TestImports says that wiring is the program's: this package knows neither the
// loader of configurations nor a Lambda that it might call.
func TestImports(t *testing.T) {
	pkg, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range pkg.Imports {
		if strings.HasSuffix(path, "/config") || strings.Contains(path, "/locallambda") || strings.Contains(path, "/internal/") && !strings.HasSuffix(path, "/memo") && !strings.HasSuffix(path, "/http1") {
			t.Errorf("%s is imported", path)
		}
	}
}
