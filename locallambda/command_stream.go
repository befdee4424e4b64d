package locallambda

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/vialambda/vialambda"
)

// answerPipe carries an answer from the handler of the runtime's post to the
// caller's Read, a piece at a time: who writes waits for who reads, so that the
// function feels how fast its caller is.
type answerPipe struct {
	ctx    context.Context // the caller's
	r      *io.PipeReader
	w      *io.PipeWriter
	untie  func() bool // from ctx
	stalls atomic.Bool // a write waits for the reader
}

func newAnswerPipe(ctx context.Context) *answerPipe {
	r, w := io.Pipe()
	s := &answerPipe{ctx: ctx, r: r, w: w}
	s.untie = context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
	return s
}

// write hands p to the reader. It reports whether anybody still reads.
func (s *answerPipe) write(p []byte) bool {
	s.stalls.Store(true)
	_, err := s.w.Write(p)
	s.stalls.Store(false)
	return err == nil
}

// close ends the stream: with io.EOF if err is nil. A write that waits fails.
func (s *answerPipe) close(err error) { s.w.CloseWithError(err) }

// abandon ends a stream that nobody will read.
func (s *answerPipe) abandon() {
	s.untie()
	s.r.Close()
}

// streamPayload is the payload of a Result.
type streamPayload struct {
	*answerPipe
	inv  *invocation
	res  *vialambda.Result
	once sync.Once
}

// Read returns the context's error once that has ended. With the end of the
// stream, io.EOF or a *vialambda.FunctionError, it sets the result's log tail.
func (p *streamPayload) Read(b []byte) (int, error) {
	n, err := p.r.Read(b)
	if err != nil {
		p.once.Do(func() {
			p.untie()
			failed, ok := errors.AsType[*vialambda.FunctionError](err)
			if ok || err == io.EOF { //nolint:errorlint // the end itself, as every Reader returns it
				p.res.LogTail = p.inv.logTail(p.ctx)
			}
			if ok {
				failed.LogTail = p.res.LogTail
			}
		})
	}
	return n, err
}

// Close lets the function run on to its end; what it still writes is dropped.
func (p *streamPayload) Close() error {
	p.abandon()
	return nil
}
