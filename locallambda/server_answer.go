package locallambda

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda"
)

// outcome is how a buffered invocation ended.
type outcome struct {
	res     *vialambda.Result
	payload []byte
	err     error
}

// answer runs a buffered invocation and answers with its whole result.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, c *call, in *vialambda.Invocation, fn vialambda.Invoker) {
	ctx, end, ok := s.running.begin(r.Context(), false, 0)
	if !ok {
		s.refuse(w, s.newEntry(c, in), closing())
		return
	}
	ended := make(chan outcome, 1)
	go func() {
		defer end()
		entry := s.newEntry(c, in)
		var o outcome
		if o.res, o.err = run(ctx, c, in, fn); o.err == nil {
			o.payload, o.err = readPayload(o.res)
		}
		entry.end(o.res, o.payload, o.err)
		s.log(entry)
		ended <- o
	}()
	select {
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // nobody is there to be answered
	case o := <-ended:
		o.write(w, in.LogTail)
	}
}

func (o outcome) write(w http.ResponseWriter, logTail bool) {
	if cut, ok := errors.AsType[*cutError](o.err); ok {
		if len(cut.answer) > 0 {
			writeHeader(w, cut.res, logTail, len(cut.answer))
			w.Write(cut.answer[:len(cut.answer)/2]) //nolint:errcheck // it is broken anyway
			http.NewResponseController(w).Flush()   //nolint:errcheck // likewise
		}
		panic(http.ErrAbortHandler)
	}
	if o.err != nil {
		writeError(w, apiError(o.err))
		return
	}
	writeHeader(w, o.res, logTail, len(o.payload))
	w.Write(o.payload) //nolint:errcheck // the caller's loss
}

// writeHeader begins the answer of Invoke.
func writeHeader(w http.ResponseWriter, res *vialambda.Result, logTail bool, size int) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(size))
	h.Set("X-Amzn-RequestId", res.RequestID)
	h.Set("X-Amz-Executed-Version", res.Version)
	h.Set("X-Amzn-Remapped-Content-Length", "0")
	if res.FunctionError != "" {
		h.Set("X-Amz-Function-Error", res.FunctionError)
	}
	if logTail && len(res.LogTail) > 0 {
		h.Set("X-Amz-Log-Result", logResult(res.LogTail))
	}
	w.WriteHeader(http.StatusOK)
}

// readPayload reads and closes a buffered payload, which run has bounded.
func readPayload(res *vialambda.Result) ([]byte, error) {
	defer res.Payload.Close()
	if res.Size <= 0 {
		return io.ReadAll(res.Payload)
	}
	payload := make([]byte, res.Size)
	_, err := io.ReadFull(res.Payload, payload)
	return payload, err
}
