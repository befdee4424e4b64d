package event

import (
	"encoding/json"
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
)

// stringPieces are what the inside of a JSON string is made of.
var stringPieces = []string{
	"a", "n", "u", "/", "bcd", "efghijk", "lmnopqrstuvw", "é", "東", "\x7f", " ", "'",
	`\"`, `\\`, `\/`, `\n`, `\"`, `\n`, `\t`, `\r`, `\b`, `\f`, `\u000a`, `\u0022`, `\u005C`, `\u00e9`, `\uD7fF`, `\ufffd`,
	`\u0000`, `\u007f`, `\u0080`, `\u07FF`, `\u0800`, `\uffff`, `\u9abc`, `\uDEF0`,
	`\ud83d\ude00`, `\ud83d`, `\ude00`, `\ud83d\n`, `\ud83d\u0041`, `\ud83d\ud83d\ude00`,
}

// TestUnescape compares strings of random pieces, and each piece at every place of short ones,
// with encoding/json; in place and into other memory.
func TestUnescape(t *testing.T) {
	for text := range texts(stringPieces, "a", "é", `\"`, `\\`, `\n`, `\t`, `\u0041`) {
		checkUnescape(t, text)
	}
}

// texts yields each piece at every place among up to 17 fills before and after it, and texts of
// random pieces.
func texts(pieces []string, fills ...string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, fill := range fills {
			for _, piece := range pieces {
				for n := range 18 * 18 {
					if !yield(strings.Repeat(fill, n/18) + piece + strings.Repeat(fill, n%18)) {
						return
					}
				}
			}
		}
		random := rand.New(rand.NewPCG(1, 2))
		for range 100_000 {
			var text strings.Builder
			some := pieces[random.IntN(len(pieces)):]
			for range random.IntN(30) {
				text.WriteString(some[random.IntN(min(len(some), 8))])
			}
			if !yield(text.String()) {
				return
			}
		}
	}
}

func checkUnescape(t *testing.T, text string) {
	t.Helper()
	var want string
	if err := json.Unmarshal([]byte(`"`+text+`"`), &want); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	src := []byte(text)
	dst := make([]byte, len(src))
	if got := dst[:unescape(dst, src)]; string(got) != want {
		t.Fatalf("%s: %q, want %q", text, got, want)
	}
	if string(src) != text {
		t.Fatalf("%s: src is %q afterwards", text, src)
	}
	if got := src[:unescape(src, src)]; string(got) != want {
		t.Fatalf("%s: in place %q, want %q", text, got, want)
	}
}
