package event

import "bytes"

// MaxAnswer is how many bytes of a buffered answer Lambda lets through: 6 MiB
// and 100 bytes.
const MaxAnswer = 6<<20 + 100

const (
	typeJSON   = "application/json"
	typeText   = "text/plain; charset=utf-8"
	typeBinary = "application/octet-stream"
)

// Decode returns the HTTP response that the front door f makes of a function's
// answer; what it takes for one, and where it is more lenient than AWS, is
// listed in decode_rules.go. A streamed response that came through Invoke as a
// whole (metadata, 8 NUL bytes, body) is understood in every format.
//
// Decode takes ownership of payload: it may write to it, and the response's
// Body shares its memory. It keeps no other part of it.
//
// The error, if there is one, is a *MalformedError whose Reason says what is
// wrong and, if the answer looks like one for another format, for which.
func Decode(f Format, payload []byte) (Response, error) {
	var a answer
	fields := newHeaderReader(payload)
	defer fields.free()
	switch a.read(fields) {
	case scanEnd:
	case scanDeep:
		return Response{}, malformed("the answer nests objects or lists deeper than %d at byte %d", maxDepth, a.end)
	default:
		return undecodable(f, payload, &a)
	}

	rest := trimLeftSpace(payload[a.end:])
	if a.outer == '{' && len(rest) > 0 && rest[0] == 0 {
		nuls := countNULs(rest)
		if nuls == len(separator) {
			return decodeStreamed(f, payload[:a.end], rest[nuls:])
		}
		if nuls == len(rest) {
			return Response{}, malformed("the answer is a stream's metadata and %d of the 8 NUL bytes that end it", nuls)
		}
	}
	if len(rest) > 0 {
		a.end = len(payload) - len(rest)
		return undecodable(f, payload, &a)
	}

	switch f {
	case HTTPAPI, FunctionURL:
		if a.outer != '{' || a.statusCode.first == 0 {
			return infer(f, payload, &a), nil
		}
	case RESTAPI:
		if err := a.checkREST(payload); err != nil {
			return Response{}, err
		}
	case ALB, ALBMultiValue:
		if err := a.checkALB(payload); err != nil {
			return Response{}, err
		}
	default:
		return Response{}, malformed("format %d has no answers", f)
	}
	return a.response(f, payload, fields)
}

// response makes a response of an answer that says what its status is.
func (a *answer) response(f Format, payload []byte, fields *headerReader) (Response, error) {
	status, err := a.status(payload, f == RESTAPI)
	if err != nil {
		return Response{}, err
	}
	isBase64, err := a.isBase64(f, payload)
	if err != nil {
		return Response{}, err
	}
	switch f {
	case RESTAPI:
		fields.readLists()
		fields.readHeaders(false)
	case ALBMultiValue:
		fields.readLists()
	case ALB:
		fields.readHeaders(false)
	case HTTPAPI, FunctionURL:
		fields.readCookies(a.cookies)
		fields.readHeaders(false)
	}
	header, length, err := fields.header(defaultType(f, status))
	if err != nil {
		return Response{}, err
	}
	body, err := a.text(f, payload, isBase64)
	if err != nil {
		return Response{}, err
	}
	if bodiless(status) {
		body = nil
	}
	return Response{Status: status, Header: header, ContentLength: length, Body: body}, nil
}

// defaultType is the Content-Type that f adds to a response without one.
func defaultType(f Format, status int) string {
	switch {
	case bodiless(status):
		return ""
	case f == RESTAPI, f == FunctionURL:
		return typeJSON
	case f == HTTPAPI:
		return typeText
	}
	return ""
}

// bodiless reports whether a response with this status has no content
// (RFC 9110, section 6.4.1).
func bodiless(status int) bool { return status == 204 || status == 304 }

// infer makes a response of an answer that is none, as HTTP APIs and function
// URLs do.
func infer(f Format, payload []byte, a *answer) Response {
	whole := payload[:a.end]
	switch {
	case a.outer == '"':
		return inferred(typeJSON, takeString(payload, a.value))
	case f == FunctionURL && a.spaced:
		return inferred(typeJSON, compact(whole))
	case f == FunctionURL:
		return inferred(typeJSON, whole)
	}
	return inferred(typeJSON, payload)
}

// undecodable makes a response of an answer that is not JSON; a.end is where
// it ceases to be.
func undecodable(f Format, payload []byte, a *answer) (Response, error) {
	switch f {
	case HTTPAPI:
		return inferred(typeJSON, payload), nil
	case FunctionURL:
		return inferred(typeBinary, payload), nil
	}
	switch {
	case len(bytes.TrimSpace(payload)) == 0:
		return Response{}, malformed("the answer is empty")
	case a.end == len(payload):
		return Response{}, malformed("the answer is JSON that is cut off after %d bytes", a.end)
	}
	return Response{}, malformed("the answer is not JSON (byte %d)", a.end)
}

func inferred(contentType string, body []byte) Response {
	return Response{
		Status:        200,
		Header:        map[string][]string{"Content-Type": {contentType}},
		ContentLength: -1,
		Body:          body,
	}
}
