package gateway_test

import "strings"

// hostileAnswers are what functions answer in the table, by name; each is at the
// path of its name.
var hostileAnswers = map[string]string{
	"injected": `{"statusCode":200,"headers":{"X-A":"a\r\nX-Injected: yes\r\n\r\n<b>","X-B\r\nX-Injected":"yes"},"body":"ok"}`,
	"cookie":   `{"statusCode":200,"multiValueHeaders":{"Set-Cookie":["a=b\r\nX-Injected: yes"]},"body":"ok"}`,
	"name":     `{"statusCode":200,"headers":{"X-Injected: yes\r\nX-A":"b"},"body":"ok"}`,
	"location": `{"statusCode":302,"headers":{"Location":"/a\r\nX-Injected: yes"},"body":""}`,
	"hop":      `{"statusCode":200,"headers":{"Transfer-Encoding":"chunked","Connection":"X-C, keep-alive","X-C":"1","Content-Length":"1","Upgrade":"h2c"},"body":"whole body"}`,
	"length":   `{"statusCode":200,"headers":{"Content-Length":"9000","Content-Type":"text/plain"},"body":"body"}`,
	"status":   `{"statusCode":1000,"body":""}`,
	"interim":  `{"statusCode":101,"headers":{"Upgrade":"websocket"},"body":""}`,
	"continue": `{"statusCode":100,"body":""}`,
	"early":    `{"statusCode":103,"headers":{"Link":"</a.css>"},"body":""}`,
	"empty":    `{"statusCode":204,"headers":{"Content-Type":"text/plain"},"body":"stowaway"}`,
	"same":     `{"statusCode":304,"headers":{"ETag":"\"x\""},"body":"stowaway"}`,
}

// wireRow is bytes that a client sends, and what must come of them; the exact
// bytes that come back are in testdata/wire.golden.
type wireRow struct {
	name, request string
	half          bool  // the client ends its side then
	want          []int // statuses
	contains      string
	lacks         string
}

func wireRows() []wireRow {
	const h = "Host: localhost\r\n"
	const end = "Connection: close\r\n\r\n"
	return []wireRow{
		{name: "plain", request: "GET /a?b HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "[GET /a?b"},
		{name: "two in a row", request: "GET /1 HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{200, 200}},

		// Where a message ends.
		{name: "two lengths", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 4\r\nContent-Length: 5\r\n" + end + "abcde", want: []int{400}},
		{name: "two lengths in one field", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 4, 5\r\n" + end + "abcde", want: []int{400}},
		{name: "signed length", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: +4\r\n" + end + "abcd", want: []int{400}},
		{name: "negative length", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: -4\r\n" + end + "abcd", want: []int{400}},
		{name: "hexadecimal length", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 0x4\r\n" + end + "abcd", want: []int{400}},
		{name: "length and chunks: chunks count, nothing is left over", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n" + end + "0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + h + "\r\n", want: []int{200}, contains: "[POST /|]", lacks: "smuggled"},
		{name: "unknown coding", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: xchunked\r\n" + end + "0\r\n\r\n", want: []int{501}},
		{name: "two codings", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n" + end + "0\r\n\r\n", want: []int{501}},
		{name: "space before the colon", request: "POST / HTTP/1.1\r\n" + h + "Content-Length : 4\r\n" + end + "abcd", want: []int{400}},
		{name: "folded field", request: "GET / HTTP/1.1\r\n" + h + "X-A: b\r\n Transfer-Encoding: chunked\r\n" + end, want: []int{200}},
		{name: "bad chunk", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "zz\r\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunk over its length", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "2\r\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "body of a GET is read to its end", request: "GET / HTTP/1.1\r\n" + h + "Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n" + h + end, want: []int{200, 200}},

		// Bytes that do not belong.
		{name: "bare CR in a value", request: "GET / HTTP/1.1\r\n" + h + "X-A: a\rX-B: b\r\n" + end, want: []int{400}},
		{name: "NUL in a value", request: "GET / HTTP/1.1\r\n" + h + "X-A: a\x00b\r\n" + end, want: []int{400}},
		{name: "NUL in a name", request: "GET / HTTP/1.1\r\n" + h + "X\x00A: a\r\n" + end, want: []int{400}},
		{name: "NUL in the path", request: "GET /\x00 HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "encoded NUL", request: "GET /a%00b HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "half an escape", request: "GET /a%2 HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "encoded line break stays encoded", request: "GET /a%0d%0aX-Injected:%20yes HTTP/1.1\r\n" + h + end, want: []int{200}, lacks: "\nX-Injected"},
		{name: "huge header", request: "GET /huge HTTP/1.1\r\n" + h + "X-A: " + strings.Repeat("a", 40<<10) + "\r\n" + end, want: []int{431}},
		{name: "huge path", request: "GET /huge" + strings.Repeat("a", 40<<10) + " HTTP/1.1\r\n" + h + end, want: []int{431}},
		{name: "no version", request: "GET /\r\n\r\n", want: []int{400}},
		{name: "TLS to a plain port", request: "\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n", want: []int{400}},
		{name: "method with a line", request: "GE(T / HTTP/1.1\r\n" + h + end, want: []int{400}},

		// Paths.
		{name: "//host/path is a path", request: "GET //evil.example/x HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "evil.example/x|]"},
		{name: "stripped //host", request: "GET /narrow//evil.example HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "evil.example|]"},
		{name: "dots", request: "GET /narrow/../x HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "encoded dots", request: "GET /narrow/%2e%2E/x HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "dots behind an encoded slash", request: "GET /narrow/a%2f..%2fx HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "dots behind a backslash", request: "GET /narrow/a%5c..%5cx HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "dots with a parameter", request: "GET /narrow/..;a=b/x HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "encoded slash is none", request: "GET /narrow%2Fx HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "[GET /narrow%2Fx"},
		{name: "dots in a name", request: "GET /a..b/...  HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "harmless dots", request: "GET /a..b/... HTTP/1.1\r\n" + h + end, want: []int{200}},

		// Who asks.
		{name: "no host", request: "GET / HTTP/1.1\r\n" + end, want: []int{400}},
		{name: "two hosts", request: "GET / HTTP/1.1\r\n" + h + "Host: evil.example\r\n" + end, want: []int{400}},
		{name: "E9 rebinding", request: "GET / HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\nSec-Fetch-Site: same-origin\r\n" + end, want: []int{421}},
		{name: "E9 rebinding of a name like ours", request: "GET / HTTP/1.1\r\nHost: echo.lambda.internal.evil.example\r\n" + end, want: []int{421}},
		{name: "E9 cross-site form", request: "POST / HTTP/1.1\r\n" + h + "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n" + end + "a=b", want: []int{403}},
		{name: "E9 cross-site image", request: "GET / HTTP/1.1\r\n" + h + "Sec-Fetch-Site: cross-site\r\n" + end, want: []int{403}},
		{name: "E9 form to an own name", request: "POST / HTTP/1.1\r\nHost: echo.lambda.internal\r\nOrigin: null\r\nContent-Length: 0\r\n" + end, want: []int{403}},
		{name: "listed origin", request: "GET /pages/x HTTP/1.1\r\n" + h + "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n" + end, want: []int{200}},
		{name: "listed origin, other route", request: "GET / HTTP/1.1\r\n" + h + "Origin: https://app.example\r\nSec-Fetch-Site: cross-site\r\n" + end, want: []int{403}},

		// What a function cannot serve.
		{name: "CONNECT", request: "CONNECT echo.lambda.internal:443 HTTP/1.1\r\nHost: echo.lambda.internal:443\r\n" + end, want: []int{501}, contains: "CONNECT is refused"},
		{name: "WebSocket", request: "GET / HTTP/1.1\r\n" + h + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", want: []int{501}, contains: "Upgrade is refused"},
		{name: "Java offers h2c", request: "GET / HTTP/1.1\r\n" + h + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n\r\n", want: []int{200}},
		{name: "other host by proxy", request: "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n" + end, want: []int{403}, contains: "NO_PROXY"},
		{name: "the request line's host counts", request: "GET http://echo.lambda.internal/p HTTP/1.1\r\nHost: evil.example\r\n" + end, want: []int{200}, contains: "[GET /p"},
		{name: "unknown expectation", request: "GET / HTTP/1.1\r\n" + h + "Expect: 200-ok\r\n" + end, want: []int{417}},
		{name: "too large, announced", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 1001\r\n" + end, want: []int{413}},
		{name: "too large, in chunks", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "3e9\r\n" + strings.Repeat("a", 1001) + "\r\n0\r\n\r\n", want: []int{413}},
		{name: "as large as may be", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 1000\r\n" + end + strings.Repeat("a", 1000), want: []int{200}},

		// Slow senders.
		{name: "half a header", request: "GET / HTTP/1.1\r\nHost: loc", want: nil},
		{name: "half a body", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 10\r\n\r\nabc", want: []int{408}},
		{name: "half a chunk", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n\r\n5\r\nab", want: []int{408}},

		// What the function's answer may not do.
		{name: "B15 hop-by-hop fields of the answer", request: "GET /hop HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{200, 200}, contains: "Content-Length: 10\r\n", lacks: "X-C"},
		{name: "injected header", request: "GET /injected HTTP/1.1\r\n" + h + end, want: []int{502}, lacks: "\nX-Injected"},
		{name: "A8 status 1000", request: "GET /status HTTP/1.1\r\n" + h + end, want: []int{502}},
		{name: "status 101", request: "GET /interim HTTP/1.1\r\n" + h + end, want: []int{502}},

		// Where a message ends, further.
		{name: "bare LF ends a line too (RFC 9112, section 2.2)", request: "GET /lf HTTP/1.1\nHost: localhost\nConnection: close\n\n", want: []int{200}, contains: "[GET /lf|]"},
		{name: "bare LF in a chunk's line", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "3\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "chunk extension", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "3;a=\"b\"\r\nabc\r\n0\r\n\r\n", want: []int{200}, contains: "[POST /|abc]"},
		{name: "endless chunk extension", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "3;" + strings.Repeat("a", 9000) + "\r\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "huge chunk size", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "fffffffffffffffff\r\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "negative chunk size", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\n" + end + "-3\r\nabc\r\n0\r\n\r\n", want: []int{400}},
		{name: "trailers are dropped", request: "POST /headers HTTP/1.1\r\n" + h + "Transfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n" + end + "0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n", want: []int{200}, contains: "X-Forwarded-For=127.0.0.1", lacks: "6.6.6.6"},
		{name: "coding behind a vertical tab", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: \x0bchunked\r\n" + end + "0\r\n\r\n", want: []int{400}},
		{name: "two codings in one field", request: "POST / HTTP/1.1\r\n" + h + "Transfer-Encoding: gzip, chunked\r\n" + end + "0\r\n\r\n", want: []int{501}},
		{name: "HTTP/1.0 has no codings: the length counts, and nothing follows", request: "POST / HTTP/1.0\r\n" + h + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + h + end, want: []int{200}, lacks: "smuggled"},
		{name: "length with a space in it", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 1 0\r\n" + end + "abcd", want: []int{400}},
		{name: "length beyond all numbers", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 99999999999999999999\r\n" + end + "abcd", want: []int{400}},
		{name: "the same length twice", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 4\r\nContent-Length: 4\r\n" + end + "abcd", want: []int{200}, contains: "[POST /|abcd]"},
		{name: "body that ends early", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 4\r\n\r\nab", half: true, want: nil},
		{name: "what follows a refused body is not a request", request: "POST / HTTP/1.1\r\n" + h + "Content-Length: 1001\r\n\r\nGET /smuggled HTTP/1.1\r\n" + h + "\r\n", want: []int{413}, lacks: "smuggled"},
		{name: "refused body that does not come", request: "POST /narrow/../x HTTP/1.1\r\n" + h + "Content-Length: 10\r\n\r\nabc", want: []int{400}, contains: "dot segments"},
		{name: "refused body that comes is read to its end", request: "POST /narrow/../x HTTP/1.1\r\n" + h + "Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\n" + h + end, want: []int{400, 200}},
		{name: "HTTP/2 on this port", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", want: []int{421}},
		{name: "HTTP/3.0", request: "GET / HTTP/3.0\r\n" + h + end, want: []int{505}},
		{name: "HTTP/0.9", request: "GET /a HTTP/0.9\r\n\r\n", want: []int{505}},

		// Bytes that do not belong, further.
		{name: "field before all fields is folded", request: "GET / HTTP/1.1\r\n X-A: b\r\n" + h + end, want: []int{400}},
		{name: "space in a name", request: "GET / HTTP/1.1\r\n" + h + "X A: b\r\n" + end, want: []int{400}},
		{name: "no name", request: "GET / HTTP/1.1\r\n" + h + ": b\r\n" + end, want: []int{400}},
		{name: "no colon", request: "GET / HTTP/1.1\r\n" + h + "X-A\r\n" + end, want: []int{400}},
		{name: "control character in a value", request: "GET / HTTP/1.1\r\n" + h + "X-A: a\x01b\r\n" + end, want: []int{400}},
		{name: "Latin-1 in a value passes", request: "GET /headers HTTP/1.1\r\n" + h + "X-A: caf\xe9\r\n" + end, want: []int{200}},
		{name: "bare CR in the request line", request: "GET /\rX HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "encoded line break in the query stays encoded", request: "GET /?a=%0d%0aX-Injected:%20yes HTTP/1.1\r\n" + h + end, want: []int{200}, lacks: "\nX-Injected"},
		{name: "line break in a request id", request: "GET / HTTP/1.1\r\n" + h + "X-Request-Id: a b\r\n" + end, want: []int{200}, lacks: "a b"},
		{name: "many fields", request: "GET /huge HTTP/1.1\r\n" + h + strings.Repeat("X-A: b\r\n", 5000) + end, want: []int{431}},

		// Paths, further.
		{name: "asterisk", request: "OPTIONS * HTTP/1.1\r\n" + h + end, want: []int{200}},
		{name: "asterisk with another method", request: "GET * HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "no slash", request: "GET a HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "backslash and dots", request: "GET /narrow/..\\x HTTP/1.1\r\n" + h + end, want: []int{400}},
		{name: "dots encoded twice are a name", request: "GET /narrow/%252e%252e/x HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "[GET /%252e%252e/x"},
		{name: "fragment", request: "GET /a#b HTTP/1.1\r\n" + h + end, want: []int{200}},
		{name: "invalid UTF-8 in the path", request: "GET /%ff%fe HTTP/1.1\r\n" + h + end, want: []int{200}, contains: "/%ff%fe|"},

		// Who asks, further.
		{name: "comma in the host", request: "GET / HTTP/1.1\r\nHost: localhost,evil.example\r\n" + end, want: []int{421}},
		{name: "NUL in the host", request: "GET / HTTP/1.1\r\nHost: localhost\x00\r\n" + end, want: []int{400}},
		{name: "space in the host", request: "GET / HTTP/1.1\r\nHost: local host\r\n" + end, want: []int{400}},
		{name: "user in the host", request: "GET / HTTP/1.1\r\nHost: localhost@evil.example\r\n" + end, want: []int{400}},
		{name: "slash in the host", request: "GET / HTTP/1.1\r\nHost: localhost/evil\r\n" + end, want: []int{400}},
		{name: "E9 unspecified address", request: "GET / HTTP/1.1\r\nHost: 0.0.0.0:8080\r\n" + end, want: []int{421}},
		{name: "E9 rebinding by an address in a name", request: "GET / HTTP/1.1\r\nHost: 127.0.0.1.nip.example:8080\r\n" + end, want: []int{421}},
		{name: "IPv6 loopback", request: "GET / HTTP/1.1\r\nHost: [::1]:8080\r\n" + end, want: []int{200}},
		{name: "E9 cross-site form that is JSON", request: "POST / HTTP/1.1\r\n" + h + "Origin: https://evil.example\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n" + end + `{"a":1}`, want: []int{403}},
		{name: "E9 form of another port here", request: "POST / HTTP/1.1\r\n" + h + "Origin: http://localhost:3000\r\nSec-Fetch-Site: same-site\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 0\r\n" + end, want: []int{403}},
		{name: "E9 preflight", request: "OPTIONS / HTTP/1.1\r\n" + h + "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n" + end, want: []int{403}},
		{name: "other host behind a user by proxy", request: "GET http://echo.lambda.internal@example.com/ HTTP/1.1\r\nHost: echo.lambda.internal\r\n" + end, want: []int{403}, contains: "NO_PROXY"},
		{name: "https by proxy", request: "GET https://echo.lambda.internal/p HTTP/1.1\r\nHost: echo.lambda.internal\r\n" + end, want: []int{200}},
		{name: "the metadata service by proxy", request: "GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n" + end, want: []int{403}, contains: "NO_PROXY"},

		// Expectations and slow senders, further.
		{name: "expected, and asked for", request: "POST / HTTP/1.1\r\n" + h + "Expect: 100-continue\r\nContent-Length: 3\r\n" + end + "abc", want: []int{100, 200}, contains: "[POST /|abc]"},
		{name: "expected, and not asked for", request: "POST / HTTP/1.1\r\n" + h + "Expect: 100-continue\r\nContent-Length: 1001\r\n" + end, want: []int{413}},
		{name: "nothing at all", request: "", want: nil},
		{name: "half a request line", request: "GET /", want: []int{400}},

		// What the function's answer may not do, further.
		{name: "injected cookie", request: "GET /cookie HTTP/1.1\r\n" + h + end, want: []int{502}, lacks: "\nX-Injected"},
		{name: "injected name", request: "GET /name HTTP/1.1\r\n" + h + end, want: []int{502}, lacks: "X-Injected"},
		{name: "injected location", request: "GET /location HTTP/1.1\r\n" + h + end, want: []int{502}, lacks: "\nX-Injected"},
		{name: "length of another", request: "GET /length HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{200, 200}, contains: "Content-Length: 4\r\n"},
		{name: "status 100", request: "GET /continue HTTP/1.1\r\n" + h + end, want: []int{502}},
		{name: "status 103", request: "GET /early HTTP/1.1\r\n" + h + end, want: []int{502}},
		{name: "204 with a body", request: "GET /empty HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{204, 200}, lacks: "stowaway"},
		{name: "304 with a body", request: "GET /same HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{304, 200}, lacks: "stowaway"},
		{name: "HEAD", request: "HEAD /length HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{200, 200}, lacks: "body"},
		{name: "HEAD of an error", request: "HEAD /status HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{502, 200}, lacks: "message"},
		{name: "HEAD of a refusal", request: "HEAD /a/../b HTTP/1.1\r\n" + h + "\r\nGET /2 HTTP/1.1\r\n" + h + end, want: []int{400, 200}, lacks: "message"},
	}
}
