package event

import (
	"bytes"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRoundTrip checks, in the format that its first argument chooses, that a
// request comes out of its event and a response out of its answer as they went
// in, but for what ParseRequest and AppendAnswer say is lost.
func FuzzRoundTrip(f *testing.F) {
	for format := range 5 {
		f.Add(byte(format), "POST", "/capture/space value/", "repeat=one\nrepeat=two\nplus=a+b\nempty=\n=", "first\nsecond", "session=abc123; theme=dark",
			"application/json", []byte(`{"a":"<&>"}`), 200)
		f.Add(byte(format), "GET", "//double//", "", "", "", "", []byte{}, 204)
		f.Add(byte(format), "PUT", "/é/%/?x/*", "k=é\n&=;", "", "a=1;;b", "image/png", []byte{0, 0xff, '"', '\n'}, 404)
		f.Add(byte(format), "PATCH", "/a:b", "flag=\nflag=\nother=1\nflag=2", "a, b\n  c", "", "text/plain; charset=iso-8859-1", []byte("caf\xe9"), 599)
	}
	f.Fuzz(func(t *testing.T, format byte, method, path, query, values, cookie, contentType string, body []byte, status int) {
		for _, s := range []string{path, query, values, cookie, contentType} {
			if !utf8.ValidString(s) || strings.ContainsFunc(strings.ReplaceAll(s, "\n", ""), isControl) {
				t.Skip("what cannot be in a request, or is read as ISO 8859-1")
			}
		}
		if !IsToken(method) || strings.Contains(cookie+contentType, "\n") {
			t.Skip("no request")
		}
		if strings.Count(values, "\n") > 900 {
			t.Skip("Decode takes no more than 1,000 fields")
		}
		fm := Format(format%5) + 1
		header := http.Header{"Content-Type": {contentType}, "Cookie": {cookie}}
		if values != "" {
			header["X-Fuzz"] = strings.Split(values, "\n")
		}
		checkRequestRoundTrip(t, fm, method, path, query, header, body)
		checkResponseRoundTrip(t, fm, 200+int(uint(status)%400), header, body)
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// checkRequestRoundTrip takes the path decoded and the query as lines of
// name=value, decoded.
func checkRequestRoundTrip(t *testing.T, f Format, method, path, query string, header http.Header, body []byte) {
	t.Helper()
	if len(path) == 0 || path[0] != '/' {
		path = "/" + path
	}
	r := newRequest((&url.URL{Path: path}).EscapedPath())
	r.Method, r.Header, r.Size = method, header, int64(len(body))
	if f == FunctionURL {
		r.AccountID = "anonymous"
	}
	var want [][2]string
	for line := range strings.Lines(query) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		want = append(want, [2]string{name, value})
		r.RawQuery += "&" + url.QueryEscape(name) + "=" + url.QueryEscape(value)
	}
	r.RawQuery = strings.TrimPrefix(r.RawQuery, "&")

	event := mustEncode(t, f, r, bytes.NewReader(body))
	p, err := ParseRequest(event)
	if err != nil {
		t.Fatalf("ParseRequest: %v\n%s", err, event)
	}
	if p.Format != f || p.Method != method || p.Host != r.Host || p.SourceIP != r.SourceIP {
		t.Errorf("%v %s, host %s, from %s; want %v %s, host %s, from %s\n%s",
			p.Format, p.Method, p.Host, p.SourceIP, f, method, r.Host, r.SourceIP, event)
	}
	wantPath := r.Path
	switch f {
	case HTTPAPI:
		decoded, _, _ := strings.Cut(path, "?")
		wantPath = (&url.URL{Path: decoded}).EscapedPath()
	case RESTAPI:
		wantPath = "/" + strings.TrimLeft(wantPath, "/")
	}
	if p.Path != wantPath {
		t.Errorf("path %q, want %q\n%s", p.Path, wantPath, event)
	}
	checkQuery(t, f, p.RawQuery, r.RawQuery, want)
	if !bytes.Equal(p.Body, body) {
		t.Errorf("body %q, want %q\n%s", p.Body, body, event)
	}
	for name, values := range header {
		if want := fieldAfterEvent(f, name, values); !slices.Equal(p.Header[name], want) {
			t.Errorf("%s: %q, want %q\n%s", name, p.Header[name], want, event)
		}
	}
	for name := range p.Header {
		if header[name] == nil && !strings.HasPrefix(name, "X-Forwarded-") && !strings.HasPrefix(name, "X-Amzn-") && name != "Content-Length" {
			t.Errorf("the field %s was not in the request\n%s", name, event)
		}
	}
	if _, err := p.HTTPRequest(t.Context()); err != nil {
		t.Errorf("HTTPRequest: %v\n%s", err, event)
	}
}

// checkQuery compares a query with the one that was sent and, in formats that
// lose how it was written, with its names and values.
func checkQuery(t *testing.T, f Format, got, sent string, want [][2]string) {
	t.Helper()
	if f == HTTPAPI || f == FunctionURL {
		if got != sent {
			t.Errorf("query %q, want %q", got, sent)
		}
		return
	}
	wantValues, last := url.Values{}, map[string]string{}
	for _, p := range want {
		wantValues.Add(p[0], p[1])
		last[p[0]] = p[1]
	}
	if f == ALB {
		for name, value := range last {
			wantValues[name] = []string{value}
		}
	}
	values, err := url.ParseQuery(got)
	if err != nil || !maps.EqualFunc(values, wantValues, slices.Equal) {
		t.Errorf("query %q (%v), want %v", got, err, wantValues)
	}
}

// fieldAfterEvent is what is left of a request's field.
func fieldAfterEvent(f Format, name string, values []string) []string {
	var trimmed []string
	for _, v := range values {
		trimmed = append(trimmed, strings.Trim(v, " \t"))
	}
	switch {
	case name == "Cookie" && (f == HTTPAPI || f == FunctionURL):
		var pairs []string
		for pair := range strings.SplitSeq(values[0], ";") {
			if pair = strings.Trim(pair, " \t"); pair != "" {
				pairs = append(pairs, pair)
			}
		}
		if pairs == nil && f == HTTPAPI {
			return nil
		}
		if pairs == nil {
			return trimmed
		}
		return []string{strings.Join(pairs, "; ")}
	case f == HTTPAPI, f == FunctionURL:
		return []string{strings.Join(trimmed, ",")}
	case f == ALB:
		return trimmed[len(trimmed)-1:]
	}
	return trimmed
}

func checkResponseRoundTrip(t *testing.T, f Format, status int, header http.Header, body []byte) {
	t.Helper()
	h := maps.Clone(header)
	h["Set-Cookie"] = []string{"a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2", "a=1"}
	want := Response{Status: status, Header: http.Header{}, ContentLength: -1}
	for name, values := range h {
		for _, v := range values {
			want.Header.Add(name, strings.Trim(v, " \t"))
		}
		if name != "Set-Cookie" && f != RESTAPI && f != ALBMultiValue {
			want.Header[name] = []string{strings.Trim(strings.Join(values, ", "), " \t")}
		}
	}
	prelude := AppendPrelude(nil, f, status, h)
	metadata, ok := bytes.CutSuffix(prelude, make([]byte, 8))
	if got, err := DecodePrelude(f, metadata); !ok || f != ALB && rendered(got, err) != rendered(want, nil) {
		t.Errorf("prelude %s\ngives %s\nwant  %s", prelude, rendered(got, err), rendered(want, nil))
	}
	if !bodiless(status) {
		want.Body = body
	}
	answer := AppendAnswer(nil, f, status, h, body)
	if !validJSON(answer) {
		t.Fatalf("not JSON: %s", answer)
	}
	if got, err := Decode(f, bytes.Clone(answer)); rendered(got, err) != rendered(want, nil) {
		t.Errorf("answer %s\ngives %s\nwant  %s", answer, rendered(got, err), rendered(want, nil))
	}
}
