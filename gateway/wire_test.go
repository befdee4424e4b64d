package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// serveWire starts gw with the limits of vialambda serve.
func serveWire(t *testing.T, gw http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(gw)
	server.Config.MaxHeaderBytes = 16 << 10
	server.Config.ReadHeaderTimeout = 300 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// raw sends bytes and returns the status of every answer, in order, and all that
// came back, until the server closes the connection or goes quiet.
func raw(t *testing.T, server *httptest.Server, request string) (statuses []int, all string) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil && !strings.Contains(request, "huge") {
		t.Fatal(err)
	}
	if !strings.Contains(request, "Connection: close") {
		_ = conn.(*net.TCPConn).SetReadDeadline(time.Now().Add(700 * time.Millisecond))
	}
	got, _ := io.ReadAll(conn) // a reset ends it too
	for _, m := range regexp.MustCompile(`HTTP/1\.1 (\d\d\d)`).FindAllSubmatch(got, -1) {
		n, _ := strconv.Atoi(string(m[1]))
		statuses = append(statuses, n)
	}
	return statuses, string(got)
}

// hostile is a function whose answers try what a function must not.
func hostile(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "[%s %s|%s]", r.Method, r.URL.RequestURI(), body)
}

func TestHostileBytes(t *testing.T) {
	answers := map[string]string{
		"injected": `{"statusCode":200,"headers":{"X-A":"a\r\nX-Injected: yes\r\n\r\n<b>","X-B\r\nX-Injected":"yes"},"body":"ok"}`,
		"hop":      `{"statusCode":200,"headers":{"Transfer-Encoding":"chunked","Connection":"X-C, keep-alive","X-C":"1","Content-Length":"1","Upgrade":"h2c"},"body":"whole body"}`,
		"status":   `{"statusCode":1000,"body":""}`,
		"interim":  `{"statusCode":101,"headers":{"Upgrade":"websocket"},"body":""}`,
	}
	functions := locallambda.Functions{"echo": locallambda.HTTP(http.HandlerFunc(hostile))}
	targets := map[string]gateway.Target{"echo": {MaxBody: 1000}}
	routes := []gateway.Route{{Target: "echo"}, {Path: "/pages/*", Target: "echo", Origins: []string{"https://app.example"}}, {Path: "/narrow/*", Target: "echo", Strip: true}}
	for name, payload := range answers {
		functions[name] = answering(payload)
		targets[name] = gateway.Target{}
		routes = append(routes, gateway.Route{Path: "/" + name, Target: name})
	}
	gw := mustNew(t, gateway.Config{Invoker: functions, Targets: targets, Routes: routes, Proxy: []string{"echo"}, BodyTimeout: 300 * time.Millisecond})
	server := serveWire(t, gw)

	const h = "Host: localhost\r\n"
	const end = "Connection: close\r\n\r\n"
	tests := []struct {
		name, request string
		want          []int
		contains      string
		lacks         string
	}{
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
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			statuses, all := raw(t, server, tt.request)
			if fmt.Sprint(statuses) != fmt.Sprint(tt.want) {
				t.Fatalf("statuses %v, want %v:\n%s", statuses, tt.want, all)
			}
			if !strings.Contains(all, tt.contains) {
				t.Errorf("no %q in\n%s", tt.contains, all)
			}
			if tt.lacks != "" && strings.Contains(all, tt.lacks) {
				t.Errorf("%q in\n%s", tt.lacks, all)
			}
		})
	}
}

// answering is a function that always gives the same answer.
func answering(payload string) vialambda.Invoker {
	return vialambda.InvokerFunc(func(_ context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		return answer(payload), nil
	})
}

// TestHead204And304: no body where none may be, and the connection goes on.
func TestHead204And304(t *testing.T) {
	gw := mustNew(t, gateway.Config{
		Invoker: locallambda.Functions{"f": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/204":
				w.WriteHeader(204)
			case "/304":
				w.Header().Set("ETag", `"x"`)
				w.WriteHeader(304)
			default:
				_, _ = io.WriteString(w, "hello")
			}
		}))},
		Targets: map[string]gateway.Target{"f": {}}, Routes: []gateway.Route{{Target: "f"}},
	})
	server := serveWire(t, gw)
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for _, tt := range []struct {
		method, path string
		status       int
		length       int64
	}{{"HEAD", "/", 200, 5}, {"GET", "/204", 204, 0}, {"GET", "/304", 304, 0}, {"HEAD", "/304", 304, 0}, {"GET", "/", 200, 5}} {
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", tt.method, tt.path)
		resp, err := http.ReadResponse(reader, &http.Request{Method: tt.method})
		if err != nil {
			t.Fatalf("%s %s: %v", tt.method, tt.path, err)
		}
		body, _ := io.ReadAll(resp.Body)
		if resp.StatusCode != tt.status || resp.ContentLength > tt.length || (tt.method == "GET" && int64(len(body)) != tt.length) {
			t.Errorf("%s %s: %d, length %d, body %q", tt.method, tt.path, resp.StatusCode, resp.ContentLength, body)
		}
	}
}
