package caddyvialambda

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/vialambda/vialambda/locallambda"
)

// TestCaddySpeaksEveryVersionOfHTTP: what matters of an exchange is the same over
// HTTP/1.1, 2 and 3.
func TestCaddySpeaksEveryVersionOfHTTP(t *testing.T) {
	step := make(chan struct{})
	l := startLambda(t, locallambda.Functions{"app": locallambda.HTTP(app(step))}, "")
	sites := "handle_path /stream/* {\nreverse_proxy app {\ntransport lambda {\nformat function-url\nmode stream\n}\n}\n}\n" +
		"reverse_proxy app {\ntransport lambda {\nformat http-api\nmax_body 10\n}\n}\n"
	p, _ := startCaddy(t, "servers {\nprotocols h1 h2 h3\n}\nlambda {\nregion eu-west-1\nendpoint_url "+l.URL+"\n}", sites)
	t.Cleanup(func() { close(step) }) // lets go of what a failed test has left waiting
	port := p.URL[strings.LastIndexByte(p.URL, ':')+1:]

	over1 := &http.Transport{DisableCompression: true, DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&tls.Dialer{Config: &tls.Config{RootCAs: p.roots, ServerName: "localhost"}}).DialContext(ctx, "tcp", "127.0.0.1:"+port)
	}}
	defer over1.CloseIdleConnections()
	over3 := &http3.Transport{
		DisableCompression: true, TLSClientConfig: &tls.Config{RootCAs: p.roots, ServerName: "localhost"},
		Dial: func(ctx context.Context, _ string, t *tls.Config, c *quic.Config) (*quic.Conn, error) {
			return quic.DialAddrEarly(ctx, "127.0.0.1:"+port, t, c)
		},
	}
	defer over3.Close()
	over2 := p.client
	for version, client := range map[string]*http.Client{"HTTP/1.1": {Transport: over1}, "HTTP/2.0": over2, "HTTP/3.0": {Transport: over3}} {
		p := &process{URL: p.URL, client: client}
		t.Run(version, func(t *testing.T) {
			resp, body := p.do(t, "POST", "/echo/x?y=z", "0123456789", "X_forwarded_for", "6.6.6.6", "X-Real-Ip", "6.6.6.6", "Te", "trailers")
			var got seen
			if err := json.Unmarshal([]byte(body), &got); err != nil || resp.Proto != version || got.URI != "/echo/x?y=z" || string(got.Body) != "0123456789" {
				t.Errorf("%s %s: %s", resp.Proto, resp.Status, body)
			}
			for _, name := range []string{"X_forwarded_for", "X-Real-Ip", "Te", "Connection", "Transfer-Encoding"} {
				if got.Header.Get(name) != "" {
					t.Errorf("the function gets %s: %s", name, got.Header.Get(name))
				}
			}
			if resp, body := p.do(t, "POST", "/echo/x", "0123456789a"); resp.StatusCode != 413 {
				t.Errorf("a body that is too large: %s %s", resp.Status, body)
			}
			if resp, body := p.do(t, "HEAD", "/binary", ""); resp.StatusCode != 200 || body != "" {
				t.Errorf("HEAD: %s %q", resp.Status, body)
			}
			if resp, body := p.do(t, "GET", "/cookies", ""); resp.StatusCode != 204 || body != "" || len(resp.Cookies()) != 2 {
				t.Errorf("204: %s %q %v", resp.Status, body, resp.Header)
			}
			if resp, body := p.do(t, "GET", "/unchanged", ""); resp.StatusCode != 304 || body != "" || resp.Header.Get("Etag") != `"1"` {
				t.Errorf("304: %s %q %v", resp.Status, body, resp.Header)
			}
			if resp, _ := p.do(t, "GET", "/a%2f..%5cb", ""); resp.StatusCode != 400 {
				t.Errorf("dot segments: %s", resp.Status)
			}
			unknownLength(t, p)
			testEvents(t, p, step)
			testBroken(t, p, step)
			testGoneInMidstream(t, p, l, step)
		})
	}
}

// unknownLength sends a body that is too large without saying so before.
func unknownLength(t *testing.T, p *process) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/echo/x", struct{ io.Reader }{strings.NewReader("0123456789a")})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 413 {
		t.Errorf("a body of unknown length that is too large: %s", resp.Status)
	}
}

// testGoneInMidstream: when a client goes away while it reads, the invocation's
// connection is closed, so that nothing of it is left.
func testGoneInMidstream(t *testing.T, p *process, l *lambda, step chan<- struct{}) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.URL+"/stream/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if line, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v", line, err)
	}
	before := l.open(l.all())
	cancel()
	waitFor(t, "the invocation's connection to be closed", func() bool { return l.open(l.all()) < before })
	for range 3 { // the function itself goes on, as in Lambda
		step <- struct{}{}
	}
}
