package vialambda

import (
	"encoding/json"
	"io"
	"net/http"
	"sync"

	"github.com/vialambda/vialambda/internal/event"
)

// maxUnwanted is how much of a body that must not be there is read for the log
// at its end.
const maxUnwanted = 256 << 10

// stream is a streamed answer whose beginning has been read.
type stream struct {
	res   *Result
	shape event.Shape // RawStream or Prelude
	meta  []byte      // of a Prelude
	rest  []byte      // of the body, what has been read of it
	ended error       // what Read returned with the last of rest, if anything
}

// openStream reads the answer until it is clear what it is. A function that does
// not stream has its answer read whole.
func (x *exchange) openStream(res *Result) (*answer, error) {
	if res.Payload == nil {
		res.Payload = http.NoBody
	}
	got, err := x.sniff(res)
	if err != nil {
		res.Payload.Close()
		return &answer{Result: res}, streamFailed(res, err)
	}
	return got, nil
}

func (x *exchange) sniff(res *Result) (*answer, error) {
	var sniffer event.Sniffer
	buf := make([]byte, 0, event.PreludeLimit)
	for {
		n, end := res.Payload.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		shape := event.RawStream
		if x.to.Format != Raw {
			shape = sniffer.Sniff(buf, end == io.EOF)
		} else if len(buf) == 0 && end == nil {
			shape = event.Undecided
		}
		if end != nil && end != io.EOF && shape != event.Prelude {
			return nil, withDocument(end, buf)
		}
		s := &stream{res: res, shape: shape, rest: buf, ended: end}
		switch shape {
		case event.RawStream:
			return &answer{Result: res, stream: s}, nil
		case event.Prelude:
			s.meta, s.rest = sniffer.Split(buf)
			return &answer{Result: res, stream: s}, nil
		case event.BufferedAnswer:
			return x.readRest(res, buf, end)
		}
	}
}

// readRest reads the answer of a function that does not stream to its end.
func (x *exchange) readRest(res *Result, head []byte, end error) (*answer, error) {
	payload := head
	if end == nil {
		tail, err := readUpTo(res.Payload, 0, int64(maxAnswer-len(head)))
		if err != nil {
			return nil, err
		}
		payload = append(head, tail...)
	}
	if len(payload) > maxAnswer {
		return nil, &TooLargeError{What: tooLargeAnswer, Size: int64(len(payload)), Limit: maxAnswer}
	}
	res.Payload.Close()
	return &answer{Result: res, payload: payload}, nil
}

// respondStream makes the response of a streamed answer; its body is still to come.
func (x *exchange) respondStream(got *answer) (*http.Response, error) {
	s := got.stream
	d := event.RawResponse()
	if s.shape == event.Prelude {
		var err error
		if d, err = event.DecodePrelude(event.Format(x.to.Format), s.meta); err != nil {
			s.res.Payload.Close()
			return nil, x.malformed(err, s.meta[:min(len(s.meta), maxShown)], s.res)
		}
	}
	x.rewriteLocations(d.Header)
	body := &streamBody{observer: x.observer, stream: s}
	if never := d.Status == http.StatusNoContent || d.Status == http.StatusNotModified; never || x.req.Method == http.MethodHead {
		if x.to.LogTail { // which comes at the end of the stream
			_, _ = io.CopyN(io.Discard, body, maxUnwanted)
		}
		body.Close()
		length := int64(-1)
		if never {
			length = 0
		}
		return x.newResponse(d.Status, d.Header, nil, length), nil
	}
	resp := x.newResponse(d.Status, d.Header, body, -1)
	if x.gunzips(d.Header) {
		resp.Body = &gzipBody{body: body}
		x.uncompressed(resp)
	}
	return resp, nil
}

// streamBody is the body of a streamed response. Close may be called while a
// Read waits, which it ends.
type streamBody struct {
	observer
	*stream

	mu   sync.Mutex
	read int64
	err  error // what Read returns from now on
}

func (b *streamBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	err := b.err
	b.mu.Unlock()
	if err != nil || len(p) == 0 {
		return 0, err
	}
	n, err := b.next(p)
	if over := b.count(int64(n)) - maxStream; over > 0 {
		n -= int(over)
		err = &TooLargeError{What: tooLargeStream, Size: maxStream + over, Limit: maxStream}
	}
	if err == nil {
		return n, nil
	}
	if err != io.EOF { //nolint:errorlint // io.Reader's EOF is never wrapped
		err = streamFailed(b.res, err)
	}
	err = b.end(err, true)
	b.res.Payload.Close()
	if n > 0 {
		return n, nil
	}
	return 0, err
}

// next takes what the sniffing has read, then reads on.
func (b *streamBody) next(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.ended != nil {
		return 0, b.ended
	}
	return b.res.Payload.Read(p)
}

// count adds n to what has been read and returns the sum.
func (b *streamBody) count(n int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.read += n
	return b.read
}

// Close ends the call: the connection is closed unless the stream was read to
// its end.
func (b *streamBody) Close() error {
	_ = b.end(http.ErrBodyReadAfterClose, false)
	return b.res.Payload.Close()
}

// end ends the body with err, unless it has ended already, and returns what it
// ended with. byRead says that the payload's Read is over, so that what only the
// end of a stream tells may be looked at.
func (b *streamBody) end(err error, byRead bool) error {
	b.mu.Lock()
	if b.err != nil {
		defer b.mu.Unlock()
		return b.err
	}
	b.err = err
	read := min(b.read, maxStream)
	b.mu.Unlock()
	var log []byte
	if byRead {
		log = b.res.LogTail
	}
	b.bodyDone(log, read, err)
	return err
}

// streamFailed makes what a stream's Read returned an error of this package. The
// Invoker may hand the same error to others, so it is a copy that is completed.
func streamFailed(res *Result, err error) error {
	if e, ok := err.(*FunctionError); ok { //nolint:errorlint // a wrapped one belongs to who wrapped it
		known := *e
		setDefault(&known.Kind, "Unhandled")
		setDefault(&known.RequestID, res.RequestID)
		if known.LogTail == nil {
			known.LogTail = res.LogTail
		}
		return &known
	}
	return readFailed(res, err)
}

// withDocument completes a function's error that has no message from what the
// function wrote, if that is an error document.
func withDocument(err error, written []byte) error {
	e, ok := err.(*FunctionError) //nolint:errorlint // a wrapped one belongs to who wrapped it
	if !ok || e.Message != "" || !json.Valid(written) {
		return err
	}
	known := *e
	known.readDocument(written)
	if e.Type != "" {
		known.Type = e.Type
	}
	return &known
}
