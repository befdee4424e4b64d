package event

import (
	"encoding/binary"
	"math/bits"
)

// specials returns a word in which the highest bit of those bytes is set that
// do not stand for themselves in a JSON string: controls, '"' and '\\'.
func specials(x uint64) uint64 {
	const seven = ^uint64(highBits)
	y := x & seven
	notQuote := (y ^ everyByte*'"') + seven
	notBackslash := (y ^ everyByte*'\\') + seven
	return controls(x) | ^(notQuote&notBackslash|x)&highBits
}

// controls is specials of the bytes below a space alone.
func controls(x uint64) uint64 {
	const seven = ^uint64(highBits)
	return ^((x & seven) + everyByte*(0x80-' ') | x) & highBits
}

// isPlain reports whether b is ASCII that stands for itself in a JSON string
// and in a header field: no '"', no '\\', no control, no DEL.
func isPlain(b []byte) bool {
	if len(b) < 8 {
		for _, c := range b {
			if !plain[c] || c == 0x7f {
				return false
			}
		}
		return true
	}
	last := b[len(b)-8:]
	for ; len(b) > 8; b = b[8:] {
		if x := binary.LittleEndian.Uint64(b); (specials(x)|x|(x+everyByte))&highBits != 0 {
			return false
		}
	}
	x := binary.LittleEndian.Uint64(last)
	return (specials(x)|x|(x+everyByte))&highBits == 0
}

// escapeCost returns by how many bytes b grows as the inside of a JSON string.
// ok is false if b is not valid UTF-8.
func escapeCost(b []byte) (extra int, ok bool) {
	var seen uint64
	rest := b
	for ; len(rest) >= 8; rest = rest[8:] {
		x := binary.LittleEndian.Uint64(rest)
		seen |= x
		s := specials(x)
		extra += bits.OnesCount64(s)
		if s != 0 && controls(x) != 0 {
			for _, c := range rest[:8] {
				if escapes[c] == 'u' {
					extra += len(`\u0000`) - len(`\n`)
				}
			}
		}
	}
	for _, c := range rest {
		seen |= uint64(c)
		switch escapes[c] {
		case 0:
		case 'u':
			extra += len(`\u0000`) - 1
		default:
			extra++
		}
	}
	return extra, seen&highBits == 0 || isUTF8(b)
}

// escapeFrom makes buf[start:], valid UTF-8, the inside of a JSON string, extra
// bytes longer. It does so in place, from the back, if buf has the memory for
// it and for tail bytes more, else in a buffer that has.
func escapeFrom(buf []byte, start, extra, tail int) []byte {
	from, to := len(buf), len(buf)+extra
	if cap(buf) < to+tail {
		buf = append(make([]byte, 0, to+tail), buf...)
	}
	buf = buf[:to]
	var behind uint64 // buf[to:to+8], once there is that much
	for from < to {   // once equal, what is left stays where it is
		n := min(8, from-start)
		if n == 8 {
			x := binary.LittleEndian.Uint64(buf[from-8:])
			special := specials(x)
			if special == 0 {
				binary.LittleEndian.PutUint64(buf[to-8:], x)
				from, to, behind = from-8, to-8, x
				continue
			}
			if newline := laneEqual(x, '\n'); controls(x) == newline && to+8 <= len(buf) {
				x, over := escapeWord(x^newline>>7*('\n'^'n'), behind, special)
				to -= bits.OnesCount64(special)
				binary.LittleEndian.PutUint64(buf[to:], over)
				binary.LittleEndian.PutUint64(buf[to-8:], x)
				from, to, behind = from-8, to-8, x
				continue
			}
		}
		for range n {
			from--
			c := buf[from]
			switch e := escapes[c]; e {
			case 0:
				to--
				buf[to] = c
			case 'u':
				to -= 6
				copy(buf[to:], `\u00`)
				buf[to+4], buf[to+5] = hexDigits[c>>4], hexDigits[c&0xf]
			default:
				to -= 2
				buf[to], buf[to+1] = '\\', e
			}
		}
		if to+8 <= len(buf) {
			behind = binary.LittleEndian.Uint64(buf[to:])
		}
	}
	return buf
}

// escapeWord puts a backslash before each byte of x that special has the high bit of. What
// that drives out of x goes into over, before the bytes that are behind x.
func escapeWord(x, behind, special uint64) (escaped, over uint64) {
	over = behind
	for special != 0 {
		at := bits.Len64(special) - 8
		before := uint64(1)<<at - 1
		over = over<<8 | x>>56
		x = x&before | '\\'<<at | x&^before<<8
		special &= before
	}
	return x, over
}
