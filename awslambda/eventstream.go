package awslambda

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// The sizes that AWS's event stream encoding allows.
const (
	maxFrame        = 24 << 20  // a whole frame
	maxFrameHeaders = 128 << 10 // the headers of one
	maxFrameText    = 1 << 20   // our own limit on frames that are not payload
)

const (
	preludeLen = 12 // total length, length of the headers, checksum of both
	trailerLen = 4  // checksum of all that is before it
)

var errFrame = errors.New("malformed event stream")

// frames reads the frames of application/vnd.amazon.eventstream
// (https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html,
// https://smithy.io/2.0/aws/amazon-eventstream.html). It needs no goroutine and
// holds the headers of one frame, never its payload: that is handed on as it
// arrives, and its checksum verified when it has.
type frames struct {
	src     io.Reader
	sum     uint32 // of the present frame so far
	left    int    // bytes of its payload that have not been read
	headers []byte
	small   [preludeLen]byte
}

// frame is what the headers of a frame say of it.
type frame struct {
	message string // :message-type
	kind    string // :event-type or :exception-type
	code    string // :error-code
	text    string // :error-message
}

// next reads up to the payload of the next frame. The payload of the one before
// must have been read. io.EOF means that the stream ended between two frames.
func (f *frames) next() (frame, error) {
	prelude := f.small[:]
	if _, err := io.ReadFull(f.src, prelude); err != nil {
		return frame{}, err
	}
	total := binary.BigEndian.Uint32(prelude)
	headers := binary.BigEndian.Uint32(prelude[4:])
	if crc32.ChecksumIEEE(prelude[:8]) != binary.BigEndian.Uint32(prelude[8:]) {
		return frame{}, fmt.Errorf("%w: wrong checksum of a frame's lengths", errFrame)
	}
	if total > maxFrame || headers > maxFrameHeaders || total < preludeLen+trailerLen || headers > total-preludeLen-trailerLen {
		return frame{}, fmt.Errorf("%w: a frame of %d bytes with %d of headers; allowed are %d and %d", errFrame, total, headers, maxFrame, maxFrameHeaders)
	}
	f.sum = crc32.ChecksumIEEE(prelude)
	f.left = int(total - headers - preludeLen - trailerLen)
	if cap(f.headers) < int(headers) {
		f.headers = make([]byte, headers)
	}
	f.headers = f.headers[:headers]
	if _, err := io.ReadFull(f.src, f.headers); err != nil {
		return frame{}, midFrame(err)
	}
	f.sum = crc32.Update(f.sum, crc32.IEEETable, f.headers)
	return parseHeaders(f.headers)
}

// Read reads the present frame's payload. io.EOF means that it was complete and its
// checksum right.
func (f *frames) Read(p []byte) (int, error) {
	if f.left == 0 {
		trailer := f.small[:trailerLen]
		if _, err := io.ReadFull(f.src, trailer); err != nil {
			return 0, midFrame(err)
		}
		if binary.BigEndian.Uint32(trailer) != f.sum {
			return 0, fmt.Errorf("%w: wrong checksum of a frame", errFrame)
		}
		return 0, io.EOF
	}
	n, err := f.src.Read(p[:min(len(p), f.left)])
	f.left -= n
	f.sum = crc32.Update(f.sum, crc32.IEEETable, p[:n])
	if n > 0 {
		return n, nil // an error there may be comes again
	}
	return 0, midFrame(err)
}

// text reads the whole payload of a frame that must not be large.
func (f *frames) text() ([]byte, error) {
	if f.left > maxFrameText {
		return nil, fmt.Errorf("%w: a message of %d bytes; allowed are %d", errFrame, f.left, maxFrameText)
	}
	return io.ReadAll(f)
}

// midFrame makes of an end within a frame an unexpected one.
func midFrame(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// valueLengths are the lengths of the values of the types of headers; the types of
// -1 carry a length of their own, in two bytes.
var valueLengths = [...]int{
	0: 0, 1: 0, // true, false
	2: 1, 3: 2, 4: 4, 5: 8, // integers
	6: -1, 7: -1, // bytes, string
	8: 8, 9: 16, // time, UUID
}

const stringType = 7

func parseHeaders(b []byte) (frame, error) {
	var out frame
	for len(b) > 0 {
		name, rest, ok := take(b, int(b[0]), 1)
		if !ok || len(rest) == 0 || int(rest[0]) >= len(valueLengths) {
			return out, errHeaders
		}
		kind := rest[0]
		length, skip := valueLengths[kind], 1
		if length < 0 {
			if len(rest) < 3 {
				return out, errHeaders
			}
			length, skip = int(binary.BigEndian.Uint16(rest[1:])), 3
		}
		value, after, ok := take(rest, length, skip)
		if !ok {
			return out, errHeaders
		}
		if kind == stringType {
			out.set(name, value)
		}
		b = after
	}
	return out, nil
}

var errHeaders = fmt.Errorf("%w: headers that are none", errFrame)

// take returns n bytes of b after the first skip, and what is behind them.
func take(b []byte, n, skip int) (taken, rest []byte, ok bool) {
	if len(b) < skip+n {
		return nil, nil, false
	}
	return b[skip : skip+n], b[skip+n:], true
}

func (f *frame) set(name, value []byte) {
	switch string(name) {
	case ":message-type":
		f.message = intern(value)
	case ":event-type", ":exception-type":
		f.kind = intern(value)
	case ":error-code":
		f.code = string(value)
	case ":error-message":
		f.text = string(value)
	}
}

// intern saves the words of every frame an allocation.
func intern(value []byte) string {
	switch string(value) {
	case "event":
		return "event"
	case "PayloadChunk":
		return "PayloadChunk"
	}
	return string(value)
}
