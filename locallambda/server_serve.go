package locallambda

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/vialambda/vialambda"
)

// serve answers a request of which it is known that no web page sent it.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	entry := Entry{Time: s.now(), RequestID: newUUID()}
	h := w.Header()
	h.Set("X-Amzn-RequestId", entry.RequestID)
	if s.Now != nil {
		h.Set("Date", entry.Time.UTC().Format(http.TimeFormat))
	}
	in, e := s.read(w, r)
	if in != nil {
		entry.Function, entry.Type, entry.Stream = in.Function, in.Type, in.Stream
	}
	if e != nil {
		s.refuse(w, entry, e)
		return
	}
	if in.TraceHeader == "" {
		in.TraceHeader = newTrace(entry.Time.Unix())
	}
	h.Set("X-Amzn-Trace-Id", in.TraceHeader)

	fn, c, err := s.Functions.find(in, cmp.Or(s.Region, defaultRegion), cmp.Or(s.AccountID, defaultAccount))
	if err == nil {
		c.RequestID = entry.RequestID
		in, err = check(in)
	}
	if err != nil {
		s.refuse(w, entry, apiError(err))
		return
	}
	switch {
	case in.Type == vialambda.DryRun:
		entry.Status = http.StatusNoContent
		s.log(entry)
		w.WriteHeader(http.StatusNoContent)
	case in.Type == vialambda.Event:
		if e := s.enqueue(r.Context(), c, in, fn); e != nil {
			s.refuse(w, entry, e)
			return
		}
		h.Set("Content-Length", "0")
		w.WriteHeader(http.StatusAccepted)
	case in.Stream:
		s.answerStream(w, r, c, in, fn)
	default:
		s.answer(w, r, c, in, fn)
	}
}

// read makes an invocation of r, or the error to refuse it with.
func (s *Server) read(w http.ResponseWriter, r *http.Request) (*vialambda.Invocation, *vialambda.InvokeError) {
	function, stream, ok := parsePath(r.URL.EscapedPath())
	if !ok {
		return nil, &vialambda.InvokeError{Code: unknownOperation, Status: http.StatusNotFound}
	}
	in := &vialambda.Invocation{Function: function, Stream: stream}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return in, &vialambda.InvokeError{
			Code: "MethodNotAllowedException", Status: http.StatusMethodNotAllowed, Message: "Invocations are made with POST.",
		}
	}
	var e *vialambda.InvokeError
	if in.Payload, e = readBody(r); e != nil {
		return in, e
	}
	if s.Credentials.AccessKeyID != "" {
		if e := s.Credentials.verify(r, in.Payload, s.Region, s.now()); e != nil {
			return in, e
		}
	}
	return in, readParameters(r, in)
}

// refuse answers, and logs, that an invocation is not run.
func (s *Server) refuse(w http.ResponseWriter, entry Entry, e *vialambda.InvokeError) {
	entry.Status, entry.Code, entry.Err = e.Status, e.Code, e
	s.log(entry)
	writeError(w, e)
}

// newTrace returns a trace header for a request that came without, in the form
// of X-Ray (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html).
func newTrace(unix int64) string {
	var id [12]byte
	rand.Read(id[:])
	return fmt.Sprintf("Root=1-%08x-%s;Sampled=0", unix, hex.EncodeToString(id[:]))
}
