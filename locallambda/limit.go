package locallambda

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda"
)

// What a function may answer, in bytes
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	maxAnswer = 6<<20 + 100 // 6,291,556
	maxStream = 200 << 20
)

// limit makes res the function error that Lambda answers with if its payload is
// too large, at once or, in a stream, when so much of it has been read. What is
// buffered is a reader of known size afterwards.
func limit(res *vialambda.Result, stream bool) error {
	switch {
	case res.Payload == nil:
		res.Payload = http.NoBody
	case stream:
		res.Payload = &limitedStream{ReadCloser: res.Payload, left: maxStream, requestID: res.RequestID}
	case res.Size > maxAnswer:
		res.Payload.Close()
		sizeFault(maxAnswer).into(res)
	case res.Size == 0:
		payload, err := io.ReadAll(io.LimitReader(res.Payload, maxAnswer+1))
		res.Payload.Close()
		if err != nil {
			return err
		}
		if len(payload) > maxAnswer {
			sizeFault(maxAnswer).into(res)
		} else {
			setPayload(res, payload)
		}
	}
	return nil
}

// drain reads what fn answered to its end and returns the function error, if it
// was one.
func drain(res *vialambda.Result) error {
	defer res.Payload.Close()
	payload, err := io.ReadAll(io.LimitReader(res.Payload, maxAnswer))
	if err != nil || res.FunctionError == "" {
		return err
	}
	failed := &vialambda.FunctionError{Kind: res.FunctionError, RequestID: res.RequestID, LogTail: res.LogTail}
	var document struct {
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(payload, &document) == nil {
		failed.Type, failed.Message = document.Type, document.Message
	}
	return failed
}

func setPayload(res *vialambda.Result, payload []byte) {
	res.Payload, res.Size = io.NopCloser(bytes.NewReader(payload)), int64(len(payload))
}

// sizeFault is what Lambda reports of an answer over max bytes.
func sizeFault(max int64) *fault {
	return &fault{
		Message: "Response payload size exceeded maximum allowed payload size (" + strconv.FormatInt(max, 10) + " bytes).",
		Type:    "Function.ResponseSizeTooLarge",
	}
}

// limitedStream fails when more than left bytes have been read.
type limitedStream struct {
	io.ReadCloser
	left      int64
	requestID string
	err       error
}

func (s *limitedStream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.ReadCloser.Read(p)
	if int64(n) > s.left {
		n, err = int(s.left), sizeFault(maxStream).err(s.requestID)
		s.Close()
	}
	s.left -= int64(n)
	s.err = err
	return n, err
}
