package caddyvialambda

import (
	"bytes"
	"io"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda/internal/edge"
)

// refuse answers for the transport itself.
func (x *exchange) refuse(status int, reason string) *http.Response {
	x.logRefused(status, reason)
	if said(x.t.ProblemJSON, false) {
		return x.problem(&http.Response{StatusCode: status, Header: http.Header{}}, reason)
	}
	return x.document(status, http.Header{}, "application/json", edge.Message(reason))
}

func (x *exchange) tooLarge() *http.Response {
	return x.refuse(http.StatusRequestEntityTooLarge, "the body is too large: allowed are "+strconv.FormatInt(x.lane.maxBody, 10)+" bytes")
}

// problem is a problem document (RFC 9457) in the place of resp.
func (x *exchange) problem(resp *http.Response, detail string) *http.Response {
	h := http.Header{}
	if wait := resp.Header.Get("Retry-After"); wait != "" {
		h.Set("Retry-After", wait)
	}
	return x.document(resp.StatusCode, h, "application/problem+json", edge.Problem(resp.StatusCode, detail, x.id))
}

func (x *exchange) document(status int, h http.Header, contentType string, content []byte) *http.Response {
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(content)))
	x.identify(h)
	resp := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: http.NoBody, ContentLength: int64(len(content)), Request: x.in,
	}
	if x.in.Method != http.MethodHead {
		resp.Body = io.NopCloser(bytes.NewReader(content))
	}
	return resp
}
