package event

import (
	"net/http"
	"strings"
	"testing"
)

func TestAppendAnswer(t *testing.T) {
	header := http.Header{
		"Content-Type": {"text/html"}, "Set-Cookie": {"a=1", "b=2"}, "Vary": {"Accept", "Origin"}, "Bad Name": {"x"}, "X-Empty": {},
	}
	const page = `,"body":"<p class=\"x\">1 & 2</p>\n","isBase64Encoded":false}`
	const lists = `"multiValueHeaders":{"Content-Type":["text/html"],"Set-Cookie":["a=1","b=2"],"Vary":["Accept","Origin"]}`
	const singles = `"headers":{"Content-Type":"text/html","Vary":"Accept, Origin"},"cookies":["a=1","b=2"]`
	want := map[Format]string{
		RESTAPI:       `{"statusCode":404,` + lists + page,
		HTTPAPI:       `{"statusCode":404,` + singles + page,
		FunctionURL:   `{"statusCode":404,` + singles + page,
		ALB:           `{"statusCode":404,"statusDescription":"404 Not Found","headers":{"Content-Type":"text/html","Vary":"Accept, Origin","Set-Cookie":"a=1","set-Cookie":"b=2"}` + page,
		ALBMultiValue: `{"statusCode":404,"statusDescription":"404 Not Found",` + lists + page,
	}
	const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"
	prelude := map[Format]string{
		RESTAPI:       `{"statusCode":404,` + lists + `}` + nuls,
		HTTPAPI:       `{"statusCode":404,` + singles + `}` + nuls,
		FunctionURL:   `{"statusCode":404,` + singles + `}` + nuls,
		ALB:           `{"statusCode":404,` + lists + `}` + nuls,
		ALBMultiValue: `{"statusCode":404,` + lists + `}` + nuls,
	}
	eachFormat(t, func(t *testing.T, f Format) {
		if got := string(AppendAnswer([]byte("> "), f, 404, header, []byte("<p class=\"x\">1 & 2</p>\n"))); got != "> "+want[f] {
			t.Errorf("got  %s\nwant %s", got, want[f])
		}
		if got := string(AppendPrelude([]byte("> "), f, 404, header)); got != "> "+prelude[f] {
			t.Errorf("got  %q\nwant %q", got, prelude[f])
		}
	})
}

func TestAppendAnswerBase64(t *testing.T) {
	for _, test := range []struct {
		contentType, encoding, body string
		base64                      bool
	}{
		{"text/plain; charset=utf-8", "", "é", false},
		{"application/problem+json", "", "{}", false},
		{"image/svg+xml", "", "<svg/>", false},
		{"APPLICATION/JSON", "", "{}", false},
		{"", "", "text", false},
		{"", "", "", false},
		{"text/plain; charset=iso-8859-1", "", "\xe9", true}, // not UTF-8
		{"application/json", "gzip", "{}", true},             // encoded
		{"application/octet-stream", "", "text", true},       // not textual
		{"image/png", "", "\x89PNG", true},
	} {
		h := http.Header{}
		if test.contentType != "" {
			h.Set("Content-Type", test.contentType)
		}
		if test.encoding != "" {
			h.Set("Content-Encoding", test.encoding)
		}
		answer := string(AppendAnswer(nil, HTTPAPI, 200, h, []byte(test.body)))
		if got := strings.HasSuffix(answer, `"isBase64Encoded":true}`); got != test.base64 {
			t.Errorf("%+v: %s", test, answer)
		}
	}
}

func TestMixedCase(t *testing.T) {
	seen := map[string]bool{}
	for n := range 512 {
		name := mixedCase("Set-Cookie", n)
		if seen[name] || !strings.EqualFold(name, "Set-Cookie") {
			t.Fatalf("spelling %d is %s", n, name)
		}
		seen[name] = true
	}
}
