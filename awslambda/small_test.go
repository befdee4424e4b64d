package awslambda

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// compareWithNetHTTP has the bytes of a small request read by net/http, and compares them
// with what that would have sent itself.
func compareWithNetHTTP(t *testing.T, d *destination, r *request, want *http.Request) {
	t.Helper()
	for _, value := range &r.values {
		if !isClean(value) {
			return // net/http would have refused it
		}
	}
	wire := d.appendRequest([]byte("before"), r)[len("before"):]
	rest := bufio.NewReader(bytes.NewReader(wire))
	got, err := http.ReadRequest(rest)
	if err != nil {
		t.Fatalf("%v: %q", err, wire)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || !bytes.Equal(body, r.in.Payload) || rest.Buffered() != 0 {
		t.Errorf("payload %q, %v, and %d bytes more", body, err, rest.Buffered())
	}
	header := want.Header.Clone()
	header.Set("Content-Length", "0")
	for name, values := range header {
		values[0] = strings.Trim(values[0], " \t")
		if name == "Content-Length" && r.values[contentLength] != "" {
			values[0] = r.values[contentLength]
		}
	}
	if !reflect.DeepEqual(got.Header, header) {
		t.Errorf("header\n got %q\nwant %q", got.Header, header)
	}
	if got.Method != want.Method || got.RequestURI != want.URL.RequestURI() || got.Host != want.Host || got.Proto != "HTTP/1.1" {
		t.Errorf("%s %s of %s", got.Method, got.RequestURI, got.Host)
	}
}
