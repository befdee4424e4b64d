package event

import (
	"slices"
	"strings"
	"testing"
)

// TestScan compares the scanner with encoding/json, in one piece and byte by
// byte, and every beginning of the text too.
func TestScan(t *testing.T) {
	long := strings.Repeat("x", 40)
	for _, text := range append(decodeSeeds(),
		"0", "-0", "01", "-", "-a", "1.", "1.x", "1.5", "1.2.3", "1e", "1e+", "1e5", "1E-5", "1e5e5", "1e5.5", "0x1", "0e0", "+1", ".5", "12/", "12:", "[12/3]", "[12:3]",
		"true", "tru", "truf", "falsey", "null ", "nul", "nil",
		"[]", "[ ]", "[,]", "[1,]", "[1 2]", "[1}", "[[]", "[]]", "[[],{}]", "]", "[{}]", "[\n1\t,\r2 ]",
		"{}", "{ }", "{,}", `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a":1]`, `{1:2}`, `{"a":1,"b":[{"c":2}]}`, `{"a":{},"b":[]}`, `{"a" : 1 , "b" : 2 }`, "{]",
		`"\u00e9"`, `"\u12"`, `"\u123"`, `"\u123x"`, `"\u12G4"`, `"\uABcd"`, `"\`, `"\"`, `"\\"`, `"\\\"`, `"\x"`, `"`+long+`\u123x`+long+`"`,
		`"`+long+`\\\\\"`+long+`"`, `"\"`+long+`é`, `{"\"`+long+`é":1,"b":"\"`+long+`é"}`, `"\"`+long+"\x1f", `"\"`+long+"\n",
		`{"\n"\x`, `{"\n"\x `+long, `{"\n"\u1`, `{"\n":"\n"\x`, `"`+long+`\`, `"\n`+long+`\u00`,
		`["`+long[:18]+`\nxxé\u00e9"]`, // a piece ends within \u00e9
		strings.Repeat("[", maxDepth)+strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1), strings.Repeat("[{\"a\":", 40)+"1"+strings.Repeat("}]", 40),
	) {
		for n := range len(text) + 1 {
			if n > 300 && n < len(text)-300 {
				continue
			}
			data := []byte(text[:n])
			whole := scanTrace(data, nil)
			last := whole[len(whole)-1]
			if got := last.token == scanEnd && len(trimLeftSpace(data[last.pos:])) == 0; last.token != scanDeep && got != validJSON(data) {
				t.Errorf("%q: the scanner says %v, encoding/json does not", data, got)
			}
			if deep := referenceTooDeep(data); deep != (last.token == scanDeep) {
				t.Errorf("%.20q, %d bytes: deeper than %d levels: %v", data, n, maxDepth, deep)
			}
			for _, cuts := range [][]byte{{0}, {7}, {0, 12}} {
				if pieces := scanTrace(data, cuts); !slices.Equal(whole, pieces) {
					t.Errorf("%q in pieces %d:\n%v\n%v", data, cuts, whole, pieces)
				}
			}
		}
	}
}

// Special bytes at every place of strings of every length are found.
func TestScanFindsEveryByte(t *testing.T) {
	for n := range 80 {
		for at := range n {
			for _, c := range []string{`"`, `\`, "\x00", "\x1f", "é", "\x7f", " ", "!", "#", "[", "]", "\xff"} {
				for _, fill := range []string{"a", "!", `\"`, `\\`, "é", "\x7f"} {
					text := []byte(strings.Repeat(fill, at) + c + strings.Repeat(fill, n-at))
					data := append(append([]byte(`"`), text...), '"')
					want := validJSON(data)
					trace := scanTrace(data, nil)
					last := trace[len(trace)-1]
					if got := last.token == scanEnd && last.pos == len(data); got != want {
						t.Fatalf("%q: the scanner says %v, encoding/json %v", data, got, want)
					}
				}
			}
		}
	}
}
