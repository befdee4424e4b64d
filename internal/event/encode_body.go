package event

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// What surrounds a body that is not empty.
const (
	bodyOpen    = `,"body":"`
	closeText   = `","isBase64Encoded":false}`
	closeBase64 = `","isBase64Encoded":true}`
)

// emptyBody returns what takes the place of an empty body.
func emptyBody(f Format) string {
	switch f {
	case RESTAPI:
		return `,"body":null,"isBase64Encoded":false}`
	case ALB, ALBMultiValue:
		return `,"body":"","isBase64Encoded":false}`
	}
	return `,"isBase64Encoded":false}`
}

// trusted is how much memory, in bytes, is set aside because a Request says
// that its body is so long. A longer one gets its memory as it comes.
const trusted = 8 << 20

// bodyWriter is an event whose body is being written. The body is read to where
// it will stay and made JSON there, so that there is one buffer and no more.
type bodyWriter struct {
	buf      []byte // the head, then the body as it is read
	start    int    // where the body begins
	least    int    // how much of the event is not body, at least
	lengthAt int    // where the Content-Length is to go, -1 if nowhere
	size     int64  // of the body, -1 if unknown
	limit    int64  // of the event
	most     int64  // how long a body can be so that the event is within the limit
	binary   bool   // the body becomes base64 whatever it is
	encoded  bool   // it is base64 already
	empty    string
}

// newBodyWriter writes the head of the event, into free if that is not nil, and
// checks the size, if known.
func newBodyWriter(free []byte, f Format, r *Request, size, limit int64) (bodyWriter, error) {
	var fields [16]headerField // on the stack, where pointers are cheap to move
	s := scratches.Get().(*scratch)
	e := encoder{scratch: s, fields: collectFields(fields[:0], f, r, size)}
	own := s.head
	if free != nil {
		s.head = free // so that the head is where it is to stay
	}
	s.head = s.head[:0]
	if err := e.writeHead(f, r, size); err != nil {
		return bodyWriter{}, err
	}
	w := bodyWriter{
		lengthAt: e.lengthAt,
		size:     size,
		limit:    limit,
		binary:   e.encoded || !textual(f, e.contentType),
		empty:    emptyBody(f),
	}
	w.start = len(e.head) + len(bodyOpen)
	w.least = w.start + len(closeBase64)
	if w.lengthAt >= 0 {
		w.least -= len(unknownLength) - 1
	}
	w.most = limit - int64(w.least)
	if w.binary {
		w.most = w.most / 4 * 3
	}
	if size > 0 && size > w.most {
		return bodyWriter{}, w.tooLarge(size)
	}
	if size == 0 {
		s.head = append(s.head, w.empty...) // no more is coming
	} else {
		s.head = append(s.head, bodyOpen...)
	}
	switch need := w.capacity(); {
	case free != nil && need <= cap(s.head):
		w.buf = s.head
	case size == 0:
		w.buf = append(w.buf, s.head...) // unlike make, append does not clear it first
	default:
		w.buf = append(make([]byte, 0, need), s.head...)
	}
	if free != nil {
		s.head = own
	}
	if size == 0 {
		w.buf = w.buf[:len(w.buf)-len(w.empty)]
	}
	s.free()
	return w, nil
}

// capacity returns how much memory the event will take, as far as is known.
func (w *bodyWriter) capacity() int {
	size := int(min(w.size, trusted))
	switch {
	case size == 0:
		return w.start - len(bodyOpen) + len(w.empty)
	case size < 0:
		return w.start + 4096
	case w.binary:
		return w.start + base64.StdEncoding.EncodedLen(size) + len(closeBase64)
	}
	// A quarter more is room for the escapes that JSON in JSON needs.
	return w.start + size + size/4 + len(closeText)
}

// read reads the body to its end, or to where it is known to be too long.
func (w *bodyWriter) read(body io.Reader) error {
	if w.binary && w.size > 0 {
		if from := inMemory(body); from != nil {
			return w.encodeFrom(from)
		}
	}
	most := w.size
	if w.size < 0 {
		most = max(w.most, 0)
	}
	begin := len(w.buf)
	for idle := 0; idle < 100; {
		n := int64(len(w.buf) - begin)
		if len(w.buf) == cap(w.buf) {
			w.buf = slices.Grow(w.buf, int(min(int64(len(w.buf)), most-n+1)))
		}
		// One byte more than there may be tells a body that is too long, and
		// lets it say that it is at its end.
		room := w.buf[len(w.buf):cap(w.buf)]
		room = room[:min(int64(len(room)), most-n+1)]
		got, err := body.Read(room)
		w.buf = w.buf[:len(w.buf)+got]
		n += int64(got)
		switch {
		case n > most && w.size >= 0:
			return w.tooLong(n)
		case n > most:
			return w.tooLarge(n)
		case err == io.EOF && n < w.size:
			return io.ErrUnexpectedEOF
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case got == 0:
			idle++
		default:
			idle = 0
		}
	}
	return io.ErrNoProgress
}

// finish makes the body JSON and ends the event.
func (w *bodyWriter) finish() ([]byte, error) {
	if w.size != 0 && len(w.buf) == w.start { // it was of unknown size
		w.setLength(0)
		w.buf = w.buf[:w.start-len(bodyOpen)]
		w.size = 0
	}
	if w.size == 0 {
		if err := w.check(len(w.buf) + len(w.empty)); err != nil {
			return nil, err
		}
		return append(w.buf, w.empty...), nil
	}
	w.setLength(len(w.buf) - w.start) // if it was not known, encoded is false
	if !w.binary {
		if extra, ok := escapeCost(w.buf[w.start:]); ok {
			if err := w.check(len(w.buf) + extra + len(closeText)); err != nil {
				return nil, err
			}
			return append(escapeFrom(w.buf, w.start, extra, len(closeText)), closeText...), nil
		}
	}
	if w.encoded {
		return append(w.buf, closeBase64...), nil
	}
	n := base64.StdEncoding.EncodedLen(len(w.buf) - w.start)
	if err := w.check(w.start + n + len(closeBase64)); err != nil {
		return nil, err
	}
	return append(base64From(w.buf, w.start, len(closeBase64)), closeBase64...), nil
}

// setLength writes the Content-Length that was not known before. The room that
// was kept for it shrinks to fit: what is before it moves up, and the event
// begins so much later in its buffer.
func (w *bodyWriter) setLength(n int) {
	if w.lengthAt < 0 {
		return
	}
	var space [len(unknownLength)]byte
	digits := strconv.AppendInt(space[:0], int64(n), 10)
	surplus := len(unknownLength) - len(digits)
	copy(w.buf[surplus:], w.buf[:w.lengthAt])
	copy(w.buf[w.lengthAt+surplus:], digits)
	w.buf = w.buf[surplus:]
	w.start -= surplus
}

func (w *bodyWriter) check(size int) error {
	if int64(size) > w.limit {
		return &TooLargeError{Size: int64(size), Limit: w.limit}
	}
	return nil
}

// tooLong is the error of a body that has n bytes, or more, where w.size was said.
func (w *bodyWriter) tooLong(n int64) error {
	return fmt.Errorf("http: ContentLength=%d with Body length %d", w.size, n)
}

// tooLarge is the error of a body of n bytes or more.
func (w *bodyWriter) tooLarge(n int64) error {
	if w.binary && n < 1<<61 {
		n = (n + 2) / 3 * 4
	}
	return &TooLargeError{Size: max(n, n+int64(w.least)), Limit: w.limit}
}
