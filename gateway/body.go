package gateway

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// requestBody is the body of a request: no larger and no slower than allowed.
type requestBody struct {
	x       *exchange
	from    io.ReadCloser
	known   bool // its length was announced and is reserved
	started bool
}

// body returns http.NoBody if there is none.
func (x *exchange) body() io.ReadCloser {
	if x.r.Body == nil || x.r.Body == http.NoBody {
		return http.NoBody
	}
	return &requestBody{
		x:     x,
		from:  http.MaxBytesReader(x.w, x.r.Body, x.route.target.MaxBody),
		known: x.r.ContentLength > 0,
	}
}

// Read reads within the time for the whole body. Whatever ends it but io.EOF is
// kept, to be answered.
func (b *requestBody) Read(p []byte) (int, error) {
	if !b.started {
		b.started = true
		_ = b.x.rc.SetReadDeadline(b.x.awaitBody()) // not every server can
	}
	n, err := b.from.Read(p)
	if n > 0 && !b.known && !b.x.reserveBody(int64(n)) {
		n, err = 0, errOverBudget
	}
	b.x.readBody(n, err)
	if err == io.EOF {
		_ = b.x.rc.SetReadDeadline(time.Time{})
	}
	return n, err
}

// Close is left to the server: the connection is its own.
func (b *requestBody) Close() error { return nil }

// awaitBody returns when the body must have arrived.
func (x *exchange) awaitBody() time.Time {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bodyDue = time.Now().Add(x.s.BodyTimeout)
	return x.bodyDue
}

func (x *exchange) readBody(n int, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.bodyBytes += int64(n)
	if err != nil {
		x.bodyDue = time.Time{}
	}
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		x.bodyErr = err
	}
}

// bodyFailed is what ended the body but io.EOF; nil: nothing has. When its time is
// up, net/http ends the request's context, too, and that may be seen before Read
// has returned.
func (x *exchange) bodyFailed() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.bodyDue.IsZero() && x.r.Context().Err() != nil && !time.Now().Before(x.bodyDue) {
		return os.ErrDeadlineExceeded
	}
	return x.bodyErr
}
