package event

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// plain tells the bytes that stand for themselves in a JSON string. No HTML
// escaping: <, > and & are plain.
var plain = func() (t [256]bool) {
	for c := ' '; c < utf8.RuneSelf; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// escapes has what follows the backslash for the bytes that JSON wants escaped,
// 'u' if that is six bytes in all, and 0 for all others.
var escapes = func() (t [256]byte) {
	for c := range ' ' {
		t[c] = 'u'
	}
	t['"'], t['\\'] = '"', '\\'
	t['\b'], t['\t'], t['\n'], t['\f'], t['\r'] = 'b', 't', 'n', 'f', 'r'
	return t
}()

// appendString appends s as a JSON string. What is not valid UTF-8 becomes
// U+FFFD; U+2028 and U+2029 are left as they are, as RFC 8259 allows.
func appendString[T string | []byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

// appendEscaped appends s as appendString does, without the quotes.
func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	// Most strings need no escape: copying first and looking then, eight bytes
	// at a time, is the fastest for them.
	begin := len(dst)
	dst = append(dst, s...)
	if isPlain(dst[begin:]) {
		return dst
	}
	dst = dst[:begin]
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			dst = append(dst, s[start:i]...)
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, "\ufffd"...)
			i++
			start = i
			continue
		}
		i += size
	}
	return append(dst, s[start:]...)
}

// appendEscape appends the escape of an ASCII byte that is not plain.
func appendEscape(dst []byte, c byte) []byte {
	if e := escapes[c]; e != 'u' {
		return append(dst, '\\', e)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xf])
}
