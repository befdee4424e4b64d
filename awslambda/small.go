package awslambda

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"github.com/vialambda/vialambda/internal/http1"
)

// maxSmall is up to how many bytes of payload a request is small. All of it is written before
// the answer is read, so it must fit in what the systems of both sides buffer.
const maxSmall = 60 << 10

// goesOverHTTP1 reports whether r does. Hooks that are not called there, and values that are
// none of header fields, are left to net/http.
func (w *wire) goesOverHTTP1(ctx context.Context, d *destination, r *request) bool {
	if d.pool == nil || !d.pool.CanProbe() || len(r.in.Payload) > maxSmall || !http1.Hears(httptrace.ContextClientTrace(ctx)) {
		return false
	}
	for _, value := range &r.values {
		if !isClean(value) {
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
