package awslambda

import (
	"context"
	"errors"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
)

// sdkStream reads the SDK's stream of events as a Payload.
type sdkStream struct {
	vialambda.Result
	ctx    context.Context
	events *lambda.InvokeWithResponseStreamEventStream
	chunk  []byte // of which the rest is still to be read
	err    error  // what every further Read returns
}

// Close ends the SDK's goroutines and its connection.
func (s *sdkStream) Close() error {
	_ = s.events.Close() // the error of the stream, which Read has returned
	return nil
}

func (s *sdkStream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for s.err == nil && len(s.chunk) == 0 {
		select {
		case event, ok := <-s.events.Events():
			s.err = s.take(event, ok)
		case <-s.ctx.Done():
			s.err = s.broken(ended(s.ctx))
		}
	}
	if len(s.chunk) == 0 {
		return 0, s.err
	}
	n := copy(p, s.chunk)
	s.chunk = s.chunk[n:]
	return n, nil
}

// take takes one event, or the end of them. Its error is final.
func (s *sdkStream) take(event types.InvokeWithResponseStreamResponseEvent, ok bool) error {
	if !ok {
		return s.ended()
	}
	switch event := event.(type) {
	case *types.InvokeWithResponseStreamResponseEventMemberPayloadChunk:
		s.chunk = event.Value.Payload
	case *types.InvokeWithResponseStreamResponseEventMemberInvokeComplete:
		s.LogTail = decodeLog(aws.ToString(event.Value.LogResult))
		code := aws.ToString(event.Value.ErrorCode)
		if code == "" {
			return io.EOF
		}
		failed := functionError(code, aws.ToString(event.Value.ErrorDetails))
		failed.RequestID, failed.LogTail = s.RequestID, s.LogTail
		return failed
	}
	return nil
}

// ended says why the events ended without one that says so. To the SDK, a stream
// that was cut off is one that is over.
func (s *sdkStream) ended() error {
	err := s.events.Err()
	if api, ok := errors.AsType[smithy.APIError](err); ok && s.ctx.Err() == nil {
		return &vialambda.InvokeError{
			Code: api.ErrorCode(), Message: api.ErrorMessage(), Status: s.Status, RequestID: s.RequestID, MayHaveRun: true, Err: err,
		}
	}
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	return s.broken(err)
}

func (s *sdkStream) broken(err error) error { return broken(s.ctx, s.RequestID, err) }
