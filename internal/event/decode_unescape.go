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
	i, n := 0, 0
	for i < len(src) {
		if len(src)-i >= 8 {
			w := binary.LittleEndian.Uint64(src[i:])
			found := backslash(w) &^ w & highBits // the first of them is one
			if found == 0 {
				binary.LittleEndian.PutUint64(dst[n:], w)
				i += 8
				n += 8
				continue
			}
			first := bits.TrailingZeros64(found)
			if plain := first / 8; rare[byte(w>>(first+1))] && n+8 <= i+plain {
				binary.LittleEndian.PutUint64(dst[n:], w)
				i, n = unescapeOne(dst, src, i+plain+1, n+plain)
				continue
			}
		}
		var escaped bool
		i, n, escaped = unescapeWords(dst, src, i, n)
		i, n = unescapeNext(dst, src, i, n, escaped)
	}
	return n
}

// unescapeWords does what unescape does, from src[i] and dst[n] on, eight bytes at a time, and
// shifts the backslashes of \" \n \\ \/ and \r out of them, so that no escape waits for the one
// before. It leaves off where fewer bytes are left, or have a rare escape; escaped is whether
// they follow a backslash.
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
			if escape &^= newline | laneEqual(w, '\\') | laneEqual(w, '/'); escape != 0 {
				if escape&^laneEqual(w, 'r') != 0 {
					break
				}
				w ^= escape >> 7 * ('r' ^ '\r')
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

// unescapeNext does what unescape does, from src[i] and dst[n] on, byte by byte and not beyond
// the next escape. escaped is whether src[i] follows a backslash.
func unescapeNext(dst, src []byte, i, n int, escaped bool) (nextI, nextN int) {
	for !escaped {
		if i == len(src) {
			return i, n
		}
		c := src[i]
		i++
		if escaped = c == '\\'; !escaped {
			dst[n] = c
			n++
		}
	}
	return unescapeOne(dst, src, i, n)
}

// unescapeOne writes to dst[n] what src[i], which follows a backslash, stands for.
func unescapeOne(dst, src []byte, i, n int) (nextI, nextN int) {
	if c := unescapes[src[i]]; c != 0 {
		dst[n] = c
		return i + 1, n + 1
	}
	r := hexRune(src[i+1:])
	i += 5
	switch {
	case r < utf8.RuneSelf:
		dst[n] = byte(r)
		return i, n + 1
	case r < 0x800:
		dst[n], dst[n+1] = byte(0xC0|r>>6), byte(0x80|r&0x3F)
		return i, n + 2
	case utf16.IsSurrogate(r):
		pair := rune(utf8.RuneError)
		if len(src)-i >= 6 && src[i] == '\\' && src[i+1] == 'u' {
			pair = utf16.DecodeRune(r, hexRune(src[i+2:]))
		}
		if r = pair; r != utf8.RuneError {
			i += 6
		}
	}
	return i, n + utf8.EncodeRune(dst[n:], r)
}

// hexRune returns the number that digits begins with, four hexadecimal digits.
func hexRune(digits []byte) rune {
	x := binary.BigEndian.Uint32(digits)
	x = x&0x0F0F0F0F + x>>6&0x01010101*9 // the letters have the bit 0x40
	x |= x >> 4
	return rune(x>>8&0xFF00 | x&0xFF)
}

// unescapes has what a backslash and a byte stand for, 0 for \u.
var unescapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// rare has the bytes that make a rare escape with a backslash before them.
var rare = [256]bool{'b': true, 'f': true, 't': true, 'u': true}
