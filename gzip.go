package vialambda

import (
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// headers are maps that event headers are put together in: Encode copies out of
// them and keeps nothing.
var headers = sync.Pool{New: func() any { return http.Header{} }}

// eventHeader returns the header that the event is made from, which is the
// request's unless something is added, and what to call when it has been.
//
// As http.Transport does, it asks for gzip unless the caller asks for an encoding
// or a range, the method is HEAD, or compression is switched off.
func (x *exchange) eventHeader() (http.Header, func()) {
	req := x.req
	basic := req.URL.User != nil && req.Header.Get("Authorization") == ""
	x.gzip = !x.t.DisableCompression && req.Method != http.MethodHead &&
		req.Header.Get("Accept-Encoding") == "" && req.Header.Get("Range") == ""
	trace := ""
	if len(req.Header["X-Amzn-Trace-Id"]) == 0 {
		trace = xrayHeader(req.Header) // the same that the call carries
	}
	if !basic && !x.gzip && trace == "" {
		return req.Header, func() {}
	}
	header := headers.Get().(http.Header)
	maps.Copy(header, req.Header)
	if x.gzip {
		header["Accept-Encoding"] = acceptGzip
	}
	if trace != "" {
		header["X-Amzn-Trace-Id"] = []string{trace}
	}
	if basic {
		password, _ := req.URL.User.Password()
		r := http.Request{Header: header}
		r.SetBasicAuth(req.URL.User.Username(), password)
	}
	return header, func() {
		clear(header)
		headers.Put(header)
	}
}

var acceptGzip = []string{"gzip"} // read only

// gunzips reports whether the answer comes in the encoding that was asked for
// on the caller's behalf.
func (x *exchange) gunzips(h http.Header) bool {
	return x.gzip && strings.EqualFold(h.Get("Content-Encoding"), "gzip")
}

// uncompressed makes resp, whose body decodes gzip, look as if it had never been
// compressed.
func (x *exchange) uncompressed(resp *http.Response) *http.Response {
	resp.Header.Del("Content-Encoding")
	resp.Header.Del("Content-Length")
	resp.ContentLength = -1
	resp.Uncompressed = true
	return resp
}

// gzipBody decodes body from its first Read on. Close may be called while a Read
// waits.
type gzipBody struct {
	body   io.ReadCloser
	zr     *gzip.Reader
	err    error // sticky
	closed atomic.Bool
}

func (b *gzipBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.err != nil {
		return 0, b.err
	}
	if b.zr == nil {
		if b.zr, b.err = gzip.NewReader(b.body); b.err != nil {
			return 0, b.err
		}
	}
	n, err := b.zr.Read(p)
	b.err = err
	return n, err
}

func (b *gzipBody) Close() error {
	b.closed.Store(true)
	return b.body.Close()
}
