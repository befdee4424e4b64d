package event

import (
	"strings"
	"unicode/utf8"
)

// collapse makes several slashes at the beginning of a path one.
func collapse(path string) string {
	for strings.HasPrefix(path, "//") {
		path = path[1:]
	}
	return path
}

// appendURI appends a path or query, percent-encoded as it is, as the inside of
// a JSON string.
func appendURI[T string | []byte](dst []byte, s T) []byte {
	start := 0
	for i := range len(s) {
		c := s[i]
		if c > ' ' && c < 0x7f && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[start:i]...)
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&0xf])
		}
		start = i + 1
	}
	return append(dst, s[start:]...)
}

const upperHex = "0123456789ABCDEF"

// appendDecodedPath appends a path, percent-decoded, as the inside of a JSON
// string.
func (e *encoder) appendDecodedPath(dst []byte, path string) []byte {
	e.text = appendDecoded(e.text[:0], path, false)
	return appendEscaped(dst, e.text)
}

// appendDecoded appends s with its escapes decoded; in a form, a plus is a
// space. What it appends is valid UTF-8: an escape that is malformed, or that
// is no part of a character, is left as it is written, and a byte that is no
// part of one is escaped.
func appendDecoded(dst []byte, s string, form bool) []byte {
	for s != "" {
		n := 0
		for n < len(s) && s[n] < utf8.RuneSelf && s[n] != '%' && s[n] != '+' {
			n++
		}
		dst, s = append(dst, s[:n]...), s[n:]
		if s == "" {
			break
		}
		if s[0] == '+' && form {
			dst, s = append(dst, ' '), s[1:]
			continue
		}
		char, size, n := decodeChar(s)
		switch {
		case size > 0:
			dst = append(dst, char[:size]...)
		case n == 1:
			dst = append(dst, '%', upperHex[s[0]>>4], upperHex[s[0]&0xf])
		default:
			dst = append(dst, s[:n]...)
		}
		s = s[n:]
	}
	return dst
}

// decodeChar decodes the character at the beginning of s, which takes n bytes
// there. A size of 0 means that the byte at the beginning is no part of one.
func decodeChar(s string) (char [utf8.UTFMax]byte, size, n int) {
	for size < len(char) && n < len(s) && !utf8.FullRune(char[:size]) {
		c, length := decodeByte(s[n:])
		char[size] = c
		size++
		n += length
	}
	if utf8.Valid(char[:size]) {
		return char, size, n
	}
	_, n = decodeByte(s)
	return char, 0, n
}

// decodeByte returns the first byte of s, or what the escape at its beginning
// stands for, and how long that is in s.
func decodeByte(s string) (c byte, n int) {
	if s[0] == '%' && len(s) > 2 {
		hi, lo := unhex(s[1]), unhex(s[2])
		if hi < 16 && lo < 16 {
			return hi<<4 | lo, 3
		}
	}
	return s[0], 1
}

// unhex returns the value of a hexadecimal digit, 16 or more of any other byte.
func unhex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 16
}
