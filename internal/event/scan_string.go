package event

import (
	"encoding/binary"
	"math/bits"
)

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// skipString returns the index, at or after i, of what ends the run of
// characters and whole escapes of a string: its quote, a backslash that needs
// more bytes or a closer look, a byte that may not stand in a string, or
// len(data). marks are those of the run.
func skipString(data []byte, i int) (end int, marks scanMarks) {
	end, marks = plainRun(data, i)
	if end < len(data) && data[end] == '\\' {
		var more scanMarks
		end, more = escapedRun(data, end)
		marks |= more
	}
	return end, marks
}

// escapedRun does what skipString does where there are many escapes, as in JSON
// within JSON: at the same speed whether eight bytes have some or none.
func escapedRun(data []byte, i int) (end int, marks scanMarks) {
	var seen uint64
	var carry uint64 // the high bit of the byte that the byte before escapes
	for len(data)-i >= 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		slash, quote := laneEqual(w, '\\'), laneEqual(w, '"')
		escape := slash<<8 | carry
		if slash&escape != 0 { // backslashes in a row: which of them escape?
			slash, escape = pairSlashes(slash, carry)
		}
		stop := quote&^escape | controls(w)
		long := escape &^ (quote | laneEqual(w, '\\')) // of two other bytes, or more
		if stop|long != 0 {
			first := bits.TrailingZeros64(stop) // 64 if there is none
			for ; long != 0; long &= long - 1 {
				at := bits.TrailingZeros64(long)
				if at >= first {
					break
				}
				if k := i + at/8 - 1; escapeLength(data[k:]) == 0 {
					return k, markEscaped | wideIf(seen|w)
				}
			}
			if stop != 0 {
				return i + first/8, markEscaped | wideIf(seen|w)
			}
		}
		seen |= w
		carry = slash >> 56
		i += 8
	}
	if carry != 0 {
		i--
	}
	for i < len(data) {
		c := data[i]
		if c < ' ' || c == '"' {
			break
		}
		size := 1
		if c == '\\' {
			size = escapeLength(data[i:])
		}
		if size == 0 {
			break
		}
		seen |= uint64(c)
		i += size
	}
	return i, markEscaped | wideIf(seen)
}

// escapeLength returns the length of the escape that data begins with, 0 if it
// is not valid or not complete.
func escapeLength(data []byte) int {
	switch {
	case len(data) < 2:
		return 0
	case isEscape(data[1]):
		return 2
	case data[1] == 'u' && len(data) >= 6 &&
		isHexDigit(data[2]) && isHexDigit(data[3]) && isHexDigit(data[4]) && isHexDigit(data[5]):
		return 6
	}
	return 0
}

// pairSlashes tells which of the backslashes escape the byte after them, and
// which bytes are escaped.
func pairSlashes(slash, carry uint64) (escapes, escaped uint64) {
	for rest := slash &^ carry; rest != 0; {
		bit := rest & -rest
		escapes |= bit
		rest &^= bit | bit<<8
	}
	return escapes, escapes<<8 | carry
}

// laneEqual returns the high bits of the bytes of w that are c, an ASCII byte.
func laneEqual(w uint64, c byte) uint64 {
	w ^= everyByte * uint64(c)
	return ^(w&^highBits + ^uint64(highBits) | w) & highBits
}

// plainRun returns the index, at or after i, of the first byte that does not
// stand for itself in a JSON string: a quote, a backslash, a control character;
// len(data) if there is none. marks is markWide if a byte beyond ASCII comes before
// it, and may be if one comes soon after it, else 0.
//
// It takes eight bytes at a time. Subtracting k from each byte borrows into the
// high bit of those less than k, and of others only to the left of such a one.
func plainRun(data []byte, i int) (end int, marks scanMarks) {
	var seen uint64
	for run := 1; len(data)-i >= 8; run++ {
		w := binary.LittleEndian.Uint64(data[i:])
		seen |= w
		if found := (lowOrQuote(w) | backslash(w)) &^ w & highBits; found != 0 {
			return i + bits.TrailingZeros64(found)/8, wideIf(seen)
		}
		i += 8
		if run%4 == 0 {
			i = skipASCII(data, i)
		}
	}
	for ; i < len(data); i++ {
		c := data[i]
		if c < ' ' || c == '"' || c == '\\' {
			break
		}
		seen |= uint64(c)
	}
	return i, wideIf(seen)
}

// wideIf returns markWide if a byte of seen is beyond ASCII.
func wideIf(seen uint64) scanMarks {
	if seen&highBits != 0 {
		return markWide
	}
	return 0
}

// skipASCII skips what is ASCII and plain, 32 bytes at a time.
func skipASCII(data []byte, i int) int {
	for len(data)-i >= 32 {
		block := data[i : i+32 : i+32]
		a := binary.LittleEndian.Uint64(block)
		b := binary.LittleEndian.Uint64(block[8:])
		c := binary.LittleEndian.Uint64(block[16:])
		d := binary.LittleEndian.Uint64(block[24:])
		if (a|b|c|d|lowOrQuote(a)|lowOrQuote(b)|lowOrQuote(c)|lowOrQuote(d)|
			backslash(a)|backslash(b)|backslash(c)|backslash(d))&highBits != 0 {
			break
		}
		i += 32
	}
	return i
}

// lowOrQuote sets the high bit of the bytes of w that are control characters
// or quotes. Exchanging 0x20 and 0x22 makes them one range.
func lowOrQuote(w uint64) uint64 { return (w ^ everyByte*2) - everyByte*0x21 }

// backslash sets the high bit of the bytes of w that are backslashes.
func backslash(w uint64) uint64 { return (w ^ everyByte*'\\') - everyByte }

// isEscape reports whether c, after a backslash, is an escape of two bytes.
func isEscape(c byte) bool {
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	}
	return false
}

func isHexDigit(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
