package awslambda

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"reflect"
	"sync"
	"time"

	"github.com/vialambda/vialambda/internal/http1"
	"github.com/vialambda/vialambda/internal/memo"
)

// pools are those of http1, for small requests, of the servers that a Client calls. They
// do what the transport would do of which they were made.
type pools struct {
	proxy       func(*http.Request) (*url.URL, error) // nil: none
	dial        dialFunc
	tls         *tls.Config
	handshake   time.Duration
	idleTimeout time.Duration
	maxIdle     int

	mu     sync.Mutex
	opened map[origin]*http1.Pool
}

type origin struct{ scheme, addr string }

// maxPools is as many as endpoints are remembered.
const maxPools = memo.Limit

// newPools returns nil if tr wants anything that http1 does not do. Nothing of tr is looked at
// later, since its use changes it.
func newPools(tr *http.Transport) *pools {
	if !isOrdinary(tr) {
		return nil
	}
	p := &pools{
		proxy:       tr.Proxy,
		dial:        hidingHooks(tr.DialContext),
		tls:         new(tls.Config),
		handshake:   tr.TLSHandshakeTimeout,
		idleTimeout: tr.IdleConnTimeout,
		maxIdle:     cmp.Or(tr.MaxIdleConnsPerHost, http.DefaultMaxIdleConnsPerHost),
		opened:      make(map[origin]*http1.Pool),
	}
	if tr.TLSClientConfig != nil {
		p.tls = tr.TLSClientConfig.Clone()
	}
	p.tls.NextProtos = []string{"http/1.1"}
	p.tls.DynamicRecordSizingDisabled = true // the other side needs all of it anyway
	return p
}

// obeyed are the fields of a transport that pools of http1 obey, too, or that have no meaning
// for them.
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

// of returns the pool for e, nil if its calls are net/http's: through a proxy, to a host
// whose name must be translated, or when there are too many pools.
func (p *pools) of(e *endpoint) *http1.Pool {
	if p == nil || !isPlain(e.addr) || !isPlain(e.host) {
		return nil
	}
	u := &url.URL{Scheme: e.scheme, Host: e.addr}
	if p.proxy != nil {
		if proxy, err := p.proxy(&http.Request{URL: u}); proxy != nil || err != nil {
			return nil
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := origin{e.scheme, e.addr}
	if pool := p.opened[at]; pool != nil || len(p.opened) >= maxPools {
		return pool
	}
	pool := p.open(u)
	p.opened[at] = pool
	return pool
}

// open makes the pool for u.
func (p *pools) open(u *url.URL) *http1.Pool {
	pool := &http1.Pool{Dial: p.dial, HandshakeTimeout: p.handshake, IdleTimeout: p.idleTimeout, MaxIdle: p.maxIdle}
	port := "80"
	if u.Scheme == "https" {
		port = "443"
		pool.TLS = p.tls.Clone()
		pool.TLS.ServerName = cmp.Or(pool.TLS.ServerName, u.Hostname())
	}
	pool.Addr = net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
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
