package event

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// writeRESTHeaders writes headers and multiValueHeaders of payload 1.0, with
// the names as they are spelled.
func (e *encoder) writeRESTHeaders(r *Request) {
	b, multi := append(e.head, `"headers":{`...), append(e.text[:0], `,"multiValueHeaders":{`...)
	for rest := e.fields; len(rest) > 0; {
		group := rest[:sameSpelling(rest)]
		rest = rest[len(group):]
		if own := r.ownField(&group[0]); own != nil {
			b, multi = append(b, own.one...), append(multi, own.all...)
			continue
		}
		begin := len(b)
		b = append(append(append(b, '"'), group[0].name...), `":`...) // a token needs no escapes
		multi = append(multi, b[begin:]...)
		begin = len(b)
		b = appendLast(b, group, r)
		if len(group) == 1 && len(group[0].values) <= 1 {
			multi = append(multi, '[')
			multi = append(append(multi, b[begin:]...), ']')
		} else {
			multi = appendAll(multi, group, r)
		}
		b, multi = append(b, ','), append(multi, ',')
	}
	e.text = closeList(multi, '}')
	e.head = append(closeList(b, '}'), e.text...)
}

// writeHTTPHeaders writes headers of payload 2.0: lower case, values joined.
func (e *encoder) writeHTTPHeaders(r *Request, size int64, cookies bool) {
	b := append(e.head, `"headers":{`...)
	for rest := e.fields; len(rest) > 0; {
		group := rest[:sameName(rest)]
		rest = rest[len(group):]
		if group[0].kind == kindCookie && !cookies {
			continue
		}
		b = appendLower(b, group[0].name)
		switch group[0].kind {
		case kindContentLength:
			b = e.appendLength(b, size)
		case kindCookie:
			b = appendJoined(b, group, "; ", r)
		default:
			b = appendJoined(b, group, ",", r)
		}
		b = append(b, ',')
	}
	e.head = closeList(b, '}')
}

// writeALBHeaders writes headers, lower case, the last value wins, or
// multiValueHeaders.
func (e *encoder) writeALBHeaders(f Format, r *Request, size int64) {
	b := e.head
	if f == ALBMultiValue {
		b = append(b, `"multiValueHeaders":{`...)
	} else {
		b = append(b, `"headers":{`...)
	}
	for rest := e.fields; len(rest) > 0; {
		group := rest[:sameName(rest)]
		rest = rest[len(group):]
		b = appendLower(b, group[0].name)
		switch {
		case group[0].kind == kindContentLength && f == ALBMultiValue:
			b = append(b, '[')
			b = e.appendLength(b, size)
			b = append(b, ']')
		case group[0].kind == kindContentLength:
			b = e.appendLength(b, size)
		case f == ALBMultiValue:
			b = appendAll(b, group, r)
		default:
			b = appendLast(b, group, r)
		}
		b = append(b, ',')
	}
	e.head = closeList(b, '}')
}

// writeCookies writes cookies of payload 2.0, each with its name, untouched but
// for the space around it. Without a cookie it writes nothing.
func (e *encoder) writeCookies() {
	b, n := append(e.head, `"cookies":[`...), 0
	for _, f := range e.fields {
		if f.kind != kindCookie {
			continue
		}
		for _, line := range f.values {
			for pair := range strings.SplitSeq(line, ";") {
				if pair = trimBlanks(pair); pair != "" {
					b = append(appendValue(b, pair), ',')
					n++
				}
			}
		}
	}
	if n > 0 {
		e.head = append(closeList(b, ']'), ',')
	}
}

// sameName counts the fields at the beginning of fields that have one name.
func sameName(fields []headerField) int {
	n := 1
	for n < len(fields) && len(fields[n].name) == len(fields[0].name) && compareFold(fields[n].name, fields[0].name) == 0 {
		n++
	}
	return n
}

// sameSpelling is sameName with regard to case.
func sameSpelling(fields []headerField) int {
	n := 1
	for n < len(fields) && fields[n].name == fields[0].name {
		n++
	}
	return n
}

// appendLower appends a field name as the key of a JSON object.
func appendLower(dst []byte, name string) []byte {
	dst = append(dst, '"')
	for i := range len(name) {
		dst = append(dst, lowerToken[name[i]])
	}
	return append(dst, '"', ':')
}

// appendLength appends the body's length as a JSON string, or, if it is not
// known, keeps room for it.
func (e *encoder) appendLength(dst []byte, size int64) []byte {
	dst = append(dst, '"')
	if size < 0 {
		e.lengthAt = len(dst)
		dst = append(dst, unknownLength...)
	} else {
		dst = strconv.AppendInt(dst, size, 10)
	}
	return append(dst, '"')
}

// unknownLength is as long as a length can be.
const unknownLength = "9223372036854775807"

// appendLast appends the last value of group, of cookies all.
func appendLast(dst []byte, group []headerField, r *Request) []byte {
	last := group[len(group)-1]
	if last.kind == kindCookie || last.values == nil {
		return appendJoined(dst, group, "; ", r)
	}
	return appendValue(dst, last.values[len(last.values)-1])
}

// appendAll appends the values of group as a list, cookies as one value.
func appendAll(dst []byte, group []headerField, r *Request) []byte {
	dst = append(dst, '[')
	if group[0].kind == kindCookie || group[0].values == nil {
		dst = appendJoined(dst, group, "; ", r)
		return append(dst, ']')
	}
	for i := range group {
		for _, v := range group[i].values {
			dst = append(appendValue(dst, v), ',')
		}
	}
	return closeList(dst, ']')
}

// appendJoined appends the values of group as one JSON string.
func appendJoined(dst []byte, group []headerField, separator string, r *Request) []byte {
	dst = append(dst, '"')
	if group[0].values == nil {
		return append(appendOwn(dst, group[0].kind, r), '"')
	}
	for i := range group {
		for j, v := range group[i].values {
			if i+j > 0 {
				dst = append(dst, separator...)
			}
			dst = appendFieldText(dst, v)
		}
	}
	return append(dst, '"')
}

// appendValue appends a field value as a JSON string.
func appendValue(dst []byte, v string) []byte {
	return append(appendFieldText(append(dst, '"'), v), '"')
}

// appendFieldText appends a field value as the inside of a JSON string.
func appendFieldText(dst []byte, v string) []byte {
	v = trimBlanks(v)
	start := len(dst)
	dst = append(dst, v...)
	if isPlain(dst[start:]) {
		return dst
	}
	dst = dst[:start]
	latin1 := !utf8.ValidString(v)
	for i := range len(v) {
		switch c := v[i]; {
		case c < ' ' && c != '\t', c == 0x7f:
			dst = append(dst, ' ')
		case c >= utf8.RuneSelf && latin1:
			dst = utf8.AppendRune(dst, rune(c))
		case plain[c] || c >= utf8.RuneSelf:
			dst = append(dst, c)
		default:
			dst = appendEscape(dst, c)
		}
	}
	return dst
}

// trimBlanks returns v without the spaces around it, and what becomes a space.
func trimBlanks(v string) string {
	for v != "" && isBlank(v[0]) {
		v = v[1:]
	}
	for v != "" && isBlank(v[len(v)-1]) {
		v = v[:len(v)-1]
	}
	return v
}

func isBlank(c byte) bool { return c <= ' ' || c == 0x7f }

// closeList turns the comma after the last element, if there is one, into end.
func closeList(dst []byte, end byte) []byte {
	if dst[len(dst)-1] == ',' {
		dst[len(dst)-1] = end
		return dst
	}
	return append(dst, end)
}
