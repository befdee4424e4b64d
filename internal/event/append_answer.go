package event

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// AppendAnswer appends the answer that a well-behaved function gives in the
// format f, and returns the extended buffer. h and body are only read.
//
// The body is text if it is valid UTF-8, of a textual Content-Type (or none)
// and has no Content-Encoding, else base64. Fields whose names are no tokens are
// left out, as net/http does. Repeated fields are lists for RESTAPI and
// ALBMultiValue; elsewhere they are joined by ", ", but for Set-Cookie:
// HTTPAPI and FunctionURL have cookies for it, and an ALB gets the name in
// another mix of cases for each, which it takes for different fields.
func AppendAnswer(dst []byte, f Format, status int, h http.Header, body []byte) []byte {
	dst = append(dst, `{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	if f == ALB || f == ALBMultiValue {
		dst = append(dst, `,"statusDescription":"`...)
		dst = strconv.AppendInt(dst, int64(status), 10)
		if text := http.StatusText(status); text != "" {
			dst = append(append(dst, ' '), text...)
		}
		dst = append(dst, '"')
	}
	dst = appendAnswerHeader(dst, f, h)
	dst = append(dst, bodyOpen...)
	start := len(dst)
	dst = append(dst, body...)
	if h.Get("Content-Encoding") == "" && textual(RESTAPI, h.Get("Content-Type")) {
		if extra, ok := escapeCost(dst[start:]); ok {
			return append(escapeFrom(dst, start, extra, len(closeText)), closeText...)
		}
	}
	return append(base64From(dst, start, len(closeBase64)), closeBase64...)
}

// AppendPrelude appends the metadata with which a streamed response begins and
// the 8 NUL bytes after it, and returns the extended buffer. Load balancers do
// not stream: for them it is as for RESTAPI.
//
// See https://docs.aws.amazon.com/lambda/latest/dg/response-streaming-tutorial.html
// and https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html.
func AppendPrelude(dst []byte, f Format, status int, h http.Header) []byte {
	if f == ALB || f == ALBMultiValue {
		f = RESTAPI
	}
	dst = append(dst, `{"statusCode":`...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	dst = append(appendAnswerHeader(dst, f, h), '}')
	return append(dst, separator...)
}

// appendAnswerHeader appends the members of an answer that have its fields, a
// comma before them, in the order of their names.
func appendAnswerHeader(dst []byte, f Format, h http.Header) []byte {
	switch f {
	case RESTAPI, ALBMultiValue:
		dst = append(dst, `,"multiValueHeaders":{`...)
	default:
		dst = append(dst, `,"headers":{`...)
	}
	var cookies []string
	for _, name := range slices.Sorted(maps.Keys(h)) {
		values := h[name]
		if len(values) == 0 || !IsToken(name) {
			continue
		}
		switch {
		case f == RESTAPI || f == ALBMultiValue:
			dst = append(appendValues(append(appendString(dst, name), ':'), values), ',')
		case http.CanonicalHeaderKey(name) == "Set-Cookie":
			cookies = append(cookies, values...)
		default:
			dst = append(appendString(dst, name), ':')
			dst = append(appendValue(dst, strings.Join(values, ", ")), ',')
		}
	}
	if f == ALB {
		for i, cookie := range cookies {
			dst = append(appendString(dst, mixedCase("Set-Cookie", i)), ':')
			dst = append(appendValue(dst, cookie), ',')
		}
	}
	dst = closeList(dst, '}')
	if len(cookies) > 0 && f != ALB {
		dst = appendValues(append(dst, `,"cookies":`...), cookies)
	}
	return dst
}

func appendValues(dst []byte, values []string) []byte {
	dst = append(dst, '[')
	for _, v := range values {
		dst = append(appendValue(dst, v), ',')
	}
	return closeList(dst, ']')
}

// mixedCase returns the nth spelling of name, of as many as there are: 2 to the
// power of its letters.
func mixedCase(name string, n int) string {
	spelled := []byte(name)
	for i, c := range spelled {
		if lower := c | 0x20; 'a' <= lower && lower <= 'z' {
			if n&1 != 0 {
				spelled[i] ^= 0x20
			}
			n >>= 1
		}
	}
	return string(spelled)
}
