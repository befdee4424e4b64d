package awslambda

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"reflect"
	"sync"

	"github.com/vialambda/vialambda/internal/http1"
)

// maxSmall is up to how many bytes of payload a request is small. With its header it fits
// in what operating systems buffer of a connection.
const maxSmall = 60 << 10

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

// isClean reports whether value can be that of a header field: whether it has no control
// characters but tabs (RFC 9110, section 5.5).
func isClean(value string) bool {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isSmall reports whether r is for http1. Whoever has hooks in ctx wants to see net/http
// at work, and what is no header field is net/http's to refuse.
func (w *wire) isSmall(ctx context.Context, d *destination, r *request) bool {
	if d.pool == nil || !d.pool.Fit() || r.in.Stream || len(r.in.Payload) > maxSmall || httptrace.ContextClientTrace(ctx) != nil {
		return false
	}
	for _, value := range &r.values {
		if !isClean(value) {
			return false
		}
	}
	return true
}

// sendSmall sends r, and returns the answer or a *vialambda.InvokeError. Nobody reads
// the payload any more then.
func (w *wire) sendSmall(ctx context.Context, d *destination, r *request) (*http.Response, error) {
	b := w.buffers.Get().(*[]byte)
	*b = d.appendRequest((*b)[:0], r)
	resp, err := d.pool.RoundTrip(ctx, *b)
	w.buffers.Put(b)
	if err != nil {
		failed, _ := errors.AsType[*http1.Error](err)
		return nil, unanswered(ctx, failed.Sent, failed.Err)
	}
	return resp, nil
}

// head returns what is the same in all requests of http1 for a destination.
func head(u *url.URL, host, userAgent string) string {
	return "POST " + u.RequestURI() + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: " + userAgent + "\r\n"
}

// appendRequest appends the bytes of r.
func (d *destination) appendRequest(b []byte, r *request) []byte {
	b = append(b, d.head...)
	for i, value := range &r.values {
		if value != "" && field(i) != host { // which head has
			b = appendField(b, sentNames[i], value)
		}
	}
	if r.values[contentLength] == "" {
		b = appendField(b, sentNames[contentLength], "0")
	}
	b = append(b, "\r\n"...)
	return append(b, r.in.Payload...)
}

func appendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	b = append(b, value...)
	return append(b, "\r\n"...)
}
