package event

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// checkBody encodes a POST of body, of known and of unknown size, whole and in
// pieces, and checks how the event carries it.
func checkBody(t *testing.T, f Format, header http.Header, body string, isBase64 bool) {
	t.Helper()
	r := newRequest("/")
	r.Method = "POST"
	for name, values := range header {
		r.Header[name] = values
	}
	r.Size = int64(len(body))
	known := mustEncode(t, f, r, strings.NewReader(body))
	got, base64 := encodedBody(t, known)
	if got != body || base64 != isBase64 {
		t.Fatalf("got %.100q, base64 %t; want %.100q, base64 %t", got, base64, body, isBase64)
	}
	pieces := map[string]io.Reader{
		"halves": iotest.HalfReader(strings.NewReader(body)), "data with EOF": iotest.DataErrReader(strings.NewReader(body)),
	}
	if len(body) < 1<<12 {
		pieces["bytes"] = iotest.OneByteReader(strings.NewReader(body))
	}
	for name, reader := range pieces {
		r.Size = int64(len(body))
		if name != "halves" {
			r.Size = -1
		}
		if event := mustEncode(t, f, r, reader); !bytes.Equal(event, known) {
			t.Errorf("%s, size %d:\n got %.300s\nwant %.300s", name, r.Size, event, known)
		}
	}
}

func TestTrapC10NotUTF8(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		header := http.Header{"Content-Type": {"text/plain; charset=iso-8859-1"}}
		checkBody(t, f, header, "gr\xfc\xdfe", true)
		checkBody(t, f, header, "caf\xe9", true)
		checkBody(t, f, header, "surrogate \xed\xa0\x80", true)
		checkBody(t, f, header, strings.Repeat("long enough ", 1000)+"\xe4\xb8", true)
		checkBody(t, f, header, "\xe4\xb8"+strings.Repeat("long enough ", 1000), true)
		checkBody(t, f, header, "grüße", false)
	})
}

func TestTrapC11ContentEncoding(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		header := http.Header{"Content-Type": {"application/json"}, "content-encoding": {"gzip"}}
		checkBody(t, f, header, "{}", true)
		header["content-encoding"] = []string{""}
		checkBody(t, f, header, "{}", false)
	})
}

func TestTrapC12MediaTypes(t *testing.T) {
	for _, test := range []struct {
		contentType  string
		rest, others bool // taken for text
	}{
		{"application/json", true, true},
		{"application/json; charset=utf-8", true, true},
		{"APPLICATION/JSON", true, true},
		{" Application/Json ;x", true, true},
		{"application/xml", true, true},
		{"application/javascript", true, true},
		{"text/html", true, true},
		{"TEXT/x-anything;charset=utf-8", true, true},
		{"", true, false},
		{"application/x-www-form-urlencoded", true, false},
		{"multipart/form-data; boundary=x", true, false},
		{"application/problem+json", true, false},
		{"image/svg+xml", true, false},
		{"application/jsonp", false, false},
		{"application/octet-stream", false, false},
		{"image/png", false, false},
		{"text", false, false},
		{"+json", false, false},
		{"*/*", false, false},
	} {
		t.Run(test.contentType, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				text := test.others
				if f == RESTAPI {
					text = test.rest
				}
				checkBody(t, f, http.Header{"Content-Type": {test.contentType}}, "body", !text)
			})
		})
	}
	t.Run("absent", func(t *testing.T) {
		eachFormat(t, func(t *testing.T, f Format) { checkBody(t, f, nil, "body", f != RESTAPI) })
	})
}

func TestTrapC13NoBody(t *testing.T) {
	want := map[Format]string{RESTAPI: "null", ALB: `""`, ALBMultiValue: `""`}
	for name, body := range map[string]io.Reader{"nil": nil, "NoBody": http.NoBody, "empty": strings.NewReader("")} {
		for _, size := range []int64{0, -1} {
			t.Run(name, func(t *testing.T) {
				eachFormat(t, func(t *testing.T, f Format) {
					r := newRequest("/")
					r.Size = size
					r.Header["Content-Type"] = []string{"application/octet-stream"}
					event := mustEncode(t, f, r, body)
					if got := member(t, event, "body"); got != want[f] {
						t.Errorf("body: got %s, want %s", got, want[f])
					}
					if got := member(t, event, "isBase64Encoded"); got != "false" {
						t.Errorf("isBase64Encoded: got %s", got)
					}
				})
			})
		}
	}
}

func TestTrapC18UnknownSize(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for _, size := range []int{1, 9, 10, 99, 100, 4095, 4096, 4097, 100_000} {
			checkBody(t, f, http.Header{"Content-Type": {"text/plain"}}, strings.Repeat("x", size), false)
			checkBody(t, f, http.Header{"Content-Type": {"image/png"}}, strings.Repeat("\xff", size), true)
		}
	})
}

func TestTrapC19NoHTMLEscaping(t *testing.T) {
	const html = `<a href="?a=1&b=2">`
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/?q=<&>")
		event := mustEncode(t, f, r, post(r, "text/html", html))
		if want := `"body":"<a href=\"?a=1&b=2\">"`; !bytes.Contains(event, []byte(want)) {
			t.Errorf("%s is not in %s", want, event)
		}
		if bytes.Contains(event, []byte(`\u00`)) {
			t.Errorf("escaped: %s", event)
		}
	})
}

func TestEncodeBodyEscapes(t *testing.T) {
	var all strings.Builder
	for c := range rune(0x100) {
		all.WriteRune(c)
	}
	for name, body := range map[string]string{
		"every byte":         all.String() + all.String()[1:],
		"line separators":    "\u2028\u2029\ufffd\U0001f600",
		"nothing but quotes": strings.Repeat(`"`, 3000),
		"nothing but NUL":    strings.Repeat("\x00", 3000),
		"JSON":               strings.Repeat("{\"a\":\t\"b\\n\"}\r\n", 1000),
		"seven":              "\"234567",
		"eight":              "1234567\"",
		"nine":               "1234567\\\x01",
		"last in a long one": strings.Repeat("世", 1000) + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			checkBody(t, ALB, http.Header{"Content-Type": {"text/plain"}}, body, false)
		})
	}
}

func TestEncodeBase64Lengths(t *testing.T) {
	data := make([]byte, 3000)
	for i := range data {
		data[i] = byte(i * 7)
	}
	for n := 1; n < len(data); n += 1 + n/10 {
		checkBody(t, HTTPAPI, http.Header{"Content-Type": {"image/png"}}, string(data[:n]), true)
	}
	for _, n := range []int{767, 768, 769, 1535, 1536, 1537} { // around the chunks of base64From
		checkBody(t, HTTPAPI, http.Header{"Content-Type": {"image/png"}}, string(data[:n]), true)
	}
}

func TestEncodeBodyErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		size int64
		body io.Reader
		want func(error) bool
	}{
		{"shorter", 5, strings.NewReader("four"), func(err error) bool { return err == io.ErrUnexpectedEOF }},
		{"nil", 5, nil, func(err error) bool { return err == io.ErrUnexpectedEOF }},
		{"longer", 3, strings.NewReader("four"), isLengthError},
		{"longer than nothing", 0, strings.NewReader("four"), isLengthError},
		{"broken", 9, io.MultiReader(strings.NewReader("four"), iotest.ErrReader(broken)),
			func(err error) bool { return err == broken }},
		{"broken, unknown size", -1, io.MultiReader(strings.NewReader("four"), iotest.ErrReader(broken)),
			func(err error) bool { return err == broken }},
		{"broken at the end", 4, io.MultiReader(strings.NewReader("four"), iotest.ErrReader(broken)),
			func(err error) bool { return err == broken }},
		{"stuck", 4, stuckReader{}, func(err error) bool { return err == io.ErrNoProgress }},
		{"impossibly long", math.MaxInt64, strings.NewReader("four"), isTooLarge},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				for _, contentType := range []string{"text/plain", "image/png"} {
					r := newRequest("/")
					r.Method, r.Size, r.Header["Content-Type"] = "POST", test.size, []string{contentType}
					if seeker, ok := test.body.(io.Seeker); ok {
						seeker.Seek(0, io.SeekStart)
					}
					if event, err := Encode(f, r, test.body, noLimit); !test.want(err) {
						t.Errorf("error %v, event %s", err, event)
					}
					if _, ok := test.body.(interface{ Len() int }); !ok {
						return // it cannot be read twice
					}
				}
			})
		})
	}
}

func isLengthError(err error) bool {
	return err != nil && strings.HasPrefix(err.Error(), "http: ContentLength=")
}

func isTooLarge(err error) bool {
	_, ok := errors.AsType[*TooLargeError](err)
	return ok
}

// stuckReader reads nothing and says nothing.
type stuckReader struct{}

func (stuckReader) Read([]byte) (int, error) { return 0, nil }
