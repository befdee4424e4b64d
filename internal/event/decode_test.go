package event

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const (
	asJSON   = "[Content-Type: application/json]"
	asText   = "[Content-Type: text/plain; charset=utf-8]"
	asBinary = "[Content-Type: application/octet-stream]"
)

var (
	two   = []Format{HTTPAPI, FunctionURL}
	loads = []Format{ALB, ALBMultiValue}
	one   = []Format{RESTAPI, ALB, ALBMultiValue}
	every = []Format{RESTAPI, HTTPAPI, FunctionURL, ALB, ALBMultiValue}
)

// decodeCases are answers and what becomes of them: see rendered. A want that
// begins with "malformed:" is the beginning of the reason. The part of a name
// before the colon is where the behaviour was recorded or documented: API
// Gateway's REST API (REST), HTTP API (HTTP), function URLs (URL), load
// balancers (ALB); or a trap.
var decodeCases = []struct {
	name    string
	formats []Format
	answer  string
	want    string
}{
	{"REST: status alone", []Format{RESTAPI}, `{"statusCode":200}`, "200 " + asJSON},
	{"REST: headers without status", []Format{RESTAPI}, `{"headers":{"x":"v"}}`, "200 [Content-Type: application/json; X: v]"},
	{"REST: empty object", []Format{RESTAPI}, `{}`, "200 " + asJSON},
	{"REST: status null", []Format{RESTAPI}, `{"statusCode":null}`, "200 " + asJSON},
	{"REST: status as string", []Format{RESTAPI}, `{"statusCode":"201"}`, "201 " + asJSON},
	{"REST: status no number", []Format{RESTAPI}, `{"statusCode":"test"}`, `malformed: statusCode is "test", not a number`},
	{"REST: status 0", []Format{RESTAPI}, `{"statusCode":0}`, "malformed: statusCode is 0, not an integer from 200 to 999"},
	{"REST: headers null", []Format{RESTAPI}, `{"statusCode":200,"headers":null}`, "200 " + asJSON},
	{"REST: header true", []Format{RESTAPI}, `{"statusCode":200,"headers":{"x":true}}`, "200 [Content-Type: application/json; X: true]"},
	{"REST: unknown key", []Format{RESTAPI}, `{"statusCode":200,"wrongValue":1}`, `malformed: unknown key "wrongValue"`},
	{"REST: unknown key without status", []Format{RESTAPI}, `{"hello":"world"}`, `malformed: unknown key "hello"; formats http-api and function-url would send the whole object as JSON`},
	{"REST: cookies", []Format{RESTAPI}, `{"statusCode":200,"cookies":["a=1"]}`, `malformed: unknown key "cookies": the answer looks like one for format http-api or function-url`},
	{"REST: statusDescription", []Format{RESTAPI}, `{"statusCode":200,"statusDescription":"200 OK"}`, `malformed: unknown key "statusDescription": the answer looks like one for format alb or alb-multi-value`},
	{"REST: key in the wrong case", []Format{RESTAPI}, `{"StatusCode":200}`, `malformed: unknown key "StatusCode": keys are matched by case, it must be statusCode`},
	{"REST: error document", []Format{RESTAPI}, `{"errorMessage":"boom","errorType":"X"}`, `malformed: unknown key "errorMessage": the answer is a function's error document`},
	{"REST: multi-value that is no list", []Format{RESTAPI}, `{"statusCode":200,"multiValueHeaders":{"x":"v"}}`, `malformed: multiValueHeaders has a string for "x", not a list`},
	{"REST: both maps, the lists first", []Format{RESTAPI}, `{"headers":{"Test-Header":"solo"},"multiValueHeaders":{"test-header":["multi"]}}`, "200 [Content-Type: application/json; Test-Header: multi; Test-Header: solo]"},
	{"REST: string", []Format{RESTAPI}, `"hello"`, "malformed: the answer is a string, not an object with statusCode; formats http-api and function-url would send it as JSON"},
	{"REST: list", []Format{RESTAPI}, `[1]`, "malformed: the answer is a list"},
	{"REST: number", []Format{RESTAPI}, `3`, "malformed: the answer is a number"},
	{"REST: no JSON", []Format{RESTAPI}, `Internal Server Error`, "malformed: the answer is not JSON (byte 0)"},
	{"REST: body absent", []Format{RESTAPI}, `{"statusCode":200,"headers":{}}`, "200 " + asJSON},
	{"REST: base64Encoded takes precedence", []Format{RESTAPI}, `{"base64Encoded":true,"isBase64Encoded":false,"body":"aGk="}`, "200 " + asJSON + " hi"},
	{"REST: base64Encoded null", []Format{RESTAPI}, `{"base64Encoded":null,"isBase64Encoded":true,"body":"aGk="}`, "200 " + asJSON + " hi"},
	{"REST: base64 by a Python string", []Format{RESTAPI}, `{"isBase64Encoded":"True","body":"aGk="}`, "200 " + asJSON + " hi"},
	{"REST: base64 by a number", []Format{RESTAPI}, `{"isBase64Encoded":1,"body":"aGk="}`, "malformed: isBase64Encoded is a number, not true or false"},
	{"REST: WWW-Authenticate stays", []Format{RESTAPI}, `{"statusCode":401,"headers":{"WWW-Authenticate":"Basic"}}`, "401 [Content-Type: application/json; Www-Authenticate: Basic]"},

	{"HTTP: string", []Format{HTTPAPI}, `"test"`, "200 " + asJSON + " test"},
	{"HTTP: empty string", []Format{HTTPAPI}, `""`, "200 " + asJSON},
	{"HTTP: string with escapes", two, `"\"\u00e9\ud83d\ude00\\"`, "200 " + asJSON + ` "é😀\`},
	{"HTTP: object without status, verbatim", []Format{HTTPAPI}, "{ \"a\" : 1 }\n", "200 " + asJSON + " { \"a\" : 1 }\n"},
	{"HTTP: list, number, boolean", []Format{HTTPAPI}, `[1, true]`, "200 " + asJSON + " [1, true]"},
	{"HTTP: invalid JSON, verbatim", []Format{HTTPAPI}, `{"statusCode":200`, "200 " + asJSON + ` {"statusCode":200`},
	{"HTTP: structured", []Format{HTTPAPI}, `{"statusCode":201,"body":"b"}`, "201 " + asText + " b"},
	{"HTTP: status 0", two, `{"statusCode":0}`, "malformed: statusCode is 0"},
	{"HTTP: status 200.5", two, `{"statusCode":200.5}`, "malformed: statusCode is 200.5, not an integer from 200 to 999"},
	{"HTTP: status null", two, `{"statusCode":null}`, "malformed: statusCode is null"},
	{"HTTP: unknown keys", two, `{"statusCode":200,"headers":{"content-type":"a/b"},"wrongValue":1}`, "200 [Content-Type: a/b]"},
	{"HTTP: cookies before a header Set-Cookie", []Format{HTTPAPI}, `{"statusCode":200,"headers":{"set-cookie":"c=3"},"cookies":["a=1","b=2"]}`, "200 [Content-Type: text/plain; charset=utf-8; Set-Cookie: a=1; Set-Cookie: b=2; Set-Cookie: c=3]"},
	{"HTTP: multiValueHeaders ignored", []Format{HTTPAPI}, `{"statusCode":200,"multiValueHeaders":{"x":["v"]}}`, "200 " + asText},
	{"HTTP: one line of values", []Format{HTTPAPI}, `{"statusCode":200,"headers":{"myheader":"test,shouldhavesecondvalue"}}`, "200 [Content-Type: text/plain; charset=utf-8; Myheader: test,shouldhavesecondvalue]"},
	{"HTTP: key in the wrong case", []Format{HTTPAPI}, `{"StatusCode":404}`, "200 " + asJSON + ` {"StatusCode":404}`},
	{"HTTP: key with an escape", two, `{"status\u0043ode":204}`, "204 []"},
	{"HTTP: cookies no list", two, `{"statusCode":200,"cookies":"a=1"}`, "malformed: cookies is a string, not a list"},
	{"HTTP: headers no object", two, `{"statusCode":200,"headers":[]}`, "malformed: headers is a list, not an object"},
	{"HTTP: headers a list of pairs", two, `{"statusCode":200,"headers":["a","b"]}`, "malformed: headers is a list, not an object"},
	{"REST: a header value that is an object", []Format{RESTAPI}, `{"headers":{"a-b":{"c":1}}}`, `malformed: the header "A-B" has an object for a value, not a string`},
	{"REST: multiValueHeaders a list", []Format{RESTAPI}, `{"multiValueHeaders":[["a",1],{"b":2}]}`, "malformed: multiValueHeaders is a list, not an object"},
	{"HTTP: header that is a list", every[1:4], `{"statusCode":200,"headers":{"x":["v"]}}`, `malformed: the header "X" has a list for a value, not a string`},

	{"URL: compact", []Format{FunctionURL}, `{"hello": "world"}`, "200 " + asJSON + ` {"hello":"world"}`},
	{"URL: compact, strings as they are", []Format{FunctionURL}, " [ \"a b\\\" c\" ,\t1 ]\n", "200 " + asJSON + ` ["a b\" c",1]`},
	{"URL: string unquoted", []Format{FunctionURL}, `"hello"`, "200 " + asJSON + " hello"},
	{"URL: number with white space", []Format{FunctionURL}, " 3\n", "200 " + asJSON + " 3"},
	{"URL: structured without headers", []Format{FunctionURL}, `{"statusCode":200,"body":"b"}`, "200 " + asJSON + " b"},
	{"URL: status as string", []Format{FunctionURL}, `{"statusCode":"418"}`, "418 " + asJSON},
	{"URL: no JSON", []Format{FunctionURL}, "\x1f\x8b\x00", "200 " + asBinary + " \x1f\x8b\x00"},

	{"HTTP: base64Encoded ignored", []Format{HTTPAPI}, `{"statusCode":200,"base64Encoded":true,"body":"aGk="}`, "200 " + asText + " aGk="},
	{"URL: base64Encoded ignored", []Format{FunctionURL}, `{"statusCode":200,"base64Encoded":true,"body":"aGk="}`, "200 " + asJSON + " aGk="},
	{"ALB: base64Encoded ignored", loads, `{"statusCode":200,"base64Encoded":true,"body":"aGk="}`, "200 [] aGk="},

	{"ALB: status missing", loads, `{"body":"x"}`, "malformed: statusCode is missing; format rest-api would take it for 200"},
	{"ALB: status in the wrong case", loads, `{"statuscode":200}`, "malformed: statusCode is missing: keys are matched by case, it must be statusCode"},
	{"ALB: status alone", loads, `{"statusCode":200}`, "200 []"},
	{"ALB: statusDescription", loads, `{"statusCode":200,"statusDescription":"200 OK","unknown":null}`, "200 []"},
	{"ALB: string", loads, `"hello"`, "malformed: the answer is a string"},
	{"ALB: single values", []Format{ALB}, `{"statusCode":200,"headers":{"a":"1"},"multiValueHeaders":{"b":["2"]}}`, "200 [A: 1]"},
	{"ALB: multi-value", []Format{ALBMultiValue}, `{"statusCode":200,"headers":{"a":"1"},"multiValueHeaders":{"b":["2","3"]}}`, "200 [B: 2; B: 3]"},
	{"ALB: the other map is not looked at", []Format{ALB}, `{"statusCode":200,"multiValueHeaders":7}`, "200 []"},

	{"A7: empty", one, ``, "malformed: the answer is empty"},
	{"A7: empty", []Format{HTTPAPI}, ``, "200 " + asJSON},
	{"A7: empty", []Format{FunctionURL}, ``, "200 " + asBinary},
	{"A7: null", one, `null`, "malformed: the answer is null: the function returned nothing"},
	{"A7: null", two, `null`, "200 " + asJSON + " null"},
	{"A8: 99", every, `{"statusCode":99}`, "malformed: statusCode is 99"},
	{"A8: 099", every, `{"statusCode":"099"}`, "malformed: statusCode is 99, not from 200 to 999"},
	{"A8: 1000", every, `{"statusCode":1000}`, "malformed: statusCode is 1000"},
	{"A8: 1e999", every, `{"statusCode":1e999}`, "malformed: statusCode is 1e999"},
	{"A8: 100", every, `{"statusCode":100}`, "malformed: statusCode is 100"},
	{"A8: -200", every, `{"statusCode":-200}`, "malformed: statusCode is -200"},
	{"A8: 999", loads, `{"statusCode":999}`, "999 []"},
	{"A8: 2e2", loads, `{"statusCode":2e2}`, "200 []"},
	{"A8: object", every, `{"statusCode":{}}`, "malformed: statusCode is an object, not a number"},

	{"B1: object without status", []Format{HTTPAPI}, `{"hello":"world"}`, "200 " + asJSON + ` {"hello":"world"}`},
	{"B1: object without status", []Format{FunctionURL}, `{"hello":"world"}`, "200 " + asJSON + ` {"hello":"world"}`},
	{"B1: object without status", []Format{RESTAPI}, `{"hello":"world"}`, "malformed: unknown key"},
	{"B1: object without status", loads, `{"hello":"world"}`, "malformed: statusCode is missing"},
	{"B2: string", two, `"hello"`, "200 " + asJSON + " hello"},
	{"B2: list", two, `[1]`, "200 " + asJSON + " [1]"},
	{"B2: number", two, `3`, "200 " + asJSON + " 3"},
	{"B2: boolean", two, `true`, "200 " + asJSON + " true"},
	{"B2: string", one, `"hello"`, "malformed: the answer is a string"},
	{"B2: list", one, `[1]`, "malformed: the answer is a list"},
	{"B2: number", one, `3`, "malformed: the answer is a number"},
	{"B2: boolean", one, `true`, "malformed: the answer is a boolean"},
	{"B3: status as string", loads, `{"statusCode":"418"}`, "418 []"},
	{"B3: status as string", []Format{HTTPAPI}, `{"statusCode":"418"}`, "418 " + asText},
	{"B3: string with blanks", every, `{"statusCode":" 418"}`, `malformed: statusCode is " 418", not a number`},
	{"B4: number and boolean", every[1:4], `{"statusCode":204,"headers":{"x":1,"y":true,"z":1.5,"n":null}}`, "204 [X: 1; Y: true; Z: 1.5]"},
	{"B4: number and boolean in lists", []Format{RESTAPI, ALBMultiValue}, `{"statusCode":204,"multiValueHeaders":{"x":[1,true,null],"y":null}}`, "204 [X: 1; X: true]"},
	{"B5: nulls", []Format{RESTAPI}, `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null}`, "200 " + asJSON},
	{"B5: nulls", []Format{HTTPAPI}, `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null,"cookies":null}`, "200 " + asText},
	{"B5: nulls", loads, `{"statusCode":200,"headers":null,"multiValueHeaders":null,"body":null,"isBase64Encoded":null,"statusDescription":null}`, "200 []"},
	{"B6: two cookies", []Format{RESTAPI, ALBMultiValue}, `{"statusCode":204,"multiValueHeaders":{"set-cookie":["a=1","b=2"]}}`, "204 [Set-Cookie: a=1; Set-Cookie: b=2]"},
	{"B7: a pair in both maps", []Format{RESTAPI}, `{"statusCode":204,"headers":{"X-A":"1","x-b":"3"},"multiValueHeaders":{"x-a":["1"],"X-B":["2"]}}`, "204 [X-A: 1; X-B: 2; X-B: 3]"},
	{"B7: repeats in one map stay", []Format{RESTAPI}, `{"statusCode":204,"headers":{"x":"1","X":"1"},"multiValueHeaders":{"y":["2","2"]}}`, "204 [X: 1; X: 1; Y: 2; Y: 2]"},
	{"B7: the list joined", []Format{RESTAPI}, `{"statusCode":204,"headers":{"x":"a, b","y":"a,b","z":"a"},"multiValueHeaders":{"x":["a","b"],"y":["a","b"],"z":["a"]}}`, "204 [X: a; X: b; Y: a; Y: b; Z: a]"},
	{"B7: not the list joined", []Format{RESTAPI}, `{"statusCode":204,"headers":{"x":"a, c","y":"a, b, "},"multiValueHeaders":{"x":["a","b"],"y":["a","b"]}}`, "204 [X: a; X: b; X: a, c; Y: a; Y: b; Y: a, b,]"},
	{"B7: names apart", []Format{RESTAPI}, `{"statusCode":204,"multiValueHeaders":{"x":["1"],"y":["2"],"X":["3"]},"headers":{"y":"4","x":"3"}}`, "204 [X: 1; X: 3; Y: 2; Y: 4]"},
	{"B8: string false", loads, `{"statusCode":200,"isBase64Encoded":"false","body":"aGk="}`, "200 [] aGk="},
	{"B8: string true", loads, `{"statusCode":200,"isBase64Encoded":"true","body":"aGk="}`, "200 [] hi"},
	{"B8: string true", []Format{HTTPAPI}, `{"statusCode":200,"isBase64Encoded":"true","body":"aGk="}`, "200 " + asText + " hi"},
	{"B8: another string", every, `{"statusCode":200,"isBase64Encoded":"TRUE","body":"aGk="}`, `malformed: isBase64Encoded is "TRUE", not true or false`},
	{"B9: NUL in base64", loads, `{"statusCode":200,"isBase64Encoded":true,"body":"YQBi"}`, "200 [] a\x00b"},
	{"B10: base64 decoded", []Format{RESTAPI, FunctionURL}, `{"statusCode":200,"isBase64Encoded":true,"body":"aGVsbG8="}`, "200 " + asJSON + " hello"},
	{"B10: escaped solidus", []Format{RESTAPI, FunctionURL}, `{"statusCode":200,"isBase64Encoded":true,"body":"\/\/8="}`, "200 " + asJSON + " \xff\xff"},
	{"B10: padding missing", loads, `{"statusCode":200,"isBase64Encoded":true,"body":"aGVsbG8"}`, "200 [] hello"},
	{"B11: invalid base64", every, `{"statusCode":200,"isBase64Encoded":true,"body":"aGk*"}`, "malformed: isBase64Encoded is true, but body is not valid base64: illegal base64 data at input byte 3"},
	{"B11: line break in base64", every, `{"statusCode":200,"isBase64Encoded":true,"body":"aGVs\nbG8="}`, "malformed: isBase64Encoded is true, but body is not valid base64: it has line breaks"},
	{"B11: URL alphabet", every, `{"statusCode":200,"isBase64Encoded":true,"body":"__8="}`, "malformed: isBase64Encoded is true, but body is not valid base64"},
	{"B11: too much padding", every, `{"statusCode":200,"isBase64Encoded":true,"body":"aGk=="}`, "malformed: isBase64Encoded is true, but body is not valid base64"},
	{"B11: padding alone", every, `{"statusCode":200,"isBase64Encoded":true,"body":"===="}`, "malformed: isBase64Encoded is true, but body is not valid base64"},
	{"B12: body is an object", one, `{"statusCode":200,"body":{"a": 1}}`, "malformed: body is an object, not a string"},
	{"B12: body is an object", []Format{HTTPAPI}, `{"statusCode":200,"body":{"a": 1}}`, "200 " + asText + ` {"a":1}`},
	{"B12: body is an object", []Format{FunctionURL}, `{"statusCode":200,"body":{"a": 1}}`, "200 " + asJSON + ` {"a":1}`},
	{"B12: body is a number", one, `{"statusCode":200,"body":1}`, "malformed: body is a number, not a string"},
	{"B12: body is an object in base64", two, `{"statusCode":200,"body":{},"isBase64Encoded":true}`, "malformed: isBase64Encoded is true, but body is an object"},
	{"B13: Content-Length apart", loads[:1], `{"statusCode":200,"headers":{"Content-Length":"1234"},"body":""}`, "200 length 1234 []"},
	{"B13: no length", loads[:1], `{"statusCode":200,"headers":{"Content-Length":"many"}}`, "200 []"},
	{"B13: two lengths", loads[:1], `{"statusCode":200,"headers":{"Content-Length":"1","content-length":"2","CONTENT-LENGTH":"1"}}`, "200 []"},
	{"B13: no length, then one", loads[:1], `{"statusCode":200,"headers":{"Content-Length":"many","content-length":"5"}}`, "200 []"},
	{"B14: 204", every, `{"statusCode":204,"body":"dropped"}`, "204 []"},
	{"B14: 304", every, `{"statusCode":304,"body":"dropped"}`, "304 []"},
	{"B15: hop by hop", every[1:4], `{"statusCode":204,"headers":{"Transfer-Encoding":"chunked","Connection":"X-Hop, close","keep-alive":"1","upgrade":"h2c","Proxy-Connection":"a","te":"b","trailer":"c","x-hop":"d","x":"e"}}`, "204 [X: e]"},
	{"B15: Connection names Content-Type", []Format{RESTAPI}, `{"headers":{"content-type":"a/b","Connection":"content-type"}}`, "200 " + asJSON},
	{"B15: Connection names Content-Length", every[1:4], `{"statusCode":204,"headers":{"Connection":"content-length","content-length":"1"}}`, "204 []"},
	{"B17: CR in a value", every[1:4], `{"statusCode":200,"headers":{"x":"a\rb"}}`, `malformed: the header "X" has a line break or NUL in its value`},
	{"B17: LF in a value", every[1:4], `{"statusCode":200,"headers":{"x":"a\nset-cookie: b"}}`, `malformed: the header "X" has a line break or NUL in its value`},
	{"B17: NUL in a value", every[1:4], `{"statusCode":200,"headers":{"x":"a\u0000b"}}`, `malformed: the header "X" has a line break or NUL in its value`},
	{"B17: LF in a list", []Format{RESTAPI, ALBMultiValue}, `{"statusCode":200,"multiValueHeaders":{"x":["\n"]}}`, `malformed: the header "X" has a line break or NUL in its value`},
	{"B17: LF in a cookie", two, `{"statusCode":200,"cookies":["a=1\nx: y"]}`, `malformed: the header "Set-Cookie" has a line break or NUL in its value`},
	{"B17: CRLF in a name", every[1:4], `{"statusCode":200,"headers":{"x\r\ny":"a"}}`, `malformed: the header name "x\r\ny" is not a token`},
	{"B17: blank in a name", every[1:4], `{"statusCode":200,"headers":{" x":"a"}}`, `malformed: the header name " x" is not a token`},
	{"B17: no name", every[1:4], `{"statusCode":200,"headers":{"":"a"}}`, `malformed: the header name "" is not a token`},
	{"B17: a name beyond ASCII", every[1:4], `{"statusCode":200,"headers":{"é":"a"}}`, `malformed: the header name "\u00e9" is not a token`},
	{"B18: names that differ in case", every[1:4], `{"statusCode":204,"headers":{"set-cookie":"a","Set-cookie":"b","sEt-cookie":"c"}}`, "204 [Set-Cookie: a; Set-Cookie: b; Set-Cookie: c]"},

	{"a key twice", loads, `{"statusCode":200,"statusCode":404,"body":"a","body":"b"}`, "404 [] b"},
	{"a header twice", every[1:4], `{"statusCode":204,"headers":{"x":"1","y":"2","x":"3","\u0078":"4"}}`, "204 [X: 4; Y: 2]"},
	{"blanks around values", every[1:4], `{"statusCode":204,"headers":{"x":" \t1 2 ","y":" "}}`, "204 [X: 1 2; Y: ]"},
	{"values beyond ASCII", every[1:4], `{"statusCode":204,"headers":{"x":"é\u00e9"}}`, "204 [X: éé]"},
	{"invalid UTF-8", loads[:1], "{\"statusCode\":200,\"headers\":{\"x\":\"a\xff\xfe\"},\"body\":\"b\xffé\xc3\"}", "200 [X: a\ufffd\ufffd] b\ufffdé\ufffd"},
	{"lone surrogates", loads, `{"statusCode":200,"body":"\ud83d\ude00\ud83dx\ude00\ud83d"}`, "200 [] 😀\ufffdx\ufffd\ufffd"},
	{"half a surrogate pair", loads, `{"statusCode":200,"body":"\ud83dxxde00\ud83d\ndc00"}`, "200 [] \ufffdxxde00\ufffd\ndc00"},
	{"something after the answer", one, `{"statusCode":200} x`, "malformed: the answer is not JSON (byte 19)"},
	{"cut off", one, `{"statusCode":200,"body":"`, "malformed: the answer is JSON that is cut off after 26 bytes"},
	{"no such escape", one, `{"statusCode":200,"body":"\x"}`, "malformed: the answer is not JSON (byte 27)"},
	{"a control character in a string", one, "{\"statusCode\":200,\"body\":\"a\nb\"}", "malformed: the answer is not JSON (byte 27)"},
	{"too deep", every, `{"statusCode":200,"x":` + strings.Repeat("[", 1000), "malformed: the answer nests objects or lists deeper than 1000 at byte 1021"},
	{"streamed, whole", every, `{"statusCode":201,"headers":{"x":"v","content-length":"9"},"isBase64Encoded":true}` + separator + "a\x00b", "201 [Content-Type: application/octet-stream; X: v] a\x00b"},
	{"streamed, white space before the NULs", every, "{}\n" + separator, "200 " + asBinary},
	{"streamed, 204", every, `{"statusCode":204}` + separator + "dropped", "204 []"},
	{"streamed, malformed", every, `{"statusCode":99}` + separator, "malformed: statusCode is 99"},
	{"streamed, cut in the NULs", every, `{"statusCode":200}` + separator[:7], "malformed: the answer is a stream's metadata and 7 of the 8 NUL bytes that end it"},
}

func TestDecode(t *testing.T) {
	for _, c := range decodeCases {
		for _, f := range c.formats {
			t.Run(fmt.Sprintf("%s/%s", c.name, nameOf(f)), func(t *testing.T) {
				got := rendered(Decode(f, []byte(c.answer)))
				if got != c.want && !(strings.HasPrefix(c.want, "malformed: ") && strings.HasPrefix(got, c.want)) {
					t.Errorf("Decode(%s)\n got %s\nwant %s", c.answer[:min(len(c.answer), 200)], got, c.want)
				}
			})
		}
	}
}

func nameOf(f Format) string { return decodeFormats[f-1].name }

func TestDecodeUnknownFormat(t *testing.T) {
	if got, want := rendered(Decode(0, []byte(`{"statusCode":200}`))), "malformed: format 0 has no answers"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestDecodeLimitsHeaderFields(t *testing.T) {
	names, nulls, values := "", "", ""
	for i := range maxFields {
		names += fmt.Sprintf(`"x%d":"",`, i)
		nulls += fmt.Sprintf(`"x%d":null,`, i)
		values += `"",`
	}
	for _, c := range []struct {
		format Format
		answer string
	}{
		{ALB, `{"statusCode":200,"headers":{` + names + `"y":""}}`},
		{ALB, `{"statusCode":200,"headers":{` + nulls + `"y":""}}`},
		{ALBMultiValue, `{"statusCode":200,"multiValueHeaders":{"x":[` + values + `""]}}`},
	} {
		if got := rendered(Decode(c.format, []byte(c.answer))); !strings.Contains(got, "more than 1000") {
			t.Errorf("%s: 1001 fields: %.80s", nameOf(c.format), got)
		}
		fewer := strings.Replace(strings.Replace(c.answer, `,"y":""`, "", 1), `,""]`, "]", 1)
		if got := rendered(Decode(c.format, []byte(fewer))); !strings.HasPrefix(got, "200 ") {
			t.Errorf("%s: 1000 fields: %.80s", nameOf(c.format), got)
		}
	}
}

// A reader of the header is used again: nothing of one answer is in the next.
func TestDecodeKeepsAnswersApart(t *testing.T) {
	first, err := Decode(ALB, []byte(`{"statusCode":200,"headers":{"x":"first","y":"first"},"body":"first"}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		Decode(ALB, []byte(`{"statusCode":200,"headers":{"z":"other","bad name":"other"},"body":"other"}`))
		if got, want := rendered(Decode(ALB, []byte(`{"statusCode":404}`))), "404 []"; got != want {
			t.Errorf("the next answer: got %s, want %s", got, want)
		}
	}
	if got, want := rendered(first, nil), "200 [X: first; Y: first] first"; got != want {
		t.Errorf("the first answer became %s, want %s", got, want)
	}
	first.Header["X"] = append(first.Header["X"], "added")
	if got := first.Header.Get("Y"); got != "first" {
		t.Errorf("adding to one field changed another: %s", got)
	}
}

// TestTrapB9 decodes bodies of every length, in place, with every byte.
func TestTrapB9(t *testing.T) {
	random := rand.NewChaCha8([32]byte{9})
	for n := range 300 {
		want := make([]byte, n)
		random.Read(want)
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding} {
			r, err := Decode(ALB, answerFor(ALB, true, encoding.EncodeToString(want)))
			if err != nil || !bytes.Equal(r.Body, want) {
				t.Fatalf("%d bytes: got %x, %v, want %x", n, r.Body, err, want)
			}
		}
	}
}

// TestDecodeComparesKeysOnce: the keys of a map that a later one of its name replaces are
// not looked at, and of the others no key more than once, however many there are. Reading one
// of these allocates.
func TestDecodeComparesKeysOnce(t *testing.T) {
	decode := func(maps, keys int) float64 {
		var headers strings.Builder
		for i := range keys {
			fmt.Fprintf(&headers, `,"\u0078-%d":"v"`, i)
		}
		one := `"headers":{` + headers.String()[1:] + `},`
		answer := []byte(`{` + strings.Repeat(one, maps) + `"statusCode":200}`)
		return testing.AllocsPerRun(5, func() {
			if r, err := Decode(RESTAPI, answer); err != nil || len(r.Header) != keys+1 {
				t.Fatal(err, len(r.Header))
			}
		})
	}
	one := decode(1, 90)
	if often := decode(20, 90); often > 1.1*one+20 {
		t.Errorf("%.0f allocations for one map, %.0f for 20", one, often)
	}
	if ten := decode(1, 900); ten > 11*one {
		t.Errorf("%.0f allocations for 90 keys, %.0f for 900", one, ten)
	}
}

// TestDecodeDistinctKeys has keys few and many, spelled alike and not.
func TestDecodeDistinctKeys(t *testing.T) {
	for _, n := range []int{1, 2, 63, 64, 65, 66, 400} {
		for _, again := range []string{`"x-%d"`, `"\u0078-%d"`, `"X-%d"`} {
			var first, second strings.Builder
			for i := range n {
				fmt.Fprintf(&first, `"x-%d":"first",`, i)
				fmt.Fprintf(&second, again+`:"second %d",`, i, i)
			}
			answer := `{"statusCode":200,"headers":{` + first.String() + strings.TrimSuffix(second.String(), ",") + `}}`
			r, err := Decode(ALB, []byte(answer))
			if err != nil || len(r.Header) != n {
				t.Fatalf("%d, %s: %v, %d fields", n, again, err, len(r.Header))
			}
			for i := range n {
				want := []string{fmt.Sprintf("second %d", i)}
				if again == `"X-%d"` { // another key, the same name
					want = []string{"first", want[0]}
				}
				if got := r.Header[fmt.Sprintf("X-%d", i)]; !slices.Equal(got, want) {
					t.Errorf("%d, %s: X-%d is %q, want %q", n, again, i, got, want)
				}
			}
		}
	}
}
