package awslambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
)

// stream is an answer of InvokeWithResponseStream. Its Payload is what the function
// writes, as it writes it.
type stream struct {
	vialambda.Result
	ctx     context.Context
	body    io.ReadCloser
	frames  frames
	inChunk bool
	err     error // what every further Read returns
}

func newStream(ctx context.Context, resp *http.Response) *vialambda.Result {
	s := &stream{Result: resultOf(resp), ctx: ctx, body: resp.Body}
	s.frames.src = resp.Body
	s.Payload = s
	return &s.Result
}

// Close closes the connection if the stream has not been read to its end.
func (s *stream) Close() error { return s.body.Close() }

func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for s.err == nil {
		if !s.inChunk {
			s.err = s.advance()
			continue
		}
		n, err := s.frames.Read(p)
		if n > 0 {
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			s.inChunk = false
		} else if err != nil {
			s.err = s.broken(err)
		}
	}
	return 0, s.err
}

// advance goes to the next frame. Its error is final.
func (s *stream) advance() error {
	head, err := s.frames.next()
	if err != nil {
		return s.broken(err)
	}
	if head.message == "event" && head.kind == "PayloadChunk" {
		s.inChunk = true
		return nil
	}
	if head.message == "event" && head.kind != "InvokeComplete" {
		if _, err := io.Copy(io.Discard, &s.frames); err != nil {
			return s.broken(err)
		}
		return nil
	}
	text, err := s.frames.text()
	if err != nil {
		return s.broken(err)
	}
	switch head.message {
	case "event":
		return s.complete(text)
	case "exception":
		code, message := exceptionOf(head.kind, text)
		return s.refused(code, message)
	case "error":
		return s.refused(head.code, head.text)
	}
	return s.broken(fmt.Errorf("%w: a frame of type %.40q", errFrame, head.message))
}

// complete takes note of the stream's end. The answer's own end is waited for, so
// that the connection can be used again; AWS sends it along.
func (s *stream) complete(text []byte) error {
	var end struct{ ErrorCode, ErrorDetails, LogResult string }
	if err := json.Unmarshal(text, &end); err != nil {
		return s.broken(fmt.Errorf("%w: InvokeComplete: %w", errFrame, err))
	}
	_, _ = io.ReadFull(s.body, s.frames.small[:1])
	s.LogTail = decodeLog(end.LogResult)
	if end.ErrorCode == "" {
		return io.EOF
	}
	failed := functionError(end.ErrorCode, end.ErrorDetails)
	failed.RequestID, failed.LogTail = s.RequestID, s.LogTail
	return failed
}

func (s *stream) broken(err error) error {
	if errors.Is(err, errFrame) && s.ctx.Err() == nil {
		return &vialambda.InvokeError{RequestID: s.RequestID, MayHaveRun: true, Err: err}
	}
	return broken(s.ctx, s.RequestID, err)
}

// refused is the error that the API put into the stream.
func (s *stream) refused(code, message string) error {
	return &vialambda.InvokeError{
		Code: code, Message: message, Status: s.Status, RequestID: s.RequestID, MayHaveRun: true,
		Err: &smithy.GenericAPIError{Code: code, Message: message},
	}
}

// exceptionOf returns code and message of an exception frame.
func exceptionOf(kind string, text []byte) (code, message string) {
	var body struct{ Message string }
	_ = json.Unmarshal(text, &body) // without it there is no message
	return kind, body.Message
}

// functionError makes of the end of a stream what the error document of a buffered
// answer says. details is such a document, or text.
func functionError(code, details string) *vialambda.FunctionError {
	failed := &vialambda.FunctionError{Kind: "Unhandled", Type: code, Message: details}
	var document struct {
		ErrorType, ErrorMessage string
		StackTrace, Trace       json.RawMessage
	}
	if json.Unmarshal([]byte(details), &document) == nil {
		failed.Message = document.ErrorMessage
		failed.Trace = document.StackTrace
		if failed.Trace == nil {
			failed.Trace = document.Trace
		}
	}
	if code == "Unhandled" || code == "Handled" {
		failed.Kind = code
		if document.ErrorType != "" {
			failed.Type = document.ErrorType
		}
	}
	return failed
}
