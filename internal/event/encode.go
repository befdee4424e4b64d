package event

import (
	"fmt"
	"io"
	"sync"
)

// Encode returns the event that the front door f makes of r and body. The event
// is one buffer that nobody else holds. body may be nil and is never closed; r
// and what it points to are only read. Encode is safe for concurrent use, and
// what it returns depends on its arguments alone.
//
// limit is the most bytes that the finished event may have. What is over it is
// a [*TooLargeError]: before anything is read if r.Size tells, otherwise soon
// after so much has been read. An error of body is returned as it is. A body
// that ends before r.Size is [io.ErrUnexpectedEOF]; a longer one is an error too.
//
// # What AWS does
//
// The fields are those of
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html,
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html and
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html;
// where these leave it open, recordings of what is really sent decide.
//
// # What is decided here
//
//   - A body that is not valid UTF-8, or has a Content-Encoding, is base64
//     whatever its type: API Gateway would damage it, an ALB refuse it.
//   - RESTAPI has no list of binary types: what is of a textual type, or of
//     none, is text.
//   - An escape that is malformed, or not UTF-8, is left as it is written where
//     AWS decodes a path or a query. Where AWS does not decode, bytes that
//     cannot stand on a request line are percent-encoded.
//   - HTTPAPI is recorded to decode a path twice; here it is decoded once. That
//     a decoded "?" ends it is as recorded.
//   - Header fields whose names are no tokens are left out, as net/http does. In
//     their values, controls become spaces (RFC 9110, section 5.5), and what is
//     not UTF-8 is read as ISO 8859-1.
//   - Several Cookie fields are one, joined by "; " (RFC 9113, section 8.2.3).
//   - X-HTTP-Method-Override changes nothing.
func Encode(f Format, r *Request, body io.Reader, limit int64) ([]byte, error) {
	return EncodeInto(nil, f, r, body, limit)
}

// EncodeInto is [Encode] with memory of the caller's, whose contents are lost. The
// event is made in free as far as its capacity goes; it may begin later in it. An
// event that is larger is, as with Encode, a buffer that nobody else holds.
func EncodeInto(free []byte, f Format, r *Request, body io.Reader, limit int64) ([]byte, error) {
	size := r.Size
	if body == nil {
		if size > 0 {
			return nil, io.ErrUnexpectedEOF
		}
		size = 0
	}
	w, err := newBodyWriter(free, f, r, size, limit)
	if err != nil {
		return nil, err
	}
	if body != nil {
		if err := w.read(body); err != nil {
			return nil, err
		}
	}
	return w.finish()
}

// encoder writes the head of an event: all that comes before its body.
type encoder struct {
	*scratch
	fields      []headerField
	userAgent   string
	contentType string
	encoded     bool // there is a Content-Encoding
	lengthAt    int  // where in head a Content-Length yet unknown is to go, or -1
	plainQuery  bool // see isPlainQuery
}

// scratch is memory that is used again. It points to nothing of a Request.
type scratch struct {
	head   []byte
	params []param
	arena  []byte // the text of params
	text   []byte // what is being decoded

	stamp  []byte // the time of the latest event, as appendTime has it, and
	second int64  // as Unix has it
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// free gives s back, unless it has grown out of proportion.
func (s *scratch) free() {
	const most = 64 << 10
	if max(cap(s.head), cap(s.arena), cap(s.text), 32*cap(s.params)) <= most {
		scratches.Put(s)
	}
}

// writeHead writes e.head. A size of -1 is unknown.
func (e *encoder) writeHead(f Format, r *Request, size int64) error {
	e.lengthAt = -1
	e.note()
	switch f {
	case RESTAPI:
		return e.writeREST(r)
	case HTTPAPI:
		return e.writeHTTPAPI(r, size)
	case FunctionURL:
		return e.writeFunctionURL(r, size)
	case ALB, ALBMultiValue:
		e.writeALB(f, r, size)
		return nil
	}
	return fmt.Errorf("there is no event format %d", f)
}
