package caddyvialambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda"
)

// refuse answers for the transport itself.
func (x *exchange) refuse(status int, reason string) *http.Response {
	x.logRefused(status, reason)
	if said(x.t.ProblemJSON, false) {
		return x.problem(&http.Response{StatusCode: status, Header: http.Header{}}, reason)
	}
	return x.document(status, http.Header{}, "application/json", struct {
		Message string `json:"message"`
	}{reason})
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
	return x.document(resp.StatusCode, h, "application/problem+json", struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"request_id"`
	}{"about:blank", http.StatusText(resp.StatusCode), resp.StatusCode, detail, x.id})
}

func (x *exchange) document(status int, h http.Header, contentType string, content any) *http.Response {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(content) // strings and numbers always encode
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(text.Len()))
	x.identify(h)
	resp := &http.Response{
		Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: h, Body: http.NoBody, ContentLength: int64(text.Len()), Request: x.in,
	}
	if x.in.Method != http.MethodHead {
		resp.Body = io.NopCloser(&text)
	}
	return resp
}

// detailOf says what went wrong, in words that give nothing away.
func detailOf(err error) string {
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		if e.Timeout() {
			return "the function was stopped at its time limit"
		}
		return "the function failed"
	}
	if _, ok := errors.AsType[*vialambda.ResponseError](err); ok {
		return "the function's answer is no HTTP response"
	}
	if e, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return "the " + e.What + " is too large: allowed are " + strconv.FormatInt(e.Limit, 10) + " bytes"
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		switch {
		case e.Code == vialambda.CodeQueueFull:
			return "the gateway is busy: try again later"
		case e.Status == http.StatusTooManyRequests:
			return "the function is throttled: try again later"
		}
	}
	return "the function could not be called"
}
