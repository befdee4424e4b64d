package event

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// parsed puts what ParseRequest returned into a few words:
//
//	rest-api POST host/path?query [A: 1; A: 2] from 127.0.0.1 body
func parsed(p *Parsed, err error) string {
	if err != nil {
		return err.Error()
	}
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(p.Header)) {
		for _, value := range p.Header[name] {
			fields = append(fields, name+": "+value)
		}
	}
	return fmt.Sprintf("%s %s %s%s?%s [%s] from %s %s", encodeFormatName(p.Format), p.Method, p.Host, p.Path, p.RawQuery,
		strings.Join(fields, "; "), p.SourceIP, p.Body)
}

func TestParseRequest(t *testing.T) {
	// The shapes are those of recorded events, the values are not.
	for _, test := range []struct{ name, event, want string }{
		{
			"REST", `{"resource":"/{proxy+}","path":"/a%20b/","httpMethod":"POST",
			"headers":{"Host":"api.test","x-probe":"second"},"multiValueHeaders":{"Host":["api.test"],"x-probe":["first","second"]},
			"queryStringParameters":{"r":"two","u":"https://x/?y"},"multiValueQueryStringParameters":{"r":["one","two"],"u":["https://x/?y"]},
			"pathParameters":{"proxy":"a%20b"},"stageVariables":null,
			"requestContext":{"identity":{"sourceIp":"192.0.2.7","user":null},"httpMethod":"POST","stage":"live","path":"/live/a%20b/"},
			"body":"{\"a\":1}","isBase64Encoded":false}`,
			`RESTAPI POST api.test/a%20b/?r=one&r=two&u=https%3A%2F%2Fx%2F%3Fy [X-Probe: first; X-Probe: second] from 192.0.2.7 {"a":1}`,
		},
		{
			"REST from the console: null maps", `{"path":"/","httpMethod":"GET","headers":null,"multiValueHeaders":null,
			"queryStringParameters":null,"multiValueQueryStringParameters":null,"requestContext":{"domainName":"api.test"},"body":null,"isBase64Encoded":null}`,
			`RESTAPI GET api.test/? [] from  `,
		},
		{
			"REST of a sparing client: single maps alone", `{"path":"/x","httpMethod":"GET","headers":{"host":"h","a":"1"},"queryStringParameters":{"q":"a b"}}`,
			`RESTAPI GET h/x?q=a+b [A: 1] from  `,
		},
		{
			"REST, what the lists leave out", `{"path":"/x","httpMethod":"GET","headers":{"a":"2","B":"3"},"multiValueHeaders":{"A":["1","2"]},"multiValueQueryStringParameters":{},"queryStringParameters":{"q":"1"}}`,
			`RESTAPI GET /x? [A: 1; A: 2; B: 3] from  `,
		},
		{
			"HTTP API with payload 1.0", `{"version":"1.0","path":"/a","httpMethod":"GET","headers":{"Host":"h"},"requestContext":{"identity":{"sourceIp":"::1"}}}`,
			`RESTAPI GET h/a? [] from ::1 `,
		},
		{
			"HTTP API", `{"version":"2.0","routeKey":"$default","rawPath":"/a b?/%41","rawQueryString":"x=1&x=2","cookies":["a=1","b=2"],
			"headers":{"host":"api.test","x-probe":"first,second"},"queryStringParameters":{"x":"1,2"},
			"requestContext":{"accountId":"123456789012","http":{"method":"PUT","path":"/a b","sourceIp":"192.0.2.7"},"requestId":"ATfSmjLgPHcESJw=","stage":"$default"},
			"body":"AP8=","isBase64Encoded":true}`,
			"HTTPAPI PUT api.test/a%20b%3F/%2541?x=1&x=2 [Cookie: a=1; b=2; X-Probe: first,second] from 192.0.2.7 \x00\xff",
		},
		{
			"HTTP API, named stage", `{"version":"2.0","rawPath":"/dev/x","rawQueryString":"","headers":{},"requestContext":{"http":{"method":"GET"},"stage":"dev","domainName":"d"}}`,
			`HTTPAPI GET d/x? [] from  `,
		},
		{
			"HTTP API, the stage's own path", `{"version":"2.0","rawPath":"/dev","requestContext":{"http":{"method":"GET"},"stage":"dev"}}`,
			`HTTPAPI GET /? [] from  `,
		},
		{
			"HTTP API, a path like the stage", `{"version":"2.0","rawPath":"/device","requestContext":{"http":{"method":"GET"},"stage":"dev"}}`,
			`HTTPAPI GET /device? [] from  `,
		},
		{
			"payload 2.0 without version or raw query", `{"rawPath":"/","queryStringParameters":{"a":"b c"},"requestContext":{"http":{"method":"GET"}}}`,
			`HTTPAPI GET /?a=b+c [] from  `,
		},
		{
			"function URL", `{"version":"2.0","rawPath":"/a%20b%2Fc","rawQueryString":"%zz","cookies":["a=1"],"headers":{"cookie":"a=1","host":"x.lambda-url.eu-west-1.on.aws"},
			"requestContext":{"accountId":"anonymous","domainName":"x.lambda-url.eu-west-1.on.aws","http":{"method":"GET","sourceIp":"192.0.2.7"},"stage":"$default"},"isBase64Encoded":false}`,
			`FunctionURL GET x.lambda-url.eu-west-1.on.aws/a%20b%2Fc?%zz [Cookie: a=1] from 192.0.2.7 `,
		},
		{
			"function URL with IAM", `{"version":"2.0","rawPath":"/%2F","requestContext":{"accountId":"123456789012","requestId":"7c2af7db-31f3-42b5-8a6d-9ffc74e3b9e0","http":{"method":"GET"}}}`,
			`FunctionURL GET /%2F? [] from  `,
		},
		{
			"ALB", `{"requestContext":{"elb":{"targetGroupArn":"arn"}},"httpMethod":"GET","path":"/a%20b","queryStringParameters":{"q":"a%2Bb","r":"a+b"},
			"headers":{"host":"h","x-forwarded-for":"203.0.113.9, 192.0.2.7"},"body":"","isBase64Encoded":false}`,
			`ALB GET h/a%20b?q=a%2Bb&r=a+b [X-Forwarded-For: 203.0.113.9, 192.0.2.7] from 192.0.2.7 `,
		},
		{
			"ALB, multi-value", `{"requestContext":{"elb":{}},"httpMethod":"GET","path":"/","multiValueQueryStringParameters":{"q":["1","2"],"f":[""]},
			"multiValueHeaders":{"host":["h"],"x":["1","2"]}}`,
			`ALBMultiValue GET h/?q=1&q=2&f= [X: 1; X: 2] from  `,
		},
		{"escapes in keys", `{"ht\u0074pMethod":"GET","path":"\/x","headers":{"\u0041":"\u00e9\n"}}`, "RESTAPI GET /x? [A: é\n] from  "},
		{"values that are no strings", `{"httpMethod":"GET","path":"/","headers":{"a":1,"b":true,"c":null},"queryStringParameters":{"x":2.5,"y":null}}`, `RESTAPI GET /?x=2.5 [A: 1; B: true] from  `},
		{"isBase64Encoded as text", `{"httpMethod":"GET","path":"/","body":"aGk=","isBase64Encoded":"true"}`, `RESTAPI GET /? [] from  hi`},
		{"a path that is not escaped", `{"httpMethod":"GET","path":"/a b?c%"}`, `RESTAPI GET /a%20b%3Fc%25? [] from  `},
		{"a name that is none", `{"httpMethod":"GET","path":"/","headers":{"a b":"1","":"2"}}`, `RESTAPI GET /? [] from  `},
		{"lone surrogate", `{"httpMethod":"GET","path":"/","body":"\ud800"}`, "RESTAPI GET /? [] from  \ufffd"},

		{"keys are matched by case", `{"HttpMethod":"GET","path":"/"}`, "not an event of an HTTP front door: it has neither httpMethod nor requestContext.http"},
		{"null method", `{"httpMethod":null,"path":"/"}`, "not an event of an HTTP front door: it has neither httpMethod nor requestContext.http"},
		{"no method", `{"version":"2.0","rawPath":"/"}`, "not an event of an HTTP front door: the request has no method"},
		{"bad method", `{"httpMethod":"GE T","path":"/"}`, "not an event of an HTTP front door: the request's method is not a token"},
		{"empty object", `{}`, "not an event of an HTTP front door: it has neither httpMethod nor requestContext.http"},
		{"list", `[1]`, "not an event of an HTTP front door: it is not a JSON object"},
		{"null", `null`, "not an event of an HTTP front door: it is not a JSON object"},
		{"nothing", ``, "not an event of an HTTP front door: it is not JSON"},
		{"cut off", `{"httpMethod":"GET"`, "not an event of an HTTP front door: it is not JSON"},
		{"two", `{"httpMethod":"GET"} {}`, "not an event of an HTTP front door: something follows the JSON object"},
		{"body of another kind", `{"httpMethod":"GET","body":{}}`, "not an event of an HTTP front door: its body is an object, not a string"},
		{"bad base64", `{"httpMethod":"GET","body":"*","isBase64Encoded":true}`, "not an event of an HTTP front door: its body is said to be base64 and is not: illegal base64 data at input byte 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := parsed(ParseRequest([]byte(test.event))); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// TestParseRequestOfGoldens reads every event that Encode is known to make.
func TestParseRequestOfGoldens(t *testing.T) {
	names, err := filepath.Glob("testdata/encode/*.json")
	if err != nil || len(names) == 0 {
		t.Fatal("no events", err)
	}
	for _, name := range names {
		event, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		p, err := ParseRequest(event)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := strings.TrimSuffix(name[strings.LastIndex(name, "-")+1:], ".json"); encodeFormatName(p.Format) != want {
			t.Errorf("%s is taken for %s", name, encodeFormatName(p.Format))
		}
	}
}

func TestHTTPRequest(t *testing.T) {
	p := &Parsed{
		Method: "POST", Path: "//a%2Fb", RawQuery: "q=1", Header: http.Header{"A": {"1"}},
		Host: "orders.test", SourceIP: "::1", Body: []byte("body"),
	}
	r, err := p.HTTPRequest(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if string(body) != "body" || err != nil || r.ContentLength != 4 {
		t.Errorf("body %q, %v, length %d", body, err, r.ContentLength)
	}
	if r.URL.Path != "//a/b" || r.URL.EscapedPath() != "//a%2Fb" || r.URL.Host != "" || r.RequestURI != "//a%2Fb?q=1" || r.URL.RawQuery != "q=1" {
		t.Errorf("URL %#v, RequestURI %q", r.URL, r.RequestURI)
	}
	if r.RemoteAddr != "[::1]:0" || r.Host != "orders.test" || r.Proto != "HTTP/1.1" || !r.ProtoAtLeast(1, 1) || r.Context() != t.Context() {
		t.Errorf("from %s, host %s, %s", r.RemoteAddr, r.Host, r.Proto)
	}
	empty, err := (&Parsed{Method: "GET", Path: "/"}).HTTPRequest(t.Context())
	if err != nil || empty.Body != http.NoBody || empty.RequestURI != "/" {
		t.Errorf("body %v, RequestURI %q, %v", empty.Body, empty.RequestURI, err)
	}
	if _, err := (&Parsed{Method: "GET", Path: "/", RawQuery: "\x7f"}).HTTPRequest(t.Context()); err == nil {
		t.Error("a control character in the query is no error")
	}
}

// FuzzParseRequest checks that nothing makes ParseRequest panic or write to the
// event, and that what it takes for a request is one.
func FuzzParseRequest(f *testing.F) {
	names, _ := filepath.Glob("testdata/encode/*.json")
	for _, name := range names {
		event, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	f.Fuzz(func(t *testing.T, event []byte) {
		before := bytes.Clone(event)
		p, err := ParseRequest(event)
		if !bytes.Equal(event, before) {
			t.Errorf("%q was changed to %q", before, event)
		}
		if err != nil {
			return
		}
		if !validJSON(event) || p.Format < RESTAPI || p.Format > ALBMultiValue || !IsToken(p.Method) || p.Path[0] != '/' || p.Header == nil {
			t.Errorf("%q is taken for %+v", event, p)
		}
		if escapedPath(p.Path) != p.Path {
			t.Errorf("%q: path %q is not escaped", event, p.Path)
		}
	})
}
