package awslambda

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/vialambda/vialambda"
)

// answer is a buffered answer. Its Payload is the response's body.
type answer struct {
	vialambda.Result
	ctx  context.Context
	body io.ReadCloser
}

func newAnswer(ctx context.Context, resp *http.Response) *vialambda.Result {
	a := &answer{Result: resultOf(resp), ctx: ctx, body: resp.Body}
	a.Payload = a
	a.Size = max(resp.ContentLength, 0)
	return &a.Result
}

func (a *answer) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = broken(a.ctx, a.RequestID, err)
	}
	return n, err
}

func (a *answer) Close() error { return a.body.Close() }

// resultOf reads the header of an answer.
func resultOf(resp *http.Response) vialambda.Result {
	return vialambda.Result{
		Status:        resp.StatusCode,
		FunctionError: first(resp.Header, "X-Amz-Function-Error"),
		RequestID:     requestID(resp.Header),
		Version:       first(resp.Header, "X-Amz-Executed-Version"),
		LogTail:       decodeLog(first(resp.Header, "X-Amz-Log-Result")),
	}
}

// first returns the first value of a field whose name is canonical.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

func requestID(h http.Header) string {
	if id := first(h, "X-Amzn-Requestid"); id != "" {
		return id
	}
	return h.Get("X-Amz-RequestId")
}

// decodeLog returns the text of a log tail; one that is not base64 is no log.
func decodeLog(text string) []byte {
	if text == "" {
		return nil
	}
	log, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return log
}

// ended returns the error of ctx, which has ended, and its cause if that is another.
func ended(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || errors.Is(err, cause) || errors.Is(cause, err) && cause.Error() == err.Error() {
		return err
	}
	return fmt.Errorf("%w: %w", err, cause)
}

// broken is the error of an answer that ended before its end.
func broken(ctx context.Context, requestID string, err error) *vialambda.InvokeError {
	return &vialambda.InvokeError{RequestID: requestID, MayHaveRun: true, Err: brokenOff(ctx, err)}
}

// brokenOff says what ended an answer: ctx, or a connection that was cut, which
// always is an io.ErrUnexpectedEOF.
func brokenOff(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ended(ctx)
	case errors.Is(err, io.EOF):
		return &sentence{"the answer was cut off", io.ErrUnexpectedEOF}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &sentence{"the answer was cut off", err}
	case isTimeout(err), errors.Is(err, http.ErrBodyReadAfterClose):
		return err
	}
	return fmt.Errorf("the answer was cut off: %w (%w)", io.ErrUnexpectedEOF, err)
}
