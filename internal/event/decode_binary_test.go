package event

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestDecodeBase64(t *testing.T) {
	data := make([]byte, 1000)
	rand.NewChaCha8([32]byte{3}).Read(data)
	for n := range data {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
			got, err := decodeBase64([]byte(encoding.EncodeToString(data[:n])))
			if err != nil || !bytes.Equal(got, data[:n]) {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	}
}

// Every byte that is no digit is found wherever it stands, and where.
func TestDecodeBase64Corrupt(t *testing.T) {
	for c := range 256 {
		if strings.IndexByte(base64Digits, byte(c)) >= 0 || c == '\r' || c == '\n' {
			continue
		}
		for at := range 40 {
			text := bytes.Repeat([]byte("A"), 42)
			text[at] = byte(c)
			_, want := base64.RawStdEncoding.DecodeString(string(text))
			if _, err := decodeBase64(text); err == nil || !strings.HasSuffix(err.Error(), want.Error()) {
				t.Fatalf("byte %#x at %d: got %v, want %v", c, at, err, want)
			}
		}
	}
}
