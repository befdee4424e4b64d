package vialambda

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/vialambda/vialambda/internal/event"
)

// maxShown is how much of a malformed answer its error carries.
const maxShown = 1 << 10

// respond makes the HTTP response of an answer.
func (x *exchange) respond(got *answer) (*http.Response, error) {
	if x.to.typ != RequestResponse {
		return x.accepted(got.Result), nil
	}
	if got.stream != nil {
		return x.respondStream(got)
	}
	return x.respondWhole(got.payload, got.Result)
}

// respondWhole reads an answer that is there whole.
func (x *exchange) respondWhole(payload []byte, res *Result) (*http.Response, error) {
	if x.to.Format == Raw {
		return x.finishWhole(rawResponse(payload)), nil
	}
	var shown [maxShown]byte // Decode works in place
	n := copy(shown[:], payload)
	decoded, err := event.Decode(event.Format(x.to.Format), payload)
	if err != nil {
		return nil, x.malformed(err, bytes.Clone(shown[:n]), res)
	}
	return x.finishWhole(decoded), nil
}

func (x *exchange) malformed(err error, shown []byte, res *Result) error {
	return &ResponseError{Format: x.to.Format, Reason: err.Error(), Payload: shown, RequestID: res.RequestID}
}

// finishWhole gives a decoded answer the body and length that its status and the
// request's method allow (RFC 9110, 6.4.1 and 8.6).
func (x *exchange) finishWhole(d event.Response) *http.Response {
	x.rewriteLocations(d.Header)
	length := int64(len(d.Body))
	switch {
	case d.Status == http.StatusNoContent:
		return x.newResponse(d.Status, d.Header, nil, 0)
	case d.Status == http.StatusNotModified:
		if d.ContentLength >= 0 {
			setLength(d.Header, d.ContentLength)
		}
		return x.newResponse(d.Status, d.Header, nil, 0)
	case x.req.Method == http.MethodHead:
		if d.ContentLength >= 0 {
			length = d.ContentLength
		} else if length == 0 {
			length = -1
		}
		if length >= 0 {
			setLength(d.Header, length)
		}
		return x.newResponse(d.Status, d.Header, nil, length)
	}
	if x.gunzips(d.Header) {
		body := io.ReadCloser(&gzipBody{body: io.NopCloser(bytes.NewReader(d.Body))})
		return x.uncompressed(x.newResponse(d.Status, d.Header, body, -1))
	}
	return x.newWhole(d.Status, d.Header, d.Body)
}

// newWhole makes a response and its body in memory, in one piece.
func (x *exchange) newWhole(status int, header http.Header, body []byte) *http.Response {
	setLength(header, int64(len(body)))
	whole := &struct {
		http.Response
		body wholeBody
	}{Response: x.response(status, header, http.NoBody, int64(len(body)))}
	if len(body) > 0 {
		whole.body.r.Reset(body)
		whole.Body = &whole.body
	}
	return &whole.Response
}

func (x *exchange) newResponse(status int, header http.Header, body io.ReadCloser, length int64) *http.Response {
	if body == nil {
		body = http.NoBody
	}
	return new(x.response(status, header, body, length))
}

func (x *exchange) response(status int, header http.Header, body io.ReadCloser, length int64) http.Response {
	return http.Response{
		Status:        statusText(status),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        header,
		Body:          body,
		ContentLength: length,
		Request:       x.req,
	}
}

// wholeBody is a body in memory. Like every body it can be closed while it is read,
// and a Read after that is an error, not an end.
type wholeBody struct {
	r      bytes.Reader
	closed atomic.Bool
}

func (b *wholeBody) Read(p []byte) (int, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.r.Read(p)
}

// WriteTo lets io.Copy do without a buffer.
func (b *wholeBody) WriteTo(w io.Writer) (int64, error) {
	if b.closed.Load() {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.r.WriteTo(w)
}

func (b *wholeBody) Close() error {
	b.closed.Store(true)
	return nil
}

func setLength(h http.Header, n int64) {
	h["Content-Length"] = []string{strconv.FormatInt(n, 10)}
}

func statusText(code int) string {
	if code == http.StatusOK {
		return "200 OK"
	}
	text := http.StatusText(code)
	if text == "" {
		text = "status code " + strconv.Itoa(code)
	}
	return strconv.Itoa(code) + " " + text
}

// answerable reports whether a front door would have answered where err came.
func answerable(err error) bool {
	for _, is := range []func(error) bool{
		isA[*InvokeError], isA[*FunctionError], isA[*ResponseError], isA[*TooLargeError],
	} {
		if is(err) {
			return true
		}
	}
	return false
}
