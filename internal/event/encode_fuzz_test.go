package event

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzEncode makes requests of arbitrary strings. Encode must not panic; what
// it makes must be JSON in UTF-8, carry the body, be the same for a body of
// unknown size, and its size must be what the limit is measured against.
func FuzzEncode(f *testing.F) {
	f.Add(uint8(RESTAPI), "POST", "/a%20b", "a=1&a=2", "X-Name", "value", "application/json", []byte(`{"a":"b"}`))
	f.Add(uint8(HTTPAPI), "", "//%2F%3F%25%E9", "%zz=%&;+", "cookie", " ;a=b; ", "", []byte{0xff, 0, '"'})
	f.Add(uint8(FunctionURL), "\"\n", "no/slash\xff", "=&=\xe4", "Connection", "x, Content-Type", "text/\xff", []byte("\x00\x1f\\"))
	f.Add(uint8(ALB), "GET", "", "", "content-encoding", "gzip", "text/plain", []byte("a longer text, of more than eight bytes\n"))
	f.Add(uint8(ALBMultiValue), "PUT", "*", "a", "x-forwarded-for", "\x7f\r\n", "image/png", []byte{})
	f.Fuzz(func(t *testing.T, format uint8, method, path, query, name, value, contentType string, body []byte) {
		r := &Request{
			Method: method, Path: path, RawQuery: query,
			Header: http.Header{
				"Content-Type": {contentType}, name: {value, contentType}, strings.ToLower(name): {path},
			},
			Host: value, Size: int64(len(body)), Time: time.UnixMilli(int64(len(path)) * 1e12),
			SourceIP: query, AccountID: name, APIID: value, Stage: contentType, DomainName: path,
			StageVariables: map[string]string{name: value},
			Route:          Route{Key: method + name, Resource: path, Params: []Param{{"id", query}}},
		}
		encode := func(limit int64) ([]byte, error) {
			return Encode(Format(format%5+1), r, bytes.NewReader(body), limit)
		}
		event, err := encode(noLimit)
		if err != nil {
			t.Fatal(err)
		}
		if !json.Valid(event) || !utf8.Valid(event) {
			t.Fatalf("not JSON in UTF-8: %q", event)
		}
		if got, _ := encodedBody(t, event); got != string(body) {
			t.Errorf("body: got %q, want %q", got, body)
		}
		if same, err := encode(int64(len(event))); err != nil || !bytes.Equal(same, event) {
			t.Errorf("at the limit: got %q, %v, want %q", same, err, event)
		}
		r.Front = NewRESTFront(r)
		if same, err := encode(noLimit); err != nil || !bytes.Equal(same, event) {
			t.Errorf("with its front made before: got %q, %v, want %q", same, err, event)
		}
		r.Front = nil
		if _, err := encode(int64(len(event)) - 1); !isTooLarge(err) {
			t.Errorf("a byte over the limit: %v", err)
		}
		memory := bytes.Repeat([]byte{'x'}, len(event)+int(format))[:format]
		for range 2 { // the second time in what the first has left
			same, err := EncodeInto(memory, Format(format%5+1), r, bytes.NewReader(body), noLimit)
			if err != nil || !bytes.Equal(same, event) {
				t.Errorf("in used memory: got %q, %v, want %q", same, err, event)
			}
			memory = same
		}
		if len(body) > 0 { // of an empty body, it decides whether there is a length
			r.Size = -1
			if same, err := encode(int64(len(event))); err != nil || !bytes.Equal(same, event) {
				t.Errorf("of unknown size: got %q, %v, want %q", same, err, event)
			}
		}
	})
}
