package event

import "bytes"

// PreludeLimit is how many bytes the metadata of a streamed response and the 8
// NUL bytes after it may have together, as REST APIs limit them
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html).
const PreludeLimit = 16 << 10

// separator stands between the metadata and the body of a streamed response.
const separator = "\x00\x00\x00\x00\x00\x00\x00\x00"

// RawResponse returns the response whose body is a stream without metadata:
// status 200, Content-Type application/octet-stream, no Body.
func RawResponse() Response { return inferred(typeBinary, nil) }

// DecodePrelude returns the response that begins with this metadata, the JSON
// object before the 8 NUL bytes of a stream. Its Body is nil and its
// ContentLength -1, whatever the metadata says: what follows is as long as it is.
//
// statusCode is 200 if missing; headers, cookies and, of formats other than
// HTTPAPI and FunctionURL, multiValueHeaders are read as in Decode, but a value
// in headers may be a list, as the Rust runtime writes it. Other keys are
// ignored. The default Content-Type is application/octet-stream.
//
// The error, if there is one, is a *MalformedError.
func DecodePrelude(f Format, metadata []byte) (Response, error) {
	var a answer
	fields := newHeaderReader(metadata)
	defer fields.free()
	switch token := a.read(fields); {
	case token == scanDeep:
		return Response{}, malformed("the stream's metadata nests objects or lists deeper than %d at byte %d", maxDepth, a.end)
	case token != scanEnd || len(trimLeftSpace(metadata[a.end:])) > 0:
		return Response{}, malformed("the stream's metadata is not JSON (byte %d)", a.end)
	case a.outer != '{':
		return Response{}, malformed("the stream's metadata is %s, not an object", kindName(a.outer))
	}
	status, err := a.status(metadata, true)
	if err != nil {
		return Response{}, err
	}
	fields.readCookies(a.cookies)
	if f != HTTPAPI && f != FunctionURL {
		fields.readLists()
	}
	fields.readHeaders(true)
	contentType := typeBinary
	if bodiless(status) {
		contentType = ""
	}
	header, _, err := fields.header(contentType)
	if err != nil {
		return Response{}, err
	}
	return Response{Status: status, Header: header, ContentLength: -1}, nil
}

// decodeStreamed returns the streamed response that came as a whole.
func decodeStreamed(f Format, metadata, body []byte) (Response, error) {
	r, err := DecodePrelude(f, metadata)
	if err != nil {
		return Response{}, err
	}
	if !bodiless(r.Status) {
		r.Body = body
	}
	return r, nil
}

// countNULs returns how many NUL bytes data begins with, at most 8.
func countNULs(data []byte) (n int) {
	for n < min(len(data), len(separator)) && data[n] == 0 {
		n++
	}
	return n
}

func trimLeftSpace(data []byte) []byte { return bytes.TrimLeft(data, " \t\r\n") }
