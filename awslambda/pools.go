package awslambda

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"sync"

	"github.com/vialambda/vialambda/internal/http1"
)

// pools are those of http1, for small requests, of the servers that a Client calls. They
// do what transport would do.
type pools struct {
	transport *http.Transport

	mu     sync.Mutex
	opened map[origin]*http1.Pool
}

type origin struct{ scheme, addr string }

// newPools returns nil if tr wants anything that http1 does not do.
func newPools(tr *http.Transport) *pools {
	if !isOrdinary(tr) {
		return nil
	}
	return &pools{transport: tr, opened: make(map[origin]*http1.Pool)}
}

// obeyed are the fields of a transport that its pools of http1 obey, too, or that have
// no meaning for them. DisableCompression and HTTP2 are not the caller's.
var obeyed = map[string]bool{
	"Proxy": true, "DialContext": true, "TLSClientConfig": true, "TLSHandshakeTimeout": true,
	"MaxIdleConnsPerHost": true, "IdleConnTimeout": true,
	"ForceAttemptHTTP2": true, "ExpectContinueTimeout": true, "ProxyConnectHeader": true,
	"ReadBufferSize": true, "WriteBufferSize": true, "DisableCompression": true,
}

// isOrdinary reports whether tr, as a caller made it and widen left it, has nothing in it
// but what obeyed lists.
func isOrdinary(tr *http.Transport) bool {
	for field, value := range reflect.ValueOf(tr).Elem().Fields() {
		if field.IsExported() && !obeyed[field.Name] && !value.IsZero() {
			return false
		}
	}
	if tr.TLSClientConfig != nil {
		// net/http adds these two when it copies a transport.
		for _, protocol := range tr.TLSClientConfig.NextProtos {
			if protocol != "h2" && protocol != "http/1.1" {
				return false
			}
		}
	}
	fromEnvironment := reflect.ValueOf(http.ProxyFromEnvironment).Pointer()
	return tr.DialContext != nil && (tr.Proxy == nil || reflect.ValueOf(tr.Proxy).Pointer() == fromEnvironment)
}

// of returns the pool for e, nil if its calls are net/http's: through a proxy, or to a
// host whose name must be translated.
func (p *pools) of(e *endpoint) *http1.Pool {
	if p == nil || !isPlain(e.addr) || !isPlain(e.host) {
		return nil
	}
	u := &url.URL{Scheme: e.scheme, Host: e.addr}
	if p.transport.Proxy != nil {
		if proxy, err := p.transport.Proxy(&http.Request{URL: u}); proxy != nil || err != nil {
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := origin{e.scheme, e.addr}
	pool := p.opened[at]
	if pool == nil {
		pool = p.open(u)
		p.opened[at] = pool
	}
	return pool
}

// open makes the pool for u.
func (p *pools) open(u *url.URL) *http1.Pool {
	tr := p.transport
	pool := &http1.Pool{
		Dial:             tr.DialContext,
		HandshakeTimeout: tr.TLSHandshakeTimeout,
		IdleTimeout:      tr.IdleConnTimeout,
		MaxIdle:          cmp.Or(tr.MaxIdleConnsPerHost, http.DefaultMaxIdleConnsPerHost),
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	if u.Scheme == "https" {
		if u.Port() == "" {
			port = "443"
		}
		pool.TLS = new(tls.Config)
		if tr.TLSClientConfig != nil {
			pool.TLS = tr.TLSClientConfig.Clone()
		}
		if pool.TLS.ServerName == "" {
			pool.TLS.ServerName = u.Hostname()
		}
		pool.TLS.NextProtos = []string{"http/1.1"}
		pool.TLS.DynamicRecordSizingDisabled = true // the other side needs all of it anyway
	}
	pool.Addr = net.JoinHostPort(u.Hostname(), port)
	return pool
}

func (p *pools) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pool := range p.opened {
		pool.CloseIdle()
	}
}

// isPlain reports whether host can be sent as it is.
func isPlain(host string) bool {
	for i := range len(host) {
		if c := host[i]; !unreserved(c) && c != ':' && c != '[' && c != ']' {
			return false
		}
	}
	return true
}
