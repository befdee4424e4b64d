package locallambda

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/vialambda/vialambda"
)

// streamChunk is how much of a stream one message holds at most.
const streamChunk = 32 << 10

// answerStream runs an invocation and sends what it writes as it writes it.
func (s *Server) answerStream(w http.ResponseWriter, r *http.Request, c *call, in *vialambda.Invocation, fn vialambda.Invoker) {
	ctx, end, ok := s.running.begin(r.Context(), false, 0)
	if !ok {
		s.refuse(w, s.newEntry(c, in), closing())
		return
	}
	body, toBody := io.Pipe()
	begun := make(chan outcome, 1) // how it began, without the payload
	go func() {
		defer end()
		entry := s.newEntry(c, in)
		res, err := run(ctx, c, in, fn)
		begun <- outcome{res: res, err: err}
		if err == nil {
			err = pump(toBody, res)
		}
		entry.end(res, nil, err)
		s.log(entry)
	}()
	defer body.Close() // from then on, the function writes to nobody
	defer context.AfterFunc(r.Context(), func() { body.Close() })()

	var o outcome
	select {
	case <-r.Context().Done():
		panic(http.ErrAbortHandler) // nobody is there to be answered
	case o = <-begun:
	}
	if o.err != nil {
		o.write(w, false)
		return
	}
	h := w.Header()
	h.Set("Content-Type", eventStreamType)
	h.Set("X-Amzn-RequestId", o.res.RequestID)
	h.Set("X-Amz-Executed-Version", o.res.Version)
	w.WriteHeader(http.StatusOK)
	if err := writeStream(w, o.res, body, in.LogTail); err != nil {
		panic(http.ErrAbortHandler) // the caller must not take it for complete
	}
}

// pump moves a payload to w until its end, also if nobody reads w any more: the
// function runs on. It returns what ended the payload if that was not its end,
// and gives it to w's reader.
func pump(w *io.PipeWriter, res *vialambda.Result) error {
	defer res.Payload.Close()
	_, err := io.Copy(w, res.Payload)
	if errors.Is(err, io.ErrClosedPipe) {
		_, err = io.Copy(io.Discard, res.Payload)
	}
	if err == nil && res.FunctionError != "" {
		err = &vialambda.FunctionError{Kind: res.FunctionError}
	}
	w.CloseWithError(err)
	return err
}

// writeStream sends body as messages and how it ended as the last one. It
// returns an error if the stream must be broken off instead.
func writeStream(w http.ResponseWriter, res *vialambda.Result, body io.Reader, logTail bool) error {
	var (
		flush    = http.NewResponseController(w).Flush
		buf      = make([]byte, streamChunk)
		frame    []byte
		document []byte // of a function that failed before it wrote anything
	)
	for {
		if err := flush(); err != nil {
			return err
		}
		n, err := body.Read(buf)
		frame = frame[:0]
		switch {
		case res.FunctionError != "":
			document = append(document, buf[:n]...)
		case n > 0:
			frame = appendChunk(frame, buf[:n])
		}
		if err != nil {
			end, broken := streamEnd(res, document, err, logTail)
			if broken != nil {
				return broken
			}
			frame = append(frame, end...)
		}
		if _, failed := w.Write(frame); failed != nil {
			return failed
		}
		if err != nil {
			return flush()
		}
	}
}

// streamEnd is the last message of a stream that ended with err.
func streamEnd(res *vialambda.Result, document []byte, err error, logTail bool) ([]byte, error) {
	end := complete{}
	failed, isFailure := errors.AsType[*vialambda.FunctionError](err)
	switch {
	case err == io.EOF: //nolint:errorlint // the end itself, as every Reader returns it
	case isFailure && res.FunctionError != "":
		end.ErrorCode = cmp.Or(documentType(document), res.FunctionError)
		end.ErrorDetails = string(document)
	case isFailure:
		end.ErrorCode = cmp.Or(failed.Type, failed.Kind, "Unhandled")
		end.ErrorDetails = errorDetails(failed)
	case errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.ErrClosedPipe):
		return nil, err
	default:
		e := apiError(err)
		return appendException(nil, e.Code, e.Message), nil
	}
	if logTail { // only now may it be looked at
		end.LogResult = logResult(res.LogTail)
	}
	return appendComplete(nil, end), nil
}

// errorDetails is e as the error document of a runtime.
func errorDetails(e *vialambda.FunctionError) string {
	doc, err := marshal(struct {
		Message string          `json:"errorMessage"`
		Type    string          `json:"errorType"`
		Trace   json.RawMessage `json:"stackTrace,omitempty"`
	}{e.Message, e.Type, e.Trace})
	if err != nil { // a trace that is no JSON
		return errorDetails(&vialambda.FunctionError{Message: e.Message, Type: e.Type})
	}
	return string(doc)
}

// documentType is the errorType of an error document, if it has one.
func documentType(document []byte) string {
	var doc struct {
		Type string `json:"errorType"`
	}
	json.Unmarshal(document, &doc) //nolint:errcheck // then there is none
	return doc.Type
}
