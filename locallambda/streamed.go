package locallambda

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"

	"github.com/vialambda/vialambda"
)

// streamed runs write and returns what it writes as it writes it. The error of
// write, its panic, and the end of the function's time are what Read returns.
//
// write gets no further than its reader: a Write returns when it has been read.
// If the reader closes the stream, or ctx ends, the context of write ends and
// its writes fail.
func streamed(ctx context.Context, in *vialambda.Invocation, write func(context.Context, io.Writer) error) (*vialambda.Result, error) {
	x, wctx := begin(ctx, in)
	r, w := io.Pipe()
	end := func(err error) {
		if x.late() { // whatever came of it
			err = x.timeUp().err(x.RequestID)
		}
		x.end(false)
		w.CloseWithError(err) // only the first counts
	}
	untie := context.AfterFunc(ctx, func() {
		end(ctx.Err())
		x.cancel()
	})
	stop := context.AfterFunc(wctx, func() { end(io.ErrClosedPipe) }) // at the deadline, or the stream is closed
	go func() {
		defer x.cancel()
		_, ok := x.protect(wctx, func(ctx context.Context) ([]byte, error) {
			return nil, write(ctx, pieceWriter{ctx, w})
		}, func(f *fault) { stop(); end(f.err(x.RequestID)) })
		if ok {
			stop()
			end(nil)
		}
	}()
	res := &vialambda.Result{Status: http.StatusOK, RequestID: x.RequestID, Version: x.Version}
	res.Payload = &handlerStream{PipeReader: r, x: x, res: res, untie: untie}
	return res, nil
}

// handlerStream is the payload of a streamed invocation.
type handlerStream struct {
	*io.PipeReader
	x     *execution
	res   *vialambda.Result
	untie func() bool // from the caller's context
	once  sync.Once
}

// Read sets the log tail of the result when the function is at its end.
func (s *handlerStream) Read(p []byte) (int, error) {
	n, err := s.PipeReader.Read(p)
	if err != nil {
		s.once.Do(func() {
			s.untie()
			failed, isFailure := errors.AsType[*vialambda.FunctionError](err)
			if isFailure || err == io.EOF { //nolint:errorlint // as every Reader returns it
				s.res.LogTail = s.x.logTail()
			}
			if isFailure {
				failed.LogTail = s.res.LogTail
			}
		})
	}
	return n, err
}

// Close stops the handler.
func (s *handlerStream) Close() error {
	s.untie()
	s.PipeReader.Close()
	s.x.cancel()
	return nil
}

// pieceWriter writes to a pipe, but not after ctx has ended, nor a piece with
// nothing in it: the pipe would wait for a reader of that too.
type pieceWriter struct {
	ctx  context.Context
	pipe *io.PipeWriter
}

func (w pieceWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil || len(p) == 0 {
		return 0, err
	}
	return w.pipe.Write(p)
}
