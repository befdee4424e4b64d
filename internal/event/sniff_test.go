package event

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func (s Shape) String() string {
	return [...]string{"undecided", "raw", "prelude", "buffered"}[s]
}

// sniffed is what a Sniffer decides, and after how many bytes; decided is -1 if
// it needed the end.
type sniffed struct {
	shape   Shape
	decided int
	meta    string
	body    string
}

// sniffByByte lets data arrive byte by byte, then end.
func sniffByByte(data []byte) sniffed {
	var s Sniffer
	for n := range len(data) + 1 {
		if shape := s.Sniff(data[:n], false); shape != Undecided {
			return result(&s, shape, data, n)
		}
	}
	return result(&s, s.Sniff(data, true), data, -1)
}

func result(s *Sniffer, shape Shape, data []byte, decided int) sniffed {
	r := sniffed{shape: shape, decided: decided}
	if shape == Prelude {
		meta, body := s.Split(data)
		r.meta, r.body = string(meta), string(body)
	}
	return r
}

func TestTrapD9(t *testing.T) {
	pad := func(n int) string { return strings.Repeat("x", n) }
	open := func(member string) string { return `{` + member + `,"pad":"` + pad(PreludeLimit) }
	for _, c := range []struct {
		name    string
		data    string
		want    Shape
		decided int // the number of bytes that suffice; -1: it takes the end
	}{
		{"no bytes", "", RawStream, -1},
		{"first byte is not a brace", "Internal Server Error", RawStream, 1},
		{"a list", `[1]`, RawStream, 1},
		{"white space first", " {}", RawStream, 1},
		{"not JSON", "{% if x %}", RawStream, 2},
		{"not JSON after a number", `{"a":1x`, RawStream, 7},
		{"closed, 8 NULs", `{"a":1}` + separator + "body", Prelude, 15},
		{"empty object, 8 NULs", `{}` + separator, Prelude, 10},
		{"closed with statusCode, 8 NULs", `{"statusCode":200}` + separator, Prelude, 26},
		{"closed with statusCode, line break, 8 NULs", "{\"statusCode\":200}\n" + separator, Prelude, 27},
		{"raw lines of JSON are not held back", "{\"n\":1}\n{\"n\":2}\n", RawStream, 8},
		{"closed without statusCode, line break, 8 NULs", "{\"n\":1}\n" + separator, RawStream, 8},
		{"closed without statusCode, 7 NULs", `{}` + separator[:7] + "x", RawStream, 10},
		{"closed without statusCode, end", `{"hello":"world"}`, RawStream, -1},
		{"closed with statusCode, end", `{"statusCode":200,"body":"x"}`, BufferedAnswer, -1},
		{"closed with statusCode, white space, end", "{\"statusCode\":200}\r\n\t ", BufferedAnswer, -1},
		{"lines of JSON with statusCode", "{\"statusCode\":200}\n{\"statusCode\":404}\n", RawStream, 20},
		{"statusCode of an inner object", "{\"a\":{\"statusCode\":200}}\n", RawStream, 25},
		{"statusCode in another case", "{\"StatusCode\":200}\n", RawStream, 19},
		{"statusCode with an escape", `{"status\u0043ode":200}`, BufferedAnswer, -1},
		{"cut in the NULs", `{}` + separator[:7], BufferedAnswer, -1},
		{"cut after statusCode", `{"statusCode":2`, BufferedAnswer, -1},
		{"cut after body", `{"body":"`, BufferedAnswer, -1},
		{"cut in a key", `{"statusCod`, RawStream, -1},
		{"broken after statusCode", `{"statusCode":200,}`, BufferedAnswer, 19},
		{"open after 16 KiB", open(`"n":1`), RawStream, PreludeLimit},
		{"open after 16 KiB with statusCode", open(`"statusCode":200`), BufferedAnswer, PreludeLimit},
		{"open after 16 KiB with body", `{"body":"` + pad(PreludeLimit), BufferedAnswer, PreludeLimit},
		{"open after 16 KiB with isBase64Encoded", open(`"isBase64Encoded":true`), BufferedAnswer, PreludeLimit},
		{"open after 16 KiB with an inner body", open(`"a":{"body":1}`), RawStream, PreludeLimit},
		{"NULs reach to 16 KiB", `{"a":"` + pad(PreludeLimit-16) + `"}` + separator, Prelude, PreludeLimit},
		{"NULs reach beyond 16 KiB", `{"a":"` + pad(PreludeLimit-15) + `"}` + separator, BufferedAnswer, PreludeLimit},
		{"white space to 16 KiB", `{"statusCode":200}` + strings.Repeat(" ", PreludeLimit), BufferedAnswer, PreludeLimit},
		{"nested too deep", strings.Repeat(`{"a":`, maxDepth+1), RawStream, 5*maxDepth + 1},
	} {
		t.Run("D9 "+c.name, func(t *testing.T) {
			got := sniffByByte([]byte(c.data))
			if got.shape != c.want || got.decided != c.decided {
				t.Errorf("%.60q: %v after %d bytes, want %v after %d", c.data, got.shape, got.decided, c.want, c.decided)
			}
			var s Sniffer
			if whole := s.Sniff([]byte(c.data), true); whole != c.want {
				t.Errorf("%.60q: %v in one piece, want %v", c.data, whole, c.want)
			}
			if again := s.Sniff(nil, true); again != c.want {
				t.Errorf("%.60q: the decision became %v", c.data, again)
			}
		})
	}
}

// TestTrapD5 cuts a stream off at every byte, and lets it arrive in two pieces
// for every place to cut it.
func TestTrapD5(t *testing.T) {
	const meta = `{"statusCode":201,"headers":{"x":"é\"\\\u00e9"},"cookies":["a=1"]}`
	data := []byte(meta + separator + "body" + separator)
	start := len(meta) + len(separator)

	t.Run("D5 separator and prelude split over chunks", func(t *testing.T) {
		for n := range len(data) + 1 {
			var s Sniffer
			s.Sniff(data[:n], false)
			if shape := s.Sniff(data, true); shape != Prelude {
				t.Fatalf("split at %d: %v", n, shape)
			}
			if m, body := s.Split(data); string(m) != meta || string(body) != "body"+separator {
				t.Fatalf("split at %d: metadata %q, body %q", n, m, body)
			}
		}
	})
	t.Run("D5 cut off at every byte", func(t *testing.T) {
		key := len(`{"statusCode"`)
		for n := range len(data) + 1 {
			want := Prelude
			switch {
			case n < key:
				want = RawStream
			case n < start:
				want = BufferedAnswer
			}
			got := sniffByByte(data[:n])
			if got.shape != want {
				t.Fatalf("cut at %d: %v, want %v", n, got.shape, want)
			}
			if want != BufferedAnswer || n == len(meta) {
				continue
			}
			for _, f := range []Format{RESTAPI, ALB, ALBMultiValue} {
				if _, err := Decode(f, bytes.Clone(data[:n])); err == nil {
					t.Fatalf("cut at %d: %s takes it for a response", n, nameOf(f))
				}
			}
		}
	})
	t.Run("D5 prelude larger than the cap", func(t *testing.T) {
		large := `{"statusCode":201,"headers":{"x":"` + strings.Repeat("x", PreludeLimit) + `"}}`
		if got := sniffByByte([]byte(large + separator)); got.shape != BufferedAnswer || got.decided != PreludeLimit {
			t.Fatalf("%v after %d bytes", got.shape, got.decided)
		}
		r, err := Decode(FunctionURL, []byte(large+separator+"body"))
		if err != nil || r.Status != 201 || string(r.Body) != "body" {
			t.Errorf("got %d, %q, %v", r.Status, r.Body, err)
		}
	})
}

func TestDecodePrelude(t *testing.T) {
	for _, c := range []struct {
		name    string
		formats []Format
		meta    string
		want    string
	}{
		{"D6 content-length ignored", every, `{"statusCode":200,"headers":{"content-length":"5"}}`, "200 " + asBinary},
		{"status missing", every, `{}`, "200 " + asBinary},
		{"status misspelt", every, `{"status":404}`, "200 " + asBinary},
		{"status as string", every, `{"statusCode":"404"}`, "404 " + asBinary},
		{"A8 status 99", every, `{"statusCode":99}`, "malformed: statusCode is 99"},
		{"content type", every, `{"headers":{"content-type":"text/event-stream"}}`, "200 [Content-Type: text/event-stream]"},
		{"cookies before Set-Cookie", every, `{"headers":{"set-cookie":"b=2"},"cookies":["a=1"]}`, "200 [Content-Type: application/octet-stream; Set-Cookie: a=1; Set-Cookie: b=2]"},
		{"multiValueHeaders", one, `{"statusCode":204,"multiValueHeaders":{"x":["1","2"]},"headers":{"x":"1","y":"3"}}`, "204 [X: 1; X: 2; Y: 3]"},
		{"multiValueHeaders", two, `{"statusCode":204,"multiValueHeaders":{"x":["1","2"]}}`, "204 []"},
		{"lists in headers", every, `{"statusCode":204,"headers":{"x":["1","1"]}}`, "204 [X: 1; X: 1]"},
		{"lists in headers and multiValueHeaders", one, `{"statusCode":204,"multiValueHeaders":{"x":["1"]},"headers":{"x":["1","2"]}}`, "204 [X: 1; X: 2]"},
		{"nulls", every, `{"statusCode":null,"headers":null,"multiValueHeaders":null,"cookies":null}`, "200 " + asBinary},
		{"B15 hop by hop", every, `{"statusCode":204,"headers":{"transfer-encoding":"chunked"}}`, "204 []"},
		{"B17 line break", every, `{"headers":{"x":"\n"}}`, `malformed: the header "X" has a line break`},
		{"white space", every, " {} \n", "200 " + asBinary},
		{"something after it", every, "{}{}", "malformed: the stream's metadata is not JSON (byte 2)"},
		{"cut off", every, `{"a"`, "malformed: the stream's metadata is not JSON (byte 4)"},
		{"no object", every, `[]`, "malformed: the stream's metadata is a list, not an object"},
		{"nothing", every, ``, "malformed: the stream's metadata is not JSON (byte 0)"},
		{"too deep", every, strings.Repeat("[", 1001), "malformed: the stream's metadata nests objects or lists deeper than 1000"},
	} {
		for _, f := range c.formats {
			t.Run(c.name+"/"+nameOf(f), func(t *testing.T) {
				got := rendered(DecodePrelude(f, []byte(c.meta)))
				if got != c.want && !(strings.HasPrefix(c.want, "malformed: ") && strings.HasPrefix(got, c.want)) {
					t.Errorf("got %s\nwant %s", got, c.want)
				}
			})
		}
	}
}

func TestRawResponse(t *testing.T) {
	if got, want := rendered(RawResponse(), nil), "200 "+asBinary; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func ExampleSniffer() {
	open := func(stream io.Reader) {
		var sniffer Sniffer
		buf := make([]byte, 0, PreludeLimit)
		for {
			n, err := stream.Read(buf[len(buf):cap(buf)])
			if err != nil && err != io.EOF {
				fmt.Println(err)
				return
			}
			buf = buf[:len(buf)+n]
			switch sniffer.Sniff(buf, err == io.EOF) {
			case Undecided:
				continue
			case RawStream:
				fmt.Printf("raw, begins with %q\n", buf)
			case Prelude:
				metadata, body := sniffer.Split(buf)
				response, err := DecodePrelude(FunctionURL, metadata)
				fmt.Println("prelude,", rendered(response, err), "and the body begins with", string(body))
			case BufferedAnswer:
				rest, _ := io.ReadAll(io.LimitReader(stream, MaxAnswer))
				fmt.Println("buffered,", rendered(Decode(FunctionURL, append(buf, rest...))))
			}
			return
		}
	}
	open(strings.NewReader("{\"n\":1}\n{\"n\":2}\n"))
	open(strings.NewReader(`{"statusCode":404}` + separator + "no such page"))
	open(iotest.OneByteReader(strings.NewReader(`{"statusCode":418,"body":"short and stout"}`)))
	// Output:
	// raw, begins with "{\"n\":1}\n{\"n\":2}\n"
	// prelude, 404 [Content-Type: application/octet-stream] and the body begins with no such page
	// buffered, 418 [Content-Type: application/json] short and stout
}
