package event

import (
	"bytes"
	"fmt"
	"testing"
)

// textPieces are what request bodies are made of.
var textPieces = []string{
	"a", "\n", `"`, "\\", "\"\"\"", "n", "/", "bcd", "efghijk", "lmnopqrstuvw", "é", "東", "😀", "\x7f", " ", "\u2028",
	"\n", `"`, "\t", "\r", "\b", "\f", "\x00", "\x1f", "\x0b", "\n\n\n\n\n\n\n\n", `""""""""`,
}

// TestEscape compares texts of random pieces, and each piece at every place of short ones, with
// what is written byte by byte; in place and into other memory.
func TestEscape(t *testing.T) {
	for text := range texts(textPieces, "a", "é", `"`, "\n", "\x00") {
		checkEscape(t, text)
	}
}

func checkEscape(t *testing.T, text string) {
	t.Helper()
	const head, tail = "head:", 3
	want := []byte(head)
	for _, c := range []byte(text) {
		switch c {
		case '"', '\\':
			want = append(want, '\\', c)
		case '\n':
			want = append(want, `\n`...)
		case '\r':
			want = append(want, `\r`...)
		case '\t':
			want = append(want, `\t`...)
		case '\b':
			want = append(want, `\b`...)
		case '\f':
			want = append(want, `\f`...)
		default:
			if c < ' ' {
				want = fmt.Appendf(want, `\u%04x`, c)
			} else {
				want = append(want, c)
			}
		}
	}
	extra, ok := escapeCost([]byte(text))
	if !ok || extra != len(want)-len(head)-len(text) {
		t.Fatalf("%q: it grows by %d (%v), want %d", text, extra, ok, len(want)-len(head)-len(text))
	}
	for _, room := range []int{0, extra + tail, extra + tail + 20} {
		buf := append(make([]byte, 0, len(head)+len(text)+room), head+text...)
		got := escapeFrom(buf, len(head), extra, tail)
		if !bytes.Equal(got, want) {
			t.Fatalf("%q with room for %d bytes more: %q, want %q", text, room, got, want)
		}
		if cap(got) < len(got)+tail {
			t.Fatalf("%q with room for %d bytes more: no room for the tail", text, room)
		}
		if inPlace := &got[0] == &buf[0]; inPlace != (room >= extra+tail) {
			t.Fatalf("%q with room for %d bytes more: in place: %v", text, room, inPlace)
		}
	}
}
