package event

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// headerValues returns the values of a field of the event, by its exact name,
// from multiValueHeaders if there are such, else from headers.
func headerValues(t *testing.T, event []byte, name string) []string {
	t.Helper()
	var v struct {
		Headers           map[string]string   `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
	}
	if err := json.Unmarshal(event, &v); err != nil {
		t.Fatal(err)
	}
	if values, ok := v.MultiValueHeaders[name]; ok {
		if v.Headers != nil && v.Headers[name] != values[len(values)-1] {
			t.Errorf("headers has %q for %s, multiValueHeaders %q", v.Headers[name], name, values)
		}
		return values
	}
	if value, ok := v.Headers[name]; ok {
		return []string{value}
	}
	return nil
}

// headerNames returns the names of all fields, sorted.
func headerNames(t *testing.T, event []byte) []string {
	t.Helper()
	var names []string
	for _, key := range []string{"headers", "multiValueHeaders"} {
		var fields map[string]any
		if text := member(t, event, key); text != "" {
			if err := json.Unmarshal([]byte(text), &fields); err != nil {
				t.Fatal(err)
			}
		}
		for name := range fields {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// nameIn spells a canonical name as f does.
func nameIn(f Format, name string) string {
	if f == RESTAPI {
		return name
	}
	return strings.ToLower(name)
}

func TestTrapC4HeaderNames(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/")
		r.Header = http.Header{
			"X-Request-Id": {"1"}, "aws-SDK-Id": {"2"}, "user-agent": {"ua"}, "x-forwarded-for": {"192.0.2.1"},
			"X-Two": {"a"}, "x-two": {"b"},
		}
		event := mustEncode(t, f, r, nil)
		want := []string{"aws-sdk-id", "host", "user-agent", "x-amzn-trace-id", "x-forwarded-for",
			"x-forwarded-port", "x-forwarded-proto", "x-request-id", "x-two"}
		switch f {
		case RESTAPI:
			want = []string{"Host", "User-Agent", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port",
				"X-Forwarded-Proto", "X-Request-Id", "X-Two", "aws-SDK-Id", "x-two"}
		case FunctionURL:
			want = append(want, "x-amzn-tls-cipher-suite", "x-amzn-tls-version")
			slices.Sort(want)
		}
		if got := headerNames(t, event); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		two := map[Format][]string{
			RESTAPI: {"a"}, HTTPAPI: {"a,b"}, FunctionURL: {"a,b"}, ALB: {"b"}, ALBMultiValue: {"a", "b"},
		}[f]
		if got := headerValues(t, event, nameIn(f, "X-Two")); !slices.Equal(got, two) {
			t.Errorf("X-Two: got %q, want %q", got, two)
		}
		if got := headerValues(t, event, nameIn(f, "X-Forwarded-For")); !slices.Equal(got, []string{"192.0.2.1"}) {
			t.Errorf("X-Forwarded-For: got %q", got)
		}
	})
}

func TestTrapC5HeadersComplete(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		filled := map[string]string{
			"Host": "orders.lambda.internal", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "443",
			"X-Forwarded-Proto": "https", "X-Amzn-Trace-Id": "Root=1-6a5145a8-31f342b58a6d9ffc74e3b9e0",
		}
		set := map[string]string{
			"X-Forwarded-For": "192.0.2.1, 192.0.2.2", "X-Forwarded-Port": "8080", "X-Forwarded-Proto": "http",
			"X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000001;Sampled=1",
		}
		r := newRequest("/")
		r.Host, r.Header = "", http.Header{"X-Forwarded-For": nil, "Host": {"not.this"}}
		event := mustEncode(t, f, r, nil)
		if f == FunctionURL {
			filled["X-Amzn-Tls-Version"], filled["X-Amzn-Tls-Cipher-Suite"] = "TLSv1.3", "TLS_AES_128_GCM_SHA256"
			set["X-Amzn-Tls-Version"], set["X-Amzn-Tls-Cipher-Suite"] = "TLSv1.2", "other"
		}
		for name, want := range filled {
			if got := headerValues(t, event, nameIn(f, name)); !slices.Equal(got, []string{want}) {
				t.Errorf("absent %s: got %q, want %q", name, got, want)
			}
		}
		r.Header = http.Header{}
		for name, value := range set {
			r.Header[name] = []string{value}
		}
		event = mustEncode(t, f, r, nil)
		for name, want := range set {
			if got := headerValues(t, event, nameIn(f, name)); !slices.Equal(got, []string{want}) {
				t.Errorf("set %s: got %q, want %q", name, got, want)
			}
		}
	})
}

func TestTrapC9Cookies(t *testing.T) {
	for _, test := range []struct {
		name   string
		lines  []string
		header string // where there is a header
		list   string // where there is a list
	}{
		{"untouched", []string{`a=b c; j={"x":1}; bad name=1`}, `a=b c; j={"x":1}; bad name=1`,
			`["a=b c","j={\"x\":1}","bad name=1"]`},
		{"trimmed, empty pieces dropped", []string{";; a=1 ;\tb=2;c; "}, ";; a=1 ;\tb=2;c;", `["a=1","b=2","c"]`},
		{"several lines", []string{"a=1", "b=2; c=3"}, "a=1; b=2; c=3", `["a=1","b=2","c=3"]`},
		{"empty", []string{""}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				r.Header["Cookie"] = test.lines
				event := mustEncode(t, f, r, nil)
				header, list := []string{test.header}, ""
				switch f {
				case HTTPAPI:
					header, list = nil, test.list
				case FunctionURL:
					list = test.list
				}
				if got := headerValues(t, event, nameIn(f, "Cookie")); !slices.Equal(got, header) {
					t.Errorf("header: got %q, want %q", got, header)
				}
				if got := member(t, event, "cookies"); got != list {
					t.Errorf("cookies: got %s, want %s", got, list)
				}
			})
		})
	}
}

func TestTrapC16OnlyRepeatsAreLists(t *testing.T) {
	const date = "Wed, 21 Oct 2015 07:28:00 GMT"
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/")
		r.Header["If-Modified-Since"] = []string{date}
		event := mustEncode(t, f, r, nil)
		if got := headerValues(t, event, nameIn(f, "If-Modified-Since")); !slices.Equal(got, []string{date}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestTrapC20HopByHop(t *testing.T) {
	everywhere := []string{"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
		"Proxy-Authenticate", "Te", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "expect",
		"X-Named", "x-other"}
	notREST := []string{"Content-Length", "Content-Md5", "Max-Forwards", "Server", "Www-Authenticate"}
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/")
		for _, name := range append(everywhere, notREST...) {
			r.Header[name] = []string{"1"}
		}
		r.Header["Connection"] = []string{"close, X-Named", " X-OTHER ,"}
		event := mustEncode(t, f, r, nil)
		for _, name := range everywhere {
			if got := headerValues(t, event, nameIn(f, name)); got != nil {
				t.Errorf("%s: %q", name, got)
			}
		}
		for _, name := range notREST {
			got := headerValues(t, event, nameIn(f, name))
			if dropped := f == RESTAPI || name == "Content-Length"; dropped != (got == nil) {
				t.Errorf("%s: %q", name, got)
			}
		}
	})
}

func TestEncodeHeaderValues(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"quotes", `W/"a\b"`, `W/"a\b"`},
		{"trimmed", " \tx y\t ", "x y"},
		{"controls", "a\r\nSet-Cookie: b\x00\x1b\x7fc", "a  Set-Cookie: b   c"},
		{"DEL", "a\x7fb", "a b"},
		{"DEL in a long one", "0123456789a\x7fb", "0123456789a b"},
		{"trimmed controls", "\x00x\x7f\r\n", "x"},
		{"tab", "a\tb", "a\tb"},
		{"UTF-8", "grüße 世界", "grüße 世界"},
		{"ISO 8859-1", "gr\xfc\xdfe", "grüße"},
		{"UTF-8 and not", "ü\xfc", "Ã¼ü"},
		{"no HTML escaping", "<&>", "<&>"},
		{"long", strings.Repeat("0123456789", 30) + `"`, strings.Repeat("0123456789", 30) + `"`},
		{"empty", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				r.Header["X-Value"] = []string{test.value}
				if got := headerValues(t, mustEncode(t, f, r, nil), nameIn(f, "X-Value")); !slices.Equal(got, []string{test.want}) {
					t.Errorf("got %q, want %q", got, test.want)
				}
			})
		})
	}
}

func TestEncodeHeaderNamesThatAreNone(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		plain := mustEncode(t, f, newRequest("/"), nil)
		r := newRequest("/")
		for _, name := range []string{"", "a b", "a:b", "a\r\nb", "ä", `a"`, "a\x00", "(a)"} {
			r.Header[name] = []string{"1"}
		}
		r.Header["X-None"] = []string{}
		r.Header["User-Agent"] = []string{""}
		if got := mustEncode(t, f, r, nil); string(got) != string(plain) {
			t.Errorf("got %s\nwant %s", got, plain)
		}
	})
}

func TestEncodeContentLength(t *testing.T) {
	for _, test := range []struct {
		method, body string
		want         []string
	}{
		{"GET", "", nil}, {"DELETE", "", nil}, {"", "", nil},
		{"POST", "", []string{"0"}}, {"PUT", "", []string{"0"}}, {"PATCH", "", []string{"0"}},
		{"GET", "four", []string{"4"}}, {"POST", "é\n", []string{"3"}},
	} {
		t.Run(test.method+" "+test.body, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				body := post(r, "text/plain", test.body)
				r.Method, r.Header["Content-Length"] = test.method, []string{"99"}
				want := test.want
				if f == RESTAPI {
					want = nil
				}
				if got := headerValues(t, mustEncode(t, f, r, body), nameIn(f, "Content-Length")); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			})
		})
	}
}
