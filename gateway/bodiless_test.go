package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

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
