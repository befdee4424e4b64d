package vialambda

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/vialambda/vialambda/internal/event"
)

// setHeader sets the header of the event, and what is added to it.
//
// As http.Transport does, it asks for gzip unless the caller asks for an encoding
// or a range, the method is HEAD, or compression is switched off.
func (x *exchange) setHeader(e *event.Request) {
	header := x.req.Header
	x.gzip = !x.t.DisableCompression && x.req.Method != http.MethodHead &&
		first(header, "Accept-Encoding") == "" && first(header, "Range") == ""
	if x.gzip {
		e.Add[0] = event.Field{Name: "Accept-Encoding", Values: acceptGzip}
	}
	if x.xray != "" && len(header["X-Amzn-Trace-Id"]) == 0 { // the call's, from another field
		e.Add[1] = event.Field{Name: "X-Amzn-Trace-Id", Values: []string{x.xray}}
	}
	if user := x.req.URL.User; user != nil && first(header, "Authorization") == "" {
		password, _ := user.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		e.Add[2] = event.Field{Name: "Authorization", Values: []string{"Basic " + basic}}
	}
	for i := range e.Add {
		add := &e.Add[i]
		if len(add.Values) == 0 {
			continue
		}
		if _, empty := header[add.Name]; empty {
			header = maps.Clone(header)
			delete(header, add.Name)
		}
	}
	e.Header = header
}

// first is h.Get for a name that is canonical.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

var acceptGzip = []string{"gzip"} // read only

// gunzips reports whether the answer comes in the encoding that was asked for
// on the caller's behalf.
func (x *exchange) gunzips(h http.Header) bool {
	return x.gzip && strings.EqualFold(first(h, "Content-Encoding"), "gzip")
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
