package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// TestTrapE10NoProxy: the line that serve prints is whole. A client that sets it
// reaches functions through the gateway and its own AWS credentials without it.
func TestTrapE10NoProxy(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out := &syncBuffer{}
	ended := make(chan int, 1)
	printed := make(chan []string, 1)
	pattern := regexp.MustCompile(`(?m)^  export HTTP_PROXY=(\S+) http_proxy=\S+ NO_PROXY=(\S+) no_proxy=\S+$`)
	go func() {
		ended <- run(ctx, []string{"serve", "--local", "--listen", "127.0.0.1:0", "flaskexp-test"}, strings.NewReader(""),
			writerFunc(func(p []byte) (int, error) {
				n, err := out.Write(p)
				if m := pattern.FindStringSubmatch(out.String()); m != nil {
					select {
					case printed <- m:
					default:
					}
				}
				return n, err
			}), io.Discard)
	}()
	line := <-printed
	defer func() {
		cancel()
		if code := <-ended; code != exitOK {
			t.Errorf("exit code %d", code)
		}
	}()
	for _, host := range []string{"169.254.169.254", "169.254.170.2", "169.254.170.23", "localhost", "127.0.0.1"} {
		if !strings.Contains(","+line[2]+",", ","+host+",") {
			t.Errorf("NO_PROXY=%s leaves out %s", line[2], host)
		}
	}
	proxy, err := url.Parse(line[1])
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(proxy)}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("http://flaskexp-test.lambda.internal/health")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != `{"status":"UP"}` {
		t.Errorf("%s %s", resp.Status, body)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
