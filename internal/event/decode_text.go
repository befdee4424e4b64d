package event

import (
	"bytes"
	"slices"
)

// text returns the body of an answer. It is in place: the body shares memory
// with data, and data is written to.
func (a *answer) text(f Format, data []byte, isBase64 bool) ([]byte, error) {
	v := a.body
	switch v.first {
	case 0, 'n':
		return nil, nil
	case '"':
		if !isBase64 {
			return takeString(data, v), nil
		}
		text := data[v.start+1 : v.end-1]
		if v.marks.has(markEscaped) {
			text = text[:unescape(text, text)]
			if bytes.ContainsAny(text, "\r\n") { // the decoder would skip them
				return nil, malformed("isBase64Encoded is true, but body is not valid base64: it has line breaks")
			}
		}
		return decodeBase64(text)
	}
	switch {
	case f != HTTPAPI && f != FunctionURL:
		return nil, malformed("body is %s, not a string", kindName(v.first))
	case isBase64:
		return nil, malformed("isBase64Encoded is true, but body is %s", kindName(v.first))
	}
	return compact(data[v.start:v.end:v.end]), nil
}

// takeString returns what a JSON string says, in place.
func takeString(data []byte, v scanValue) []byte {
	text := data[v.start+1 : v.end-1 : v.end-1]
	if v.marks.has(markEscaped) {
		n := unescape(text, text)
		text = text[:n:n]
	}
	if v.marks.has(markWide) {
		return validUTF8(text)
	}
	return text
}

// unquoted returns what a JSON string says without touching data.
func unquoted(data []byte, v scanValue) []byte {
	text := data[v.start+1 : v.end-1]
	if v.marks == 0 {
		return text
	}
	return validUTF8(appendUnquoted(nil, data, v))
}

// appendUnquoted appends what a JSON string says, invalid UTF-8 as it is.
func appendUnquoted(dst, data []byte, v scanValue) []byte {
	text := data[v.start+1 : v.end-1]
	if !v.marks.has(markEscaped) {
		return append(dst, text...)
	}
	dst = slices.Grow(dst, len(text))
	end := len(dst)
	return dst[:end+unescape(dst[end:end+len(text)], text)]
}

// compact takes the white space between the tokens of valid JSON out, in place.
func compact(data []byte) []byte {
	n := 0
	inString := false
	for i := 0; i < len(data); {
		if inString {
			end, _ := plainRun(data, i)
			n += copy(data[n:], data[i:end])
			i = end
			if data[i] == '\\' {
				data[n] = '\\'
				n++
				i++
			} else {
				inString = false
			}
			data[n] = data[i]
			n++
			i++
			continue
		}
		c := data[i]
		i++
		if isJSONSpace(c) {
			continue
		}
		inString = c == '"'
		data[n] = c
		n++
	}
	return data[:n:n]
}

// canonicalName makes name canonical, as http.CanonicalHeaderKey does. It
// reports false if name is not a token (RFC 9110, section 5.6.2).
func canonicalName(name []byte) bool {
	upper := true
	for i, c := range name {
		c = lowerToken[c]
		if c == 0 {
			return false
		}
		if upper && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		name[i] = c
		upper = c == '-'
	}
	return len(name) > 0
}

func isOWS(c byte) bool { return c == ' ' || c == '\t' }
