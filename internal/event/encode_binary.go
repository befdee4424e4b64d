package event

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
)

// inMemory returns body as it can write itself, if it is one of those that
// http.NewRequest knows to be in memory, nil otherwise. Of others Read counts: a
// type that has a Read of its own may have its WriteTo from what it embeds.
func inMemory(body io.Reader) io.WriterTo {
	if v := reflect.ValueOf(body); v.Type() == nopCloser {
		body, _ = v.Field(0).Interface().(io.Reader)
	}
	switch body := body.(type) {
	case *bytes.Reader:
		return body
	case *bytes.Buffer:
		return body
	case *strings.Reader:
		return body
	}
	return nil
}

var nopCloser = reflect.TypeOf(io.NopCloser(new(bytes.Reader)))

// encodeFrom has the body, of known size, write itself, and makes base64 of what
// it writes: a body that is in memory is copied nowhere first.
func (w *bodyWriter) encodeFrom(body io.WriterTo) error {
	e := &base64Writer{dst: w.buf, size: w.size}
	_, err := body.WriteTo(e)
	switch {
	case e.n > w.size:
		return w.tooLong(e.n)
	case err != nil:
		return err
	case e.n < w.size:
		return io.ErrUnexpectedEOF
	}
	w.buf, w.encoded = appendBase64(e.dst, e.left[:e.n%3]), true
	return nil
}

// base64Writer appends what is written to it as base64, but for the last bytes
// that do not make three.
type base64Writer struct {
	dst  []byte
	size int64 // how much there should be
	n    int64 // how much was written, or tried to be
	left [3]byte
}

var errTooLong = errors.New("more than was said")

func (e *base64Writer) Write(p []byte) (int, error) {
	if n := e.n + int64(len(p)); n > e.size {
		e.n = n
		return 0, errTooLong
	}
	written := len(p)
	for len(p) > 0 && (e.n%3 != 0 || len(p) < 3) {
		e.left[e.n%3] = p[0]
		p = p[1:]
		if e.n++; e.n%3 == 0 {
			e.dst = appendBase64(e.dst, e.left[:])
		}
	}
	if whole := len(p) / 3 * 3; whole > 0 {
		e.dst = appendBase64(e.dst, p[:whole])
		e.n += int64(whole)
		p = p[whole:]
	}
	for _, c := range p {
		e.left[e.n%3] = c
		e.n++
	}
	return written, nil
}

// WriteString is for a strings.Reader, which otherwise copies all of s first.
func (e *base64Writer) WriteString(s string) (int, error) {
	if n := e.n + int64(len(s)); n > e.size {
		e.n = n
		return 0, errTooLong
	}
	var chunk [3 << 8]byte
	for rest := s; rest != ""; {
		n := copy(chunk[:], rest)
		_, _ = e.Write(chunk[:n]) // which is not too long
		rest = rest[n:]
	}
	return len(s), nil
}

// appendBase64 appends src in base64 (RFC 4648, section 4), padded.
func appendBase64(dst, src []byte) []byte {
	n := base64.StdEncoding.EncodedLen(len(src))
	dst = slices.Grow(dst, n)
	encodeBase64(dst[len(dst):len(dst)+n], src)
	return dst[:len(dst)+n]
}

// encodeBase64 does what base64.StdEncoding.Encode does in half the time. dst and
// src must not overlap.
func encodeBase64(dst, src []byte) {
	for len(src) >= 8 && len(dst) >= 8 {
		x := binary.BigEndian.Uint64(src) // of which the first six bytes count
		binary.BigEndian.PutUint64(dst, uint64(digitPairs[x>>52])<<48|
			uint64(digitPairs[x>>40&0xfff])<<32|
			uint64(digitPairs[x>>28&0xfff])<<16|
			uint64(digitPairs[x>>16&0xfff]))
		src, dst = src[6:], dst[8:]
	}
	base64.StdEncoding.Encode(dst, src)
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// digitPairs are the two digits of twelve bits.
var digitPairs = func() (t [1 << 12]uint16) {
	for i := range t {
		t[i] = uint16(base64Digits[i>>6])<<8 | uint16(base64Digits[i&0x3f])
	}
	return t
}()

// base64From makes buf[start:] base64, in place, from the back, if buf has the
// memory for it and for tail bytes more, else in a buffer that has.
func base64From(buf []byte, start, tail int) []byte {
	n := len(buf) - start
	size := start + base64.StdEncoding.EncodedLen(n)
	if cap(buf) < size+tail {
		bigger := make([]byte, size, size+tail)
		copy(bigger, buf[:start])
		encodeBase64(bigger[start:], buf[start:])
		return bigger
	}
	buf = buf[:size]
	const chunk = 3 << 8 // of what is to be encoded, which must not overlap with what is made of it
	var source [chunk]byte
	for end := n; end > 0; {
		begin := (end - 1) / chunk * chunk
		part := source[:copy(source[:], buf[start+begin:start+end])]
		encodeBase64(buf[start+begin/3*4:], part)
		end = begin
	}
	return buf
}
