package contract

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// Host is the Host of every request, over plain HTTP too.
const Host = "conformance.example"

// Case is one request of the contract.
type Case struct {
	Name   string
	Method string
	Target string // escaped path and query, as on the request line
	Header http.Header
	Body   []byte
}

// Echo reports whether the answer is /echo's.
func (c Case) Echo() bool { return strings.HasPrefix(c.Target, "/echo") }

// Request returns a new request for the case. base is a scheme and an authority.
func (c Case) Request(base string) (*http.Request, error) {
	var body io.Reader
	if c.Body != nil {
		body = bytes.NewReader(c.Body)
	}
	r, err := http.NewRequest(c.Method, base+c.Target, body) //nolint:noctx // whoever sends it gives it one
	if err != nil {
		return nil, err
	}
	r.Host = Host
	r.Header = http.Header{
		"User-Agent": {"conformance/1"},
		// Set, so that no client decodes a compressed answer by itself.
		"Accept-Encoding": {"gzip"},
	}
	for name, values := range c.Header {
		r.Header[name] = values
	}
	return r, nil
}

// Cases returns the requests, in the order of the table.
func Cases() []Case {
	get := func(name, target string) Case { return Case{Name: name, Method: "GET", Target: target} }
	post := func(name, target, kind string, body []byte) Case {
		return Case{Name: name, Method: "POST", Target: target, Header: http.Header{"Content-Type": {kind}}, Body: body}
	}
	with := func(c Case, name string, values ...string) Case {
		header := c.Header.Clone()
		if header == nil {
			header = http.Header{}
		}
		header[name] = values
		c.Header = header
		return c
	}
	boundary := "boundary-of-the-contract"
	multipart := "--" + boundary + "\r\n" +
		"Content-Disposition: form-data; name=\"title\"\r\n\r\nGrüße\r\n--" + boundary + "\r\n" +
		"Content-Disposition: form-data; name=\"file\"; filename=\"blob.bin\"\r\n" +
		"Content-Type: " + BinaryType + "\r\n\r\n" + string(Binary()) + "\r\n--" + boundary + "--\r\n"

	return []Case{
		get("get", "/echo"),
		get("path: space", "/echo/a%20b"),
		get("path: UTF-8", "/echo/%C3%A9"),
		get("path: %2F", "/echo/a%2Fb"),
		get("path: %25", "/echo/100%25"),
		get("path: +", "/echo/a+b"),
		get("path: trailing slash", "/echo/x/"),
		get("query", "/echo?a=1&b=x%20y&c=p+q&d=a%26b%3Dc"),
		get("query: repeated", "/echo?x=1&x=2&y=3&x=4"),
		get("query: empty values", "/echo?flag&e="),
		get("query: UTF-8", "/echo?k%C3%A9y=%E4%B8%96"),
		get("query: comma", "/echo?c=a,b"),
		with(with(with(with(get("headers", "/echo"), "X-Probe", "value"),
			"X-Date", "Wed, 21 Oct 2015 07:28:00 GMT"),
			"Accept", "text/html, */*;q=0.5"),
			"Authorization", "Bearer t0ken"),
		with(get("headers: repeated", "/echo"), "X-Multi", "one", "two"),
		with(get("cookies", "/echo"), "Cookie", "session=abc123; theme=dark"),
		{Name: "HEAD", Method: "HEAD", Target: "/echo"},
		{Name: "OPTIONS", Method: "OPTIONS", Target: "/echo"},
		{Name: "DELETE", Method: "DELETE", Target: "/echo/1"},
		with(Case{Name: "PUT", Method: "PUT", Target: "/echo/1", Body: []byte("put")}, "Content-Type", TextType),
		with(Case{Name: "PATCH", Method: "PATCH", Target: "/echo/1", Body: []byte("patch")}, "Content-Type", TextType),
		{Name: "POST: no body", Method: "POST", Target: "/echo"},
		post("body: JSON", "/echo", "application/json", []byte(`{"name":"Grüße","html":"<a href='?x=1&y=2'>"}`)),
		post("body: text", "/echo", TextType, []byte(UTF8)),
		post("body: ISO-8859-1", "/echo", "text/plain; charset=iso-8859-1", []byte("caf\xe9")),
		post("body: binary", "/echo", BinaryType, Binary()),
		with(post("body: gzip", "/echo", "application/json", Gzip()), "Content-Encoding", "gzip"),
		post("body: 1 MiB", "/echo", BinaryType, bytes.Repeat(Binary(), 1<<10)),
		post("form", "/form", "application/x-www-form-urlencoded", []byte("a=1&b=x+y&c=%C3%A9&a=2")),
		post("multipart", "/multipart", "multipart/form-data; boundary="+boundary, []byte(multipart)),
		get("status 201", "/status/201"),
		get("status 404", "/status/404"),
		get("status 418", "/status/418"),
		get("status 503", "/status/503"),
		with(get("answer: binary", "/binary"), "Accept", BinaryType),
		get("answer: UTF-8", "/utf8"),
		get("answer: gzip", "/gzip"),
		get("answer: redirect", "/redirect"),
		get("answer: Set-Cookie", "/cookies"),
		get("answer: headers", "/headers"),
		get("answer: empty", "/empty"),
		get("answer: 204", "/nocontent"),
		get("answer: error", "/error"),
		get("answer: 5 MiB", "/large"),
	}
}
