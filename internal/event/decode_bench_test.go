package event

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

var decodeFormats = []struct {
	name   string
	format Format
}{
	{"rest-api", RESTAPI}, {"http-api", HTTPAPI}, {"function-url", FunctionURL}, {"alb", ALB}, {"alb-multi-value", ALBMultiValue},
}

// answerFor returns an answer with three header fields, as functions for f give
// it; body is the inside of a JSON string.
func answerFor(f Format, isBase64 bool, body string) []byte {
	headers := `"headers":{"content-type":"application/json","cache-control":"no-store","x-request-id":"6c1ff0c5-2f9a"}`
	if f == RESTAPI || f == ALBMultiValue {
		headers = `"multiValueHeaders":{"content-type":["application/json"],"cache-control":["no-store"],"x-request-id":["6c1ff0c5-2f9a"]}`
	}
	return fmt.Appendf(nil, `{"statusCode":200,%s,"isBase64Encoded":%v,"body":"%s"}`, headers, isBase64, body)
}

// smallBody is 100 bytes of JSON within JSON.
var smallBody = `{\"id\":1,\"name\":\"` + strings.Repeat("n", 80) + `\"}`

// largeBase64 is 4 MiB of random bytes in base64.
func largeBase64() string {
	binary := make([]byte, 4<<20)
	rand.NewChaCha8([32]byte{1}).Read(binary)
	return base64.StdEncoding.EncodeToString(binary)
}

// largeText is 5 MiB of JSON with some text beyond ASCII, within JSON.
func largeText() string {
	var text strings.Builder
	for i := 0; text.Len() < 5<<20; i++ {
		fmt.Fprintf(&text, `{\"id\":%d,\"name\":\"Zoë Łukasz 東京\",\"tags\":[\"a\",\"b\"],\"note\":\"The quick brown fox jumps over the lazy dog.\"},`, i)
	}
	return text.String()
}

// BenchmarkDecode decodes a copy of an answer each time, because Decode writes
// to it; the time includes the copy.
func BenchmarkDecode(b *testing.B) {
	base64, text := largeBase64(), largeText()
	for _, f := range decodeFormats {
		for _, size := range []struct {
			name   string
			answer []byte
		}{
			{"small", answerFor(f.format, false, smallBody)},
			{"4MiB-base64", answerFor(f.format, true, base64)},
			{"5MiB-text", answerFor(f.format, false, text)},
		} {
			b.Run(f.name+"/"+size.name, func(b *testing.B) {
				work := make([]byte, len(size.answer))
				b.SetBytes(int64(len(size.answer)))
				b.ReportAllocs()
				for b.Loop() {
					copy(work, size.answer)
					if _, err := Decode(f.format, work); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkDecodePrelude(b *testing.B) {
	metadata := []byte(`{"statusCode":200,"headers":{"content-type":"text/event-stream","cache-control":"no-store","x-request-id":"6c1ff0c5-2f9a"},"cookies":[]}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodePrelude(FunctionURL, metadata); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSniff(b *testing.B) {
	head := []byte(`{"statusCode":200,"headers":{"content-type":"text/event-stream","cache-control":"no-store"}}` + separator)
	b.ReportAllocs()
	for b.Loop() {
		var s Sniffer
		if s.Sniff(head, false) != Prelude {
			b.Fatal("not taken for a prelude")
		}
	}
}

func TestDecodeAllocations(t *testing.T) {
	const most = 14
	for _, f := range decodeFormats {
		answer := answerFor(f.format, false, smallBody)
		work := make([]byte, len(answer))
		n := testing.AllocsPerRun(200, func() {
			copy(work, answer)
			if _, err := Decode(f.format, work); err != nil {
				t.Fatal(err)
			}
		})
		if n > most {
			t.Errorf("%s: %v allocations for a small answer, want at most %d", f.name, n, most)
		}
	}
}

// A body is decoded in the memory that it came in.
func TestDecodeKeepsBodyInPlace(t *testing.T) {
	const most = 64 << 10
	base64, text := largeBase64(), largeText()
	for _, f := range decodeFormats {
		for _, answer := range [][]byte{
			answerFor(f.format, true, base64),
			answerFor(f.format, false, text),
			[]byte(`{"statusCode":200}` + separator + text),
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			r, err := Decode(f.format, answer)
			runtime.ReadMemStats(&after)
			if err != nil {
				t.Fatal(err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > most {
				t.Errorf("%s: %d bytes allocated to decode a body of %d bytes, want at most %d", f.name, n, len(r.Body), most)
			}
		}
	}
}
