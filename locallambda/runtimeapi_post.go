package locallambda

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"time"
)

// runtimePost is a runtime's POST of an answer or an error.
type runtimePost struct {
	rw      http.ResponseWriter
	r       *http.Request
	api     *runtimeAPI
	trailer http.Header // once Read has returned io.EOF
	conn    net.Conn    // not nil: taken over from the server
}

var errInterrupted = errors.New("the request broke off")

// Read reads the body. Its error is io.EOF only if all of the body and the
// trailers have come.
func (p *runtimePost) Read(b []byte) (int, error) {
	n, err := p.r.Body.Read(b)
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		p.trailer = p.r.Trailer
		return n, io.EOF
	case p.longTrailer():
		return n, io.EOF
	}
	return n, errInterrupted
}

// longTrailer reads trailers that net/http refuses to: it takes no more than fit
// into its 4 KiB buffer, and the error document in Lambda's is longer as soon as
// it has a stack trace. It has consumed all but the trailers then, and its buffer
// is full of them, which no other error of the body leaves behind.
func (p *runtimePost) longTrailer() bool {
	if p.r.ContentLength >= 0 || p.conn != nil {
		return false
	}
	conn, buffered, err := http.NewResponseController(p.rw).Hijack()
	if err != nil {
		return false
	}
	p.conn = conn
	if buffered.Reader.Buffered() < buffered.Reader.Size() {
		return false
	}
	conn.SetReadDeadline(time.Now().Add(trailerPatience)) //nolint:errcheck // a TCP connection has deadlines
	bounded := bufio.NewReader(io.LimitReader(buffered.Reader, maxRuntimeHeader))
	trailer, err := textproto.NewReader(bounded).ReadMIMEHeader()
	if err != nil {
		return false
	}
	p.trailer = http.Header(trailer)
	return p.failure() != nil
}

// trailerPatience is how long trailers that have begun to arrive may take.
const trailerPatience = 10 * time.Second

// failure is what the trailers say of an answer that is otherwise complete; nil
// if nothing.
func (p *runtimePost) failure() *failure {
	kind, encoded := p.trailer.Get(errorTypeHeader), p.trailer.Get(errorBodyHeader)
	if kind == "" && encoded == "" {
		return nil
	}
	document, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		document = []byte(encoded)
	}
	if len(document) == 0 {
		document = apiRefusal{kind: kind}.document()
	}
	f := reportedFailure(kind, document)
	if kind != "" {
		f.kind = kind
	}
	return f
}

// accept is the one answer that runtimes take for success.
func (p *runtimePost) accept() { p.reply(http.StatusAccepted, []byte(`{"status":"OK"}`)) }

// refuse reads what is left of the body, as far as an answer may be long, before
// it answers with e: a client that is still writing would see no more than a
// closed connection.
func (p *runtimePost) refuse(e apiRefusal) {
	if p.conn == nil {
		io.CopyN(io.Discard, p.r.Body, maxStream) //nolint:errcheck // the refusal stands
	}
	p.reply(e.status, e.document())
}

func (p *runtimePost) reply(status int, document []byte) {
	if p.conn == nil {
		writeJSON(p.rw, status, document)
		return
	}
	answer := &http.Response{
		StatusCode:    status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(document)),
		ContentLength: int64(len(document)),
		Close:         true,
	}
	answer.Write(p.conn) //nolint:errcheck // the runtime's loss
}

// close closes a connection that was taken over.
func (p *runtimePost) close() {
	if p.conn != nil {
		p.conn.Close()
		p.api.closed(p.conn)
	}
}
