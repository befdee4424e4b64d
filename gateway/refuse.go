package gateway

import (
	"net/http"
	"strconv"
	"time"

	"github.com/vialambda/vialambda/internal/edge"
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
	x.write(status, "application/json", edge.Message(reason))
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
	x.write(status, "application/problem+json", edge.Problem(status, detail, x.record.RequestID))
}

func (x *exchange) write(status int, contentType string, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.writeHeader(status)
	n := 0
	if x.r.Method != http.MethodHead {
		n, _ = x.w.Write(body) // to whom would it be told
	}
	x.record.SentBytes = int64(n)
}
