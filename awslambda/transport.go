package awslambda

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const (
	// idleTimeout retires a connection before the other side does: AWS's load
	// balancers close theirs after 60 s by default, and a POST that meets a
	// closed connection may fail.
	idleTimeout = 50 * time.Second

	// idlePerHost is how many connections outlive the calls that they served.
	idlePerHost = 2048

	// pingAfter and pingWithin find out that the other end of an HTTP/2
	// connection is gone while a call waits for its answer. TCP's keep-alive, 30 s
	// by the SDK's dialer, does so for HTTP/1.1.
	pingAfter, pingWithin = 30 * time.Second, 15 * time.Second
)

// httpClient sends a request once and follows no redirect.
type httpClient struct {
	do        func(*http.Request) (*http.Response, error)
	closeIdle func() // may be nil

	// traced says that do is net/http's transport, which calls the hooks of an
	// httptrace for certain, and that they tell what a phase needs.
	traced bool
	// rawAnswers says that do does not undo compression by itself.
	rawAnswers bool
	small      *pools // nil: there are none
}

// Do makes an httpClient an aws.HTTPClient.
func (c *httpClient) Do(req *http.Request) (*http.Response, error) { return c.do(req) }

// newHTTPClient makes the most of the SDK's HTTP client: its transport with a pool
// for many concurrent calls if it is the SDK's own, what it is otherwise.
func newHTTPClient(client lambda.HTTPClient) *httpClient {
	switch c := client.(type) {
	case *awshttp.BuildableClient:
		return ofBuildable(c)
	case *http.Client:
		once := *c
		once.CheckRedirect = notFollowed
		if once.Transport == nil {
			once.Transport = http.DefaultTransport // what isTraced looks at
		}
		return &httpClient{do: once.Do, closeIdle: once.CloseIdleConnections, traced: isTraced(c)}
	}
	return &httpClient{do: client.Do, closeIdle: closeIdleOf(client)}
}

// isTraced reports whether client certainly is net/http's transport in the end.
func isTraced(client lambda.HTTPClient) bool {
	switch c := client.(type) {
	case *httpClient:
		return c.traced
	case *awshttp.BuildableClient:
		return tellsPhases(c.GetTransport())
	case *http.Client:
		tr := c.Transport
		if tr == nil {
			tr = http.DefaultTransport
		}
		own, ok := tr.(*http.Transport)
		return ok && tellsPhases(own)
	}
	return false
}

// tellsPhases reports whether a phase can rely on what it sees of tr's connections:
// only TLS tells it that one speaks HTTP/2.
func tellsPhases(tr *http.Transport) bool {
	return tr.Protocols == nil || !tr.Protocols.UnencryptedHTTP2()
}

func notFollowed(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func ofBuildable(c *awshttp.BuildableClient) *httpClient {
	tr := c.GetTransport()
	widen(tr)
	small := newPools(tr)
	ping(tr)
	tr.DisableCompression = true // answers are taken as they are, with their length
	if limit, ok := c.GetReadTimeout(); ok && limit > 0 {
		tr.DialContext = withReadTimeout(tr.DialContext, limit)
		small = nil
	}
	tr.DialContext, tr.DialTLSContext = hidingHooks(tr.DialContext), hidingHooks(tr.DialTLSContext)
	made := &httpClient{do: tr.RoundTrip, closeIdle: tr.CloseIdleConnections, traced: tellsPhases(tr), rawAnswers: true}
	if limit := c.GetTimeout(); limit > 0 {
		made.do = (&http.Client{Transport: tr, Timeout: limit, CheckRedirect: notFollowed}).Do
		small = nil
	}
	if small != nil {
		made.small = small
		made.closeIdle = func() { small.closeIdle(); tr.CloseIdleConnections() }
	}
	return made
}

// widen raises the pool's values that still stand at the SDK's defaults.
func widen(tr *http.Transport) {
	if tr.MaxIdleConns == awshttp.DefaultHTTPTransportMaxIdleConns {
		tr.MaxIdleConns = 0 // no limit over all hosts
	}
	if tr.MaxIdleConnsPerHost == awshttp.DefaultHTTPTransportMaxIdleConnsPerHost {
		tr.MaxIdleConnsPerHost = idlePerHost
	}
	if tr.MaxConnsPerHost == awshttp.DefaultHTTPTransportMaxConnsPerHost {
		tr.MaxConnsPerHost = 0 // a queue that the caller cannot see would eat its deadline
	}
	if tr.IdleConnTimeout == awshttp.DefaultHTTPTransportIdleConnTimeout {
		tr.IdleConnTimeout = idleTimeout
	}
	if tr.TLSClientConfig != nil && tr.TLSClientConfig.ClientSessionCache == nil {
		tr.TLSClientConfig.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
}

// ping has HTTP/2 find out that the other end is gone.
func ping(tr *http.Transport) {
	if tr.HTTP2 == nil {
		tr.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingWithin}
	}
}

func closeIdleOf(client lambda.HTTPClient) func() {
	if c, ok := client.(interface{ CloseIdleConnections() }); ok {
		return c.CloseIdleConnections
	}
	return nil
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// hidingHooks keeps the hooks of a request from what dials for it, which may go on
// when the request has got another connection: one that speaks HTTP itself, to a proxy
// or for a token, would call them. Those for DNS and TCP are net's, and stay.
func hidingHooks(dial dialFunc) dialFunc {
	if dial == nil {
		return nil
	}
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		return dial(hookless{ctx}, network, addr)
	}
}

type hookless struct{ context.Context }

func (c hookless) Value(key any) any {
	value := c.Context.Value(key)
	if _, ok := value.(*httptrace.ClientTrace); ok {
		return nil
	}
	return value
}

// withReadTimeout does what the SDK does for BuildableClient.WithReadTimeout: a
// connection may be silent for so long while somebody reads from it.
func withReadTimeout(dial dialFunc, limit time.Duration) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &readTimeoutConn{conn, limit}, nil
	}
}

type readTimeoutConn struct {
	net.Conn
	limit time.Duration
}

func (c *readTimeoutConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.limit)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}
