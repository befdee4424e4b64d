package gateway

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

// answer sends the function's response.
func (x *exchange) answer(resp *http.Response) {
	x.copyHeader(resp)
	h := x.w.Header()
	x.route.ResponseHeaders.apply(h)
	if _, ok := h["Content-Type"]; !ok {
		h["Content-Type"] = nil // or net/http guesses one
	}
	x.writeHeader(resp.StatusCode)
	x.copyBody(resp)
	// What is sent here is sent within WriteTimeout, which ends with the request.
	_ = x.rc.Flush()
	_ = x.rc.SetWriteDeadline(time.Time{})
}

func (x *exchange) copyHeader(resp *http.Response) {
	removeHops(resp.Header)
	h := x.w.Header()
	for name, values := range resp.Header {
		h[name] = append(h[name], values...)
	}
	for _, name := range [...]string{"Location", "Content-Location"} {
		for i, value := range h[name] {
			h[name][i] = x.location(value)
		}
	}
	if id := x.record.Info.RequestID; id != "" {
		h.Set("X-Amzn-Requestid", id)
	}
}

// location makes a Location that names the function itself one that the client
// can follow.
func (x *exchange) location(value string) string {
	u, err := url.Parse(value)
	if err != nil {
		return value
	}
	switch {
	case u.Scheme == vialambda.Scheme && u.Host == x.route.lane.host:
		u.Scheme, u.Host = "http", x.r.Host
		if x.r.TLS != nil || x.peer.trusted && x.r.Header.Get("X-Forwarded-Proto") == "https" {
			u.Scheme = "https"
		}
	case u.Scheme == "" && u.Host == "" && x.route.moves && u.Path != "":
	default:
		return value
	}
	path := x.route.backward(u.EscapedPath())
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	return u.String()
}

// copyBody sends the body as it arrives. If it breaks off, so does the client's
// connection.
func (x *exchange) copyBody(resp *http.Response) {
	streams := resp.ContentLength < 0
	if streams {
		_ = x.rc.Flush()
	}
	buffer := x.g.buffers.Get().(*[]byte)
	defer x.g.buffers.Put(buffer)
	for {
		n, err := resp.Body.Read(*buffer)
		if n > 0 {
			x.extendWrite()
			sent, failed := x.w.Write((*buffer)[:n])
			x.record.SentBytes += int64(sent)
			if failed == nil && streams {
				failed = x.rc.Flush()
			}
			if failed != nil && !errors.Is(failed, http.ErrNotSupported) && !errors.Is(failed, http.ErrBodyNotAllowed) {
				x.clientGone(streams)
			}
		}
		switch {
		case err == io.EOF:
			return
		case err != nil && x.r.Context().Err() != nil:
			x.clientGone(true)
		case err != nil:
			x.record.Err, x.record.Aborted, x.record.MayRun = err, true, mayRun(err)
			panic(http.ErrAbortHandler)
		}
	}
}

// clientGone ends an exchange whose client takes no more. It does not return.
func (x *exchange) clientGone(mayRun bool) {
	x.record.ClientGone, x.record.Aborted, x.record.MayRun = true, true, mayRun
	panic(http.ErrAbortHandler)
}

// extendWrite gives the client time for the next write.
func (x *exchange) extendWrite() {
	now := time.Now()
	if limit := x.s.WriteTimeout; x.deadline.Sub(now) < limit-limit/8 {
		x.deadline = now.Add(limit)
		_ = x.rc.SetWriteDeadline(x.deadline) // not every server can
	}
}

// fail answers where there is no response of the function.
func (x *exchange) fail(out *http.Request, err error) {
	x.record.Err, x.record.MayRun = err, mayRun(err)
	failed := x.bodyFailed()
	if x.r.Context().Err() != nil && !errors.Is(failed, os.ErrDeadlineExceeded) { // which net/http takes for the client's end
		x.record.Status = StatusClientGone
		x.clientGone(x.record.MayRun)
	}
	if failed != nil {
		x.record.MayRun = false // it was never complete
		x.failBody(failed)
		return
	}
	if _, ok := errors.AsType[*vialambda.AddressError](err); ok {
		x.refuse(http.StatusNotFound, "the function has no such route")
		return
	}
	format := x.route.target.Format
	if format == 0 {
		format = vialambda.RESTAPI
	}
	resp := vialambda.ErrorResponse(out, format, err)
	defer resp.Body.Close()
	if x.s.ProblemJSON {
		if wait := resp.Header.Get("Retry-After"); wait != "" {
			x.w.Header().Set("Retry-After", wait)
		}
		if id := x.record.Info.RequestID; id != "" {
			x.w.Header().Set("X-Amzn-Requestid", id)
		}
		x.problem(resp.StatusCode, edge.Detail(err))
		return
	}
	x.answer(resp)
}

func mayRun(err error) bool {
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	return ok && e.MayHaveRun
}

// failBody answers a request whose body did not arrive.
func (x *exchange) failBody(err error) {
	_, tooLarge := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooLarge:
		x.tooLarge()
		return
	case errors.Is(err, errOverBudget):
		x.overloaded()
		return
	}
	x.w.Header().Set("Connection", "close") // what follows cannot be told from the body's rest
	if errors.Is(err, os.ErrDeadlineExceeded) {
		x.refuse(http.StatusRequestTimeout, "the body did not arrive in time")
		return
	}
	x.refuse(http.StatusBadRequest, "the body cannot be read")
}

// writeHeader sends the status, with the header that every answer has.
func (x *exchange) writeHeader(status int) {
	x.record.Status = status
	x.w.Header()["X-Request-Id"] = []string{x.record.RequestID}
	x.extendWrite()
	x.w.WriteHeader(status)
}
