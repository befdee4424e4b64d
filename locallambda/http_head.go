package locallambda

import (
	"fmt"
	"net/http"

	"github.com/vialambda/vialambda/internal/event"
)

// responseHead is what the two http.ResponseWriters have in common: status and
// header, kept as net/http's server keeps them.
type responseHead struct {
	format event.Format
	head   bool // the request is a HEAD

	header http.Header // the handler's
	status int         // 0: not written yet
	sent   http.Header // header as it was when the status was written
}

func newResponseHead(p *event.Parsed) responseHead {
	return responseHead{format: p.Format, head: p.Method == http.MethodHead, header: http.Header{}}
}

// Header returns the header, which may be changed until the status is written.
func (r *responseHead) Header() http.Header { return r.header }

// WriteHeader takes the status. No format carries a 1xx: they are dropped, all
// but 101, which cannot be done and is a malformed answer. After the first
// status others are ignored.
func (r *responseHead) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %v", status))
	case r.status != 0, status < 200 && status != http.StatusSwitchingProtocols:
		return
	}
	r.status = status
	r.sent = r.header.Clone()
	if r.sent == nil {
		r.sent = http.Header{}
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		delete(r.sent, name)
	}
}

// begin writes the status 200 if there is none, and reports whether the
// response may have a body.
func (r *responseHead) begin() error {
	r.WriteHeader(http.StatusOK)
	if r.status < 200 || r.status == http.StatusNoContent || r.status == http.StatusNotModified {
		return http.ErrBodyNotAllowed
	}
	return nil
}

// setType finds out the Content-Type of a body that begins with data.
func (r *responseHead) setType(data []byte) {
	_, has := r.sent["Content-Type"]
	if !has && len(data) > 0 && r.sent.Get("Content-Encoding") == "" {
		r.sent["Content-Type"] = []string{http.DetectContentType(data)}
	}
}

// setLength says how long the body is that HEAD does not get.
func (r *responseHead) setLength(n int64) {
	if r.head && n > 0 && r.sent["Content-Length"] == nil {
		r.sent["Content-Length"] = []string{fmt.Sprint(n)}
	}
}
