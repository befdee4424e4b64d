package event

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
)

// HTTPRequest returns the request as net/http's server hands it to a handler,
// with ctx as its context. The port in RemoteAddr is 0: no event says it. The
// request shares p's Header and Body.
func (p *Parsed) HTTPRequest(ctx context.Context) (*http.Request, error) {
	uri := p.Path
	if p.RawQuery != "" {
		uri += "?" + p.RawQuery
	}
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return nil, &EventError{"its path and query are no request target: " + err.Error()}
	}
	r := &http.Request{
		Method:        p.Method,
		URL:           u,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        p.Header,
		Body:          http.NoBody,
		ContentLength: int64(len(p.Body)),
		Host:          p.Host,
		RemoteAddr:    net.JoinHostPort(p.SourceIP, "0"),
		RequestURI:    uri,
	}
	if len(p.Body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(p.Body))
	}
	return r.WithContext(ctx), nil
}
