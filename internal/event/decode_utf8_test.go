package event

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestValidUTF8(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""}, {"é", "é"}, {"\xff", "\ufffd"}, {"a\xe2\x82b", "a\ufffd\ufffdb"}, {"\xed\xa0\x80", "\ufffd\ufffd\ufffd"},
	} {
		got := validUTF8([]byte(c.in))
		if string(got) != c.want || !utf8.Valid(got) {
			t.Errorf("%q became %q, want %q", c.in, got, c.want)
		}
	}
}

// TestIsUTF8 puts every pair of bytes, and the borders of what is valid, at
// every place of a block.
func TestIsUTF8(t *testing.T) {
	check := func(text []byte) {
		t.Helper()
		if got, want := isUTF8(text), utf8.Valid(text); got != want {
			t.Fatalf("isUTF8(%q) = %v, want %v", text, got, want)
		}
	}
	text := make([]byte, 0, 100)
	for lead := range 256 {
		for next := range 256 {
			for _, tail := range []string{"", "\x80", "\x80\x80", "\x80\x80\x80"} {
				for _, before := range []int{0, 5, 22, 28, 29, 30, 31, 40} {
					text = append(text[:0], "ééééééééééééééééééééé"[:before&^1]...)
					text = append(text, "a"[:before&1]...)
					text = append(text, byte(lead), byte(next))
					text = append(text, tail...)
					check(text)
					check(append(text, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"...))
				}
			}
		}
	}
	for n := range 70 {
		for _, r := range []string{"é", "€", "😀", "\u0800", "\ud7ff", "\ue000", "\U00010000", "\U0010ffff", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x9f\xbf", "\xc1\xbf", "\x80"} {
			for cut := range len(r) + 1 {
				for _, fill := range []string{"x", "é", "東"} {
					check([]byte(strings.Repeat(fill, n) + r[:cut]))
					check([]byte(strings.Repeat(fill, n) + r[:cut] + strings.Repeat(fill, 40)))
				}
			}
		}
	}
}

func FuzzIsUTF8(f *testing.F) {
	f.Add([]byte("größer, 東京, 😀, \xed\x9f\xbf and some more to fill a block"))
	f.Add(bytes.Repeat([]byte("\xf4\x8f\xbf\xbf"), 9))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, want := isUTF8(text), utf8.Valid(text); got != want {
			t.Fatalf("isUTF8(%q) = %v, want %v", text, got, want)
		}
	})
}
