package locallambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Client returns an HTTP client whose requests, to whatever host, are answered
// by s without a socket: give it to an SDK as its HTTP client. Streams arrive as
// they are written, a broken connection is an error as it would be over the
// network. No web page can reach it, so Hosts does not matter; Credentials do.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: handlerTransport{http.HandlerFunc(s.serve)}}
}

// Client returns an HTTP client whose requests, to whatever host, are answered
// by a [Server] with these functions, without a socket.
func (f Functions) Client() *http.Client { return (&Server{Functions: f}).Client() }

// handlerTransport is a RoundTripper that hands requests to a handler.
type handlerTransport struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper. The handler runs until it returns, but
// its request's context ends when the caller's does or the body is closed.
func (t handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	trace := httptrace.ContextClientTrace(req.Context())
	if err := connect(trace, req); err != nil {
		closeBody(req)
		return nil, err
	}
	// The handler's context ends after the caller's, when it can no longer
	// answer: so no answer to its end is taken for one to the request.
	ctx, cancel := context.WithCancel(context.WithoutCancel(req.Context()))
	in, err := incoming(ctx, req, trace)
	if err != nil {
		cancel()
		closeBody(req)
		return nil, err
	}
	x := &exchange{
		req: req, header: http.Header{}, trace: trace,
		begun: make(chan *http.Response, 1), cancel: cancel,
	}
	x.body, x.toBody = io.Pipe()
	x.untie = context.AfterFunc(req.Context(), func() {
		x.toBody.CloseWithError(req.Context().Err())
		cancel()
	})
	failed := make(chan error, 1)
	go func() {
		defer cancel()
		err := x.run(t.handler, in)
		in.Body.Close() // first, so that the hooks know of a request that was sent
		failed <- err
	}()
	var res *http.Response
	select {
	case res = <-x.begun:
	case <-req.Context().Done():
	case err = <-failed:
		if err == nil {
			res = <-x.begun
		}
	}
	if ended := req.Context().Err(); ended != nil {
		return nil, ended
	}
	if res == nil {
		x.untie()
		return nil, err
	}
	return res, nil
}

// incoming is req as a server sees it.
func incoming(ctx context.Context, req *http.Request, trace *httptrace.ClientTrace) (*http.Request, error) {
	in := req.Clone(ctx)
	in.RequestURI = req.URL.RequestURI()
	// A server parses the path again, and so sees it as it was on the wire.
	u, err := url.ParseRequestURI(in.RequestURI)
	if err != nil {
		return nil, err
	}
	in.URL = u
	in.Header = http.Header{}
	for name, values := range req.Header {
		for _, v := range values {
			in.Header.Add(name, v)
		}
	}
	in.Proto, in.ProtoMajor, in.ProtoMinor = "HTTP/1.1", 1, 1
	in.RemoteAddr = "127.0.0.1:0"
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	if in.Body == nil {
		in.Body, in.ContentLength = http.NoBody, 0
	}
	if in.ContentLength == 0 && in.Body != http.NoBody {
		in.ContentLength = -1
	}
	body := &sentBody{ReadCloser: in.Body, trace: trace, left: in.ContentLength}
	if body.left == 0 {
		body.sent(nil)
	}
	in.Body = body
	return in, nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		req.Body.Close()
	}
}

// connect tells the caller's hooks that a connection is asked for and, unless
// the context has ended, obtained. They are what tells a failure before the
// request was sent from one after.
func connect(trace *httptrace.ClientTrace, req *http.Request) error {
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	if err := req.Context().Err(); err != nil {
		return err
	}
	if trace != nil && trace.GotConn != nil {
		conn, _ := net.Pipe() // never used, but it can be asked for its address
		trace.GotConn(httptrace.GotConnInfo{Conn: conn})
	}
	return nil
}

// sentBody is a request body that tells the hooks when it has been read, be it to
// its last byte or to its end.
type sentBody struct {
	io.ReadCloser
	trace *httptrace.ClientTrace
	left  int64 // to be read; negative: unknown
	once  sync.Once
}

func (b *sentBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	if err == io.EOF || b.left == 0 {
		b.sent(nil)
	} else if err != nil {
		b.sent(err)
	}
	return n, err
}

func (b *sentBody) sent(err error) {
	b.once.Do(func() {
		if b.trace != nil && b.trace.WroteRequest != nil {
			b.trace.WroteRequest(httptrace.WroteRequestInfo{Err: err})
		}
	})
}

func (b *sentBody) Close() error {
	b.sent(nil)
	return b.ReadCloser.Close()
}

// errConnectionReset is what a caller gets when the handler breaks the
// connection off.
func errConnectionReset() error {
	return &net.OpError{Op: "read", Net: "local", Err: syscall.ECONNRESET}
}

// exchange is one request and its answer. It is the handler's ResponseWriter.
type exchange struct {
	req    *http.Request
	header http.Header // the handler's
	trace  *httptrace.ClientTrace
	begun  chan *http.Response
	cancel context.CancelFunc // of the handler's context
	untie  func() bool        // from the context of req

	body   *io.PipeReader
	toBody *io.PipeWriter

	status  int   // 0: the header is not written
	length  int64 // announced; -1: none
	written int64
}

// run calls the handler and ends the response as it ended.
func (x *exchange) run(handler http.Handler, in *http.Request) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = errConnectionReset()
			if v != http.ErrAbortHandler { //nolint:errorlint // a panic's value
				err = fmt.Errorf("the handler panicked: %v", v)
			}
		}
		if err == nil {
			x.WriteHeader(http.StatusOK)
			if x.length >= 0 && x.written < x.length {
				err = errConnectionReset()
			}
		}
		if err != nil && x.status != 0 {
			x.toBody.CloseWithError(fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err))
			return
		}
		x.toBody.CloseWithError(err)
	}()
	handler.ServeHTTP(x, in)
	return nil
}

func (x *exchange) Header() http.Header { return x.header }

func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	x.status, x.length = status, -1
	header := x.header.Clone()
	if header.Get("Date") == "" {
		header.Set("Date", time.Now().UTC().Format(http.TimeFormat))
	}
	if n, err := strconv.ParseInt(header.Get("Content-Length"), 10, 64); err == nil {
		x.length = n
	}
	if x.trace != nil && x.trace.GotFirstResponseByte != nil {
		x.trace.GotFirstResponseByte()
	}
	res := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, ContentLength: x.length, Request: x.req,
		Body: &receivedBody{x.body, x},
	}
	if status == http.StatusNoContent || x.length == 0 {
		res.ContentLength = 0
	}
	x.begun <- res
}

func (x *exchange) Write(p []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	if x.length >= 0 && x.written+int64(len(p)) > x.length {
		return 0, http.ErrContentLength
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := x.toBody.Write(p)
	x.written += int64(n)
	if errors.Is(err, io.ErrClosedPipe) {
		err = syscall.EPIPE
	}
	return n, err
}

// FlushError sends the header. What is written is on its way already.
func (x *exchange) FlushError() error {
	x.WriteHeader(http.StatusOK)
	return nil
}

// receivedBody is the body of the response.
type receivedBody struct {
	*io.PipeReader
	x *exchange
}

func (b *receivedBody) Read(p []byte) (int, error) {
	n, err := b.PipeReader.Read(p)
	if err != nil {
		b.x.untie()
	}
	return n, err
}

// Close tells the handler that nobody reads any more.
func (b *receivedBody) Close() error {
	b.x.untie()
	b.x.cancel()
	return b.PipeReader.Close()
}
