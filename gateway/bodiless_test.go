package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
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

// TestHead204And304: no body where none may be, and the connection goes on, in
// every mode.
func TestHead204And304(t *testing.T) {
	f := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/204":
			w.WriteHeader(204)
		case "/304":
			w.Header().Set("ETag", `"x"`)
			w.WriteHeader(304)
		default:
			_, _ = io.WriteString(w, "hello")
		}
	}))
	for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream, vialambda.Auto} {
		t.Run(mode.String(), func(t *testing.T) {
			gw := mustNew(t, single(f, func(_ *gateway.Config, target *gateway.Target) { target.Mode = mode }))
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
				body         string
			}{{"HEAD", "/", 200, ""}, {"GET", "/204", 204, ""}, {"GET", "/304", 304, ""}, {"HEAD", "/304", 304, ""}, {"GET", "/", 200, "hello"}} {
				fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", tt.method, tt.path)
				resp, err := http.ReadResponse(reader, &http.Request{Method: tt.method})
				if err != nil {
					t.Fatalf("%s %s: %v", tt.method, tt.path, err)
				}
				body, err := io.ReadAll(resp.Body)
				if resp.StatusCode != tt.status || string(body) != tt.body || err != nil || resp.Close {
					t.Errorf("%s %s: %d, body %q, %v, close %t", tt.method, tt.path, resp.StatusCode, body, err, resp.Close)
				}
				if reader.Buffered() != 0 {
					t.Errorf("%s %s: %d bytes too many", tt.method, tt.path, reader.Buffered())
				}
			}
		})
	}
}

// TestNothingIsInvented: a body without a type stays one; net/http would take
// this for a page.
func TestNothingIsInvented(t *testing.T) {
	for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream} {
		gw := mustNew(t, single(answering(`{"statusCode":200,"headers":{"X-A":"b"},"body":"<html><script>"}`), func(c *gateway.Config, target *gateway.Target) {
			target.Format, target.Mode = vialambda.ALB, mode
			c.Routes = []gateway.Route{{Target: "f"}, {Path: "/removed", Target: "f", ResponseHeaders: gateway.Headers{Remove: []string{"content-type"}}}}
		}))
		server := serveWire(t, gw)
		for _, request := range []string{"GET /", "HEAD /", "GET /removed"} {
			_, all := raw(t, server, wireRow{request: request + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"})
			if !strings.HasPrefix(all, "HTTP/1.1 200 OK\r\n") || !strings.Contains(all, "X-A: b\r\n") || strings.Contains(strings.ToLower(all), "content-type") {
				t.Errorf("%s, %s: %q", mode, request, all)
			}
		}
	}
}
