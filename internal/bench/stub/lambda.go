package stub

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vialambda/vialambda/internal/bench/workload"
)

// answer is what a function returns, and when.
type answer struct {
	payload []byte
	plain   []byte // the body in payload
	kind    string // its Content-Type
	stream  *workload.Frames
	wait    time.Duration
}

func prepare(c *workload.Case) answer {
	if c.Stream > 0 {
		return answer{stream: c.Frames()}
	}
	return answer{payload: c.Envelope(), plain: c.Answer.Bytes(), kind: c.Answer.Type, wait: c.Wait}
}

// lambda serves the two operations of the Invoke API that are measured, and
// the functions as plain HTTP.
func (s *Stub) lambda() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", s.invoke)
	mux.HandleFunc("POST /2021-11-15/functions/{name}/response-streaming-invocations", s.invokeStream)
	mux.HandleFunc("/{name}/{rest...}", s.web)
	return mux
}

func (s *Stub) invoke(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	if r.Header.Get("X-Amz-Invocation-Type") == "DryRun" {
		w.WriteHeader(http.StatusNoContent) // the gateway asks at its start
		return
	}
	if name == workload.Inspect {
		s.inspect(w, r)
		return
	}
	if !s.readEvent(w, r) {
		return
	}
	if n, ok := barrier(name); ok {
		if !s.gate.barrier(r.Context(), n) {
			return
		}
		name = workload.Hold
	} else if name == workload.Hold && !s.gate.hold(r.Context()) {
		return
	}
	answer, ok := s.answers[name]
	if !ok || answer.payload == nil {
		notFound(w, name)
		return
	}
	if !sleep(r, answer.wait) {
		return
	}
	s.answer(w, answer.payload)
}

func (s *Stub) invokeStream(w http.ResponseWriter, r *http.Request) {
	if !s.readEvent(w, r) {
		return
	}
	name := r.PathValue("name")
	stream := s.answers[name].stream
	if stream == nil {
		notFound(w, name)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	w.Header().Set("X-Amz-Executed-Version", "$LATEST")
	stream.Write(w) //nolint:errcheck // as in answer
}

func (s *Stub) answer(w http.ResponseWriter, payload []byte) {
	header := w.Header()
	header["Content-Type"] = []string{"application/json"}
	header["Content-Length"] = []string{strconv.Itoa(len(payload))}
	header["X-Amzn-Requestid"] = []string{fmt.Sprintf("5b0f7c1e-0000-4000-8000-%012x", s.ids.Add(1))}
	header["X-Amz-Executed-Version"] = []string{"$LATEST"}
	w.Write(payload) //nolint:errcheck // a client that has gone is the client's affair
}

// readEvent reads the event and drops it. It answers and returns false if there
// is none.
func (s *Stub) readEvent(w http.ResponseWriter, r *http.Request) bool {
	n, err := io.Copy(io.Discard, http.MaxBytesReader(w, r.Body, workload.MaxEvent))
	if err != nil || n < 2 {
		failure(w, http.StatusBadRequest, "InvalidRequestContentException", "no event, or none that can be read")
		return false
	}
	s.calls.Add(1)
	return true
}

// inspect answers with the SHA-256 of the body that the event carries: how the
// harness knows that a contender sends what it should.
func (s *Stub) inspect(w http.ResponseWriter, r *http.Request) {
	var event struct {
		Body   *string `json:"body"`
		Base64 bool    `json:"isBase64Encoded"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, workload.MaxEvent)).Decode(&event); err != nil {
		failure(w, http.StatusBadRequest, "InvalidRequestContentException", err.Error())
		return
	}
	s.calls.Add(1)
	var body []byte
	if event.Body != nil {
		body = []byte(*event.Body)
	}
	if event.Base64 {
		decoded, err := base64.StdEncoding.DecodeString(string(body))
		if err != nil {
			failure(w, http.StatusBadRequest, "InvalidRequestContentException", err.Error())
			return
		}
		body = decoded
	}
	sum := sha256.Sum256(body)
	s.answer(w, workload.Envelope([]byte(hex.EncodeToString(sum[:])), "text/plain", false))
}

// sleep waits for d. It returns false if the client has gone before.
func sleep(r *http.Request, d time.Duration) bool {
	if d == 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func barrier(name string) (n int, ok bool) {
	digits, ok := strings.CutPrefix(name, workload.BarrierPrefix)
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(digits)
	return n, err == nil && n > 0
}

func notFound(w http.ResponseWriter, name string) {
	failure(w, http.StatusNotFound, "ResourceNotFoundException", "Function not found: "+name)
}

func failure(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-ErrorType", code)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"Type": "User", "Message": message}) //nolint:errcheck // as in answer
}
