package event

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape writes what the inside of a valid JSON string stands for to dst and
// returns its length, which is at most len(src). dst must be as long as src and
// may be src: nothing is written where it has not been read. A surrogate
// without its partner becomes U+FFFD; invalid UTF-8 is copied.
func unescape(dst, src []byte) int {
	n := 0
	for i := 0; i < len(src); {
		if len(src)-i >= 8 {
			w := binary.LittleEndian.Uint64(src[i:])
			found := backslash(w) &^ w & highBits
			if found == 0 {
				binary.LittleEndian.PutUint64(dst[n:], w)
				i += 8
				n += 8
				continue
			}
			plain := bits.TrailingZeros64(found) / 8
			if n+8 <= i+plain { // also if dst is src
				binary.LittleEndian.PutUint64(dst[n:], w)
				i += plain
				n += plain
			} else {
				for range plain {
					dst[n] = src[i]
					i++
					n++
				}
			}
		} else if src[i] != '\\' {
			dst[n] = src[i]
			i++
			n++
			continue
		}
		if c := unescapes[src[i+1]]; c != 0 {
			dst[n] = c
			i += 2
			n++
			continue
		}
		r, size := unescapeRune(src[i:])
		i += size
		n += utf8.EncodeRune(dst[n:], r)
	}
	return n
}

// unescapeRune reads the \uXXXX at the beginning of src, or the surrogate pair.
func unescapeRune(src []byte) (r rune, size int) {
	r = hexRune(src[2:6])
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(src) >= 12 && src[6] == '\\' && src[7] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(src[8:12])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

func hexRune(digits []byte) (r rune) {
	for _, c := range digits {
		switch {
		case c <= '9':
			c -= '0'
		default:
			c = c&^0x20 - 'A' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// unescapes has what a backslash and a byte stand for, 0 for \u.
var unescapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}
