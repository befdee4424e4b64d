package event

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// validUTF8 returns text with every byte that is no part of valid UTF-8
// replaced by U+FFFD, as encoding/json does. It allocates only if there is one.
func validUTF8(text []byte) []byte {
	if isUTF8(text) {
		return text
	}
	valid := make([]byte, 0, len(text)+len(text)/8+8)
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		valid = utf8.AppendRune(valid, r)
		text = text[size:]
	}
	return valid
}

// isUTF8 says what utf8.Valid says, in a third of the time where ASCII and
// other text alternate: it does not branch on the length of each rune, but
// compares, for eight bytes at a time, where continuation bytes are with where
// the bytes before ask for them.
func isUTF8(text []byte) bool {
	i := 0
	var asked uint64 // continuation bytes that the bytes before i ask for
	for len(text)-i >= 32 {
		block := text[i : i+32 : i+32]
		words := [4]uint64{
			binary.LittleEndian.Uint64(block), binary.LittleEndian.Uint64(block[8:]),
			binary.LittleEndian.Uint64(block[16:]), binary.LittleEndian.Uint64(block[24:]),
		}
		if (words[0]|words[1]|words[2]|words[3])&highBits == 0 && asked == 0 {
			i += 32
			continue
		}
		var wrong uint64
		for n, w := range words {
			lead := w & (w << 1) & highBits // of two bytes and more
			lead3 := lead & (w << 2)        // of three and more
			lead4 := lead3 & (w << 3)       // of four and more
			wrong |= w&^(w<<1)&highBits ^ (lead<<8 | lead3<<16 | lead4<<24 | asked)
			asked = lead>>56 | lead3>>48 | lead4>>40
			for special := specialLeads(w)&lead | lead4; special != 0; special &= special - 1 {
				at := i + 8*n + bits.TrailingZeros64(special)/8
				if at+1 < len(text) && !mayFollow(text[at], text[at+1]) {
					return false
				}
			}
		}
		if wrong != 0 {
			return false
		}
		i += 32
	}
	if asked != 0 { // back to the first byte of the rune that is not complete
		for i--; !utf8.RuneStart(text[i]); i-- {
		}
	}
	return utf8.Valid(text[i:])
}

// specialLeads sets the high bit of the bytes 0xC0, 0xC1, 0xE0 and 0xED, and
// of some others.
func specialLeads(w uint64) uint64 {
	c := w&(everyByte*0xFE) ^ everyByte*0xC0
	e0 := w ^ everyByte*0xE0
	ed := w ^ everyByte*0xED
	return (c-everyByte)&^c | (e0-everyByte)&^e0 | (ed-everyByte)&^ed
}

// mayFollow reports whether a rune that begins with lead and next is neither
// overlong, nor a surrogate, nor beyond U+10FFFF (RFC 3629, section 4).
func mayFollow(lead, next byte) bool {
	switch {
	case lead == 0xC0, lead == 0xC1, lead > 0xF4:
		return false
	case lead == 0xE0:
		return next >= 0xA0
	case lead == 0xED:
		return next < 0xA0
	case lead == 0xF0:
		return next >= 0x90
	case lead == 0xF4:
		return next < 0x90
	}
	return true
}
