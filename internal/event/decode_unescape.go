package event

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape writes what the inside of a valid JSON string stands for to dst and
// returns its length, which is at most len(src). dst must be as long as src and
// may be src: nothing is written where it has not been read. A surrogate
// without its partner becomes U+FFFD; invalid UTF-8 is copied.
func unescape(dst, src []byte) int {
	for i, n := 0, 0; ; {
		var escaped bool // src[i] follows a backslash
		i, n, escaped = unescapeWords(dst, src, i, n)
		for !escaped {
			if i == len(src) {
				return n
			}
			c := src[i]
			i++
			if escaped = c == '\\'; !escaped {
				dst[n] = c
				n++
			}
		}
		for escaped {
			if c := unescapes[src[i]]; c != 0 {
				dst[n] = c
				i++
				n++
			} else {
				r, size := unescapeRune(src[i:])
				i += size
				n += utf8.EncodeRune(dst[n:], r)
			}
			if escaped = i < len(src) && src[i] == '\\'; escaped {
				i++
			}
		}
	}
}

// unescapeWords does what unescape does, from src[i] and dst[n] on, eight bytes at a time. It
// leaves off where eight bytes have an escape other than the frequent ones, \" \n \\ and \/.
// If they follow a backslash, escaped is true.
func unescapeWords(dst, src []byte, i, n int) (nextI, nextN int, escaped bool) {
	var carry uint64 // the high bit of the byte that the byte before escapes
	for len(src)-i >= 8 {
		w := binary.LittleEndian.Uint64(src[i:])
		if backslash(w)&^w&highBits|carry == 0 {
			binary.LittleEndian.PutUint64(dst[n:], w)
			i += 8
			n += 8
			continue
		}
		drop := laneEqual(w, '\\')
		escape := drop<<8 | carry
		if drop&escape != 0 {
			drop, escape = pairSlashes(drop, carry)
		}
		if escape &^= laneEqual(w, '"'); escape != 0 {
			newline := escape & laneEqual(w, 'n')
			if escape&^(newline|laneEqual(w, '\\')|laneEqual(w, '/')) != 0 {
				break
			}
			w ^= newline >> 7 * ('n' ^ '\n')
		}
		carry = drop >> 56
		kept := 8
		for ; drop != 0; drop = (drop & (drop - 1)) >> 8 {
			before := (drop&-drop)>>7 - 1
			w = w&before | w>>8&^before
			kept--
		}
		binary.LittleEndian.PutUint64(dst[n:], w)
		i += 8
		n += kept
	}
	return i, n, carry != 0
}

// unescapeRune reads a \uXXXX, whose u src begins with, or a surrogate pair.
func unescapeRune(src []byte) (r rune, size int) {
	r = hexRune(src[1:5])
	if !utf16.IsSurrogate(r) {
		return r, 5
	}
	if len(src) >= 11 && src[5] == '\\' && src[6] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(src[7:11])); pair != utf8.RuneError {
			return pair, 11
		}
	}
	return utf8.RuneError, 5
}

func hexRune(digits []byte) (r rune) {
	for _, c := range digits {
		r = r<<4 | rune(c&15+c>>6*9)
	}
	return r
}

// unescapes has what a backslash and a byte stand for, 0 for \u.
var unescapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
