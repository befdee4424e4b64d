package stub

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda/internal/bench/workload"
)

// web is the functions as ordinary HTTP: what a proxy that knows nothing of
// Lambda has behind it. It answers with the response that is in the envelope of
// the Invoke API, byte for byte.
func (s *Stub) web(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	sum := sha256.New()
	to := io.Discard
	if name == workload.Inspect {
		to = sum
	}
	if _, err := io.Copy(to, http.MaxBytesReader(w, r.Body, workload.MaxEvent)); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.calls.Add(1)
	if name == workload.Inspect {
		io.WriteString(w, hex.EncodeToString(sum.Sum(nil))) //nolint:errcheck // as in answer
		return
	}
	if n, ok := barrier(name); ok {
		if !s.gate.barrier(r.Context(), n) {
			return
		}
		name = workload.Hold
	}
	answer, ok := s.answers[name]
	if !ok || answer.plain == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	if !sleep(r, answer.wait) {
		return
	}
	header := w.Header()
	header["Content-Type"] = []string{answer.kind}
	header["Cache-Control"] = []string{"no-store"}
	header["X-Request-Id"] = []string{"7d1f"}
	header["Content-Length"] = []string{strconv.Itoa(len(answer.plain))}
	w.Write(answer.plain) //nolint:errcheck // as in answer
}
