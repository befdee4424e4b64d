package event

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// FuzzDecode compares Decode with referenceDecode.
func FuzzDecode(f *testing.F) {
	for _, seed := range decodeSeeds() {
		for _, format := range decodeFormats {
			f.Add(uint8(format.format), []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, format uint8, payload []byte) {
		compareWithReference(t, Format(format%5)+1, payload)
	})
}

func decodeSeeds() []string {
	seeds := []string{
		`{"statusCode":200,"headers":{"a":"é\nb"}}`, "{\"statusCode\":200,\"headers\":{\"a\":\"\\u0041\xff\"}}",
		"{\"statusCode\":200,\"headers\":{\"\xff\":\"1\",\"\xfe\":\"2\"}}",
		"", " ", "nul", `"\u00e9\ud83d\ude00\ud83d\"\/"`, `[1, 2.5e-3 , {"a":[]} ]`, "-0", "1.", "\xff", "\"\xff\x80\"",
		`{"statusCode":200,"headers":{"A":"1","a":"2","\u0061":"3"},"body":"\u0000\ud800x"}`,
		`{"statusCode":200,"multiValueHeaders":{"x":["a","b"],"X":["c"]},"headers":{"x":"a, b","X":"d","Set-Cookie":"k=v"}}`,
		`{"statusCode":200,"cookies":["a=1",2,null],"headers":{"Set-Cookie":"a=1","connection":"x-y , close","X-Y":"1"}}`,
		`{"statusCode":200,"headers":{"content-length":"5","Content-Length":" 5"},"body":{"a": [1, " b\" "]}}`,
		`{"statusCode":"418","isBase64Encoded":"true","body":"aGk"}`,
		`{"statusCode":200,"isBase64Encoded":true,"body":"aG\/\nk="}`,
		`{"statusCode":200,"statusCode":404,"body":"a","body":"b"}`,
		`{"statusCode":2.04e2,"body":"gone","base64Encoded":false,"isBase64Encoded":true}`,
		`{"statusCode":200}` + separator + "body", "{} \n" + separator, `{"statusCode":200}` + separator[:3],
		`{"headers":{"a":["1","2"]},"statusCode":201}` + separator + separator,
		`{"statusCode":200,"body":"` + strings.Repeat(`x\"é\\`, 20) + `"}`,
	}
	for _, c := range decodeCases {
		seeds = append(seeds, c.answer)
	}
	return seeds
}

func compareWithReference(t *testing.T, f Format, payload []byte) {
	t.Helper()
	want, wantErr := referenceDecode(f, bytes.Clone(payload))
	got, err := Decode(f, bytes.Clone(payload))
	if err != nil && strings.Contains(err.Error(), "more than 1000") {
		return // the reference counts only what it keeps
	}
	if (err != nil) != (wantErr != nil) {
		t.Fatalf("%d: Decode(%q): error %v, the reference says %v", f, payload, err, wantErr)
	}
	if err != nil {
		return
	}
	if got.Status != want.Status || got.ContentLength != want.ContentLength || !reflect.DeepEqual(got.Header, want.Header) || !bytes.Equal(got.Body, want.Body) {
		t.Fatalf("%d: Decode(%q):\n got %s\nwant %s", f, payload, rendered(got, nil), rendered(want, nil))
	}
}

// TestDecodeMatchesReference compares with the reference what the fuzz target
// starts from, and every seed cut off at every byte.
func TestDecodeMatchesReference(t *testing.T) {
	for _, seed := range decodeSeeds() {
		for _, f := range decodeFormats {
			for n := range len(seed) + 1 {
				compareWithReference(t, f.format, []byte(seed[:n]))
			}
		}
	}
}

// FuzzScan compares the scanner with json.Valid, and its tokens with those that
// it finds when the bytes come in pieces.
func FuzzScan(f *testing.F) {
	for _, seed := range decodeSeeds() {
		f.Add([]byte(seed), []byte{1, 3})
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		whole := scanTrace(data, nil)
		last := whole[len(whole)-1]
		if last.token != scanDeep {
			complete := last.token == scanEnd && len(trimLeftSpace(data[last.pos:])) == 0
			if valid := validJSON(data); complete != valid {
				t.Fatalf("%q: the scanner says %v, encoding/json %v", data, complete, valid)
			}
		}
		if pieces := scanTrace(data, cuts); !slices.Equal(whole, pieces) {
			t.Fatalf("%q in pieces %d:\n%v\n%v", data, cuts, whole, pieces)
		}
	})
}

type scanned struct {
	token      scanToken
	pos        int
	key, value scanValue
}

// scanTrace scans data, which arrives in pieces as long as cuts say, in turn.
func scanTrace(data, cuts []byte) (trace []scanned) {
	var s scanner
	arrived := len(data)
	if len(cuts) > 0 {
		arrived = 0
	}
	for i := 0; ; {
		token := s.next(data[:arrived])
		if token == scanMore && arrived < len(data) {
			arrived = min(len(data), arrived+1+int(cuts[i%len(cuts)]%16))
			i++
			continue
		}
		if token == scanMore {
			token = s.finish()
		}
		entry := scanned{token: token, pos: s.pos}
		switch token {
		case scanKey:
			entry.key = settled(data, s.key)
		case scanMember:
			entry.value = settled(data, s.value)
		}
		trace = append(trace, entry)
		if token >= scanEnd {
			return trace
		}
	}
}

// settled is v with what depends on the pieces, and may, made certain.
func settled(data []byte, v scanValue) scanValue {
	beyond := slices.ContainsFunc(data[v.start:v.end], func(c byte) bool { return c >= 0x80 })
	if v.first != '"' {
		v.marks = 0
	} else if beyond && !v.marks.has(markWide) {
		panic("bytes beyond ASCII overlooked")
	}
	v.marks &^= markWide
	if beyond && v.first == '"' {
		v.marks |= markWide
	}
	return v
}
