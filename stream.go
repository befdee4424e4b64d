package vialambda

import (
	"errors"
	"io"
	"net/http"

	"github.com/vialambda/vialambda/internal/event"
)

// stream is a streamed answer whose beginning has been read.
type stream struct {
	res   *Result
	shape event.Shape // RawStream or Prelude
	meta  []byte      // of a Prelude
	rest  []byte      // of the body, what has been read of it
	end   error       // what Read returned with the last of rest, if anything
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
		return nil, streamFailed(res, err)
	}
	return got, nil
}

func (x *exchange) sniff(res *Result) (*answer, error) {
	var sniffer event.Sniffer
	buf := make([]byte, 0, event.PreludeLimit)
	for {
		n, end := res.Payload.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if end != nil && end != io.EOF {
			if e, ok := errors.AsType[*FunctionError](end); ok && e.Message == "" {
				e.readDocument(buf)
			}
			return nil, end
		}
		shape := event.RawStream
		if x.to.Format != Raw {
			shape = sniffer.Sniff(buf, end == io.EOF)
		} else if len(buf) == 0 && end == nil {
			shape = event.Undecided
		}
		s := &stream{res: res, shape: shape, rest: buf, end: end}
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
	body := &streamBody{x: x, stream: s}
	if x.req.Method == http.MethodHead || d.Status == http.StatusNoContent || d.Status == http.StatusNotModified {
		body.Close()
		length := int64(-1)
		if d.Status != http.StatusOK {
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

// streamBody is the body of a streamed response.
type streamBody struct {
	x *exchange
	*stream
	read int64
	err  error // what Read returns from now on
	told bool  // the end has been reported
}

func (b *streamBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := b.next(p)
	b.read += int64(n)
	if b.read > maxStream {
		err = &TooLargeError{What: tooLargeStream, Size: b.read, Limit: maxStream}
	}
	if err != nil {
		if err != io.EOF {
			err = streamFailed(b.res, err)
		}
		b.err = err
		b.finish()
		b.res.Payload.Close()
		if n > 0 {
			return n, nil
		}
	}
	return n, err
}

// next takes what the sniffing has read, then reads on.
func (b *streamBody) next(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.end != nil {
		return 0, b.end
	}
	return b.res.Payload.Read(p)
}

// Close ends the call: the connection is closed unless the stream was read to
// its end.
func (b *streamBody) Close() error {
	if b.err == nil {
		b.err = http.ErrBodyReadAfterClose
		b.finish()
	}
	return b.res.Payload.Close()
}

func (b *streamBody) finish() {
	if !b.told {
		b.told = true
		b.x.bodyDone(b.res, b.read, b.err)
	}
}

// streamFailed makes what a stream's Read returned an error of this package.
func streamFailed(res *Result, err error) error {
	if e, ok := errors.AsType[*FunctionError](err); ok {
		setDefault(&e.Kind, "Unhandled")
		setDefault(&e.RequestID, res.RequestID)
		if e.LogTail == nil {
			e.LogTail = res.LogTail
		}
		return err
	}
	return readFailed(res, err)
}
