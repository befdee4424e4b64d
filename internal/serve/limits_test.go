package serve

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// TestServersLimits: of both listeners. What is beyond a limit is answered, or its
// connection closed.
func TestServersLimits(t *testing.T) {
	r := start(t, common+"header_timeout: 100ms\nidle_timeout: 150ms\nbody_timeout: 100ms\nmax_header_bytes: 1KiB\n"+
		"targets: {one: {max_body: 5}}\nroutes: [{target: one}, {path: /healthz, target: one}]\n", functions())
	const get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
	for _, tt := range []struct{ name, request, want string }{
		{"no header", "", ""},
		{"half a header", get, ""},
		{"idle", get + "\r\n", "HTTP/1.1 200 OK"},
		{"large header", get + strings.Repeat("X-A: "+strings.Repeat("b", 90)+"\r\n", 100) + "\r\n", "HTTP/1.1 431 "},
	} {
		for which, address := range map[string]net.Addr{"gateway": r.address, "metrics": r.metrics} {
			if got := exchangeBytes(t, address, tt.request); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("%s, %s: %q", tt.name, which, got)
			}
		}
	}
	for _, tt := range []struct{ name, request, want string }{
		{"half a body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab", "HTTP/1.1 408 "},
		{"large body", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabcdef", "HTTP/1.1 413 "},
	} {
		if got := exchangeBytes(t, r.address, tt.request); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

// exchangeBytes sends request and returns what comes back until the server closes
// the connection.
func exchangeBytes(t *testing.T, to net.Addr, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	_, _ = io.WriteString(conn, request) // a reset is a kind of answer
	got, err := io.ReadAll(conn)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Errorf("the connection stays open after %q", got)
	}
	return string(got)
}
