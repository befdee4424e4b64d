package gateway

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/vialambda/vialambda"
)

// refuse answers for the gateway itself. It returns false, for its caller to
// return.
func (x *exchange) refuse(status int, reason string) bool {
	x.record.Refused = reason
	if x.r.Body != nil && x.r.Body != http.NoBody {
		// The server reads what there is of it before it sends the answer.
		_ = x.rc.SetReadDeadline(time.Now().Add(x.s.BodyTimeout))
	}
	if x.s.ProblemJSON {
		x.problem(status, reason)
		return false
	}
	x.write(status, "application/json", struct {
		Message string `json:"message"`
	}{reason})
	return false
}

func (x *exchange) tooLarge() bool {
	x.w.Header().Set("Connection", "close") // the answer does not wait for the body
	return x.refuse(http.StatusRequestEntityTooLarge, "the body is too large: allowed are "+strconv.FormatInt(x.route.target.MaxBody, 10)+" bytes")
}

func (x *exchange) overloaded() bool {
	x.w.Header().Set("Retry-After", "1")
	return x.refuse(http.StatusServiceUnavailable, "the gateway is busy: try again later")
}

// problem answers with a problem document (RFC 9457).
func (x *exchange) problem(status int, detail string) {
	x.write(status, "application/problem+json", struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"request_id"`
	}{"about:blank", http.StatusText(status), status, detail, x.record.RequestID})
}

func (x *exchange) write(status int, contentType string, body any) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(body) // strings and numbers always encode
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	x.writeHeader(status)
	n := 0
	if x.r.Method != http.MethodHead {
		n, _ = x.w.Write(text.Bytes()) // to whom would it be told
	}
	x.record.SentBytes = int64(n)
}

// detailOf says in a problem what went wrong, in words that give nothing away.
func detailOf(err error) string {
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		if e.Timeout() {
			return "the function was stopped at its time limit"
		}
		return "the function failed"
	}
	if _, ok := errors.AsType[*vialambda.ResponseError](err); ok {
		return "the function's answer is no HTTP response"
	}
	if e, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return "the " + e.What + " is too large: allowed are " + strconv.FormatInt(e.Limit, 10) + " bytes"
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		switch {
		case e.Code == vialambda.CodeQueueFull:
			return "the gateway is busy: try again later"
		case e.Status == http.StatusTooManyRequests:
			return "the function is throttled: try again later"
		}
	}
	return "the function could not be called"
}
