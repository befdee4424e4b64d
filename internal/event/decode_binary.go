package event

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// decodeBase64 decodes text, which has no line breaks, in place: the standard
// alphabet (RFC 4648, section 4), with or without padding. What it writes never
// overtakes what it reads.
func decodeBase64(text []byte) ([]byte, error) {
	digits := text
	if len(text)%4 == 0 {
		for range 2 {
			digits = bytes.TrimSuffix(digits, []byte("="))
		}
	}
	read, written := decodeDigits(text, digits)
	n, err := base64.RawStdEncoding.Decode(text[written:], digits[read:])
	if at, ok := errors.AsType[base64.CorruptInputError](err); ok {
		err = base64.CorruptInputError(int(at) + read)
	}
	if err != nil {
		return nil, malformed("isBase64Encoded is true, but body is not valid base64: %v", err)
	}
	written += n
	return text[:written:written], nil
}

// decodeDigits decodes eight digits at a time, faster than encoding/base64, as far
// as it can. dst and digits may begin at the same place.
func decodeDigits(dst, digits []byte) (read, written int) {
	for len(digits)-read >= 8 && len(dst)-written >= 8 {
		d := digits[read : read+8]
		high := digitBits[0][d[0]] | digitBits[1][d[1]] | digitBits[2][d[2]] | digitBits[3][d[3]]
		low := digitBits[0][d[4]] | digitBits[1][d[5]] | digitBits[2][d[6]] | digitBits[3][d[7]]
		if (high|low)&noDigit != 0 {
			break
		}
		binary.BigEndian.PutUint64(dst[written:], uint64(high)<<40|uint64(low)<<16)
		read += 8
		written += 6
	}
	return read, written
}

const noDigit = 1 << 31

// digitBits are the bits that a byte stands for as the first, second, third or
// fourth of four digits.
var digitBits = func() (t [4][256]uint32) {
	for place := range t {
		for c := range t[place] {
			t[place][c] = noDigit
		}
		for value, c := range []byte(base64Digits) {
			t[place][c] = uint32(value) << (18 - 6*place)
		}
	}
	return t
}()
