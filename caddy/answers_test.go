package caddyvialambda

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestCaddyAnswersForFunctionsThatDoNot goes all the way: client, Caddy, the
// Invoke API. Clients learn the status, the log the cause.
func TestCaddyAnswersForFunctionsThatDoNot(t *testing.T) {
	release, started := make(chan struct{}), make(chan struct{}, 1)
	events := make(chan vialambda.Invocation, 1)
	t.Cleanup(func() { close(release) })
	l := startLambda(t, locallambda.Functions{
		"fails": locallambda.Func(func(context.Context, []byte) ([]byte, error) { return nil, errors.New("boom " + secret) }),
		"malformed": locallambda.Func(func(context.Context, []byte) ([]byte, error) {
			return []byte(`{"statusCode":1000,"x":"` + secret + `"}`), nil
		}),
		"slow": locallambda.Func(func(context.Context, []byte) ([]byte, error) {
			select {
			case started <- struct{}{}:
			default:
			}
			<-release
			return nil, nil
		}),
		"throttled": &locallambda.Faults{Rules: []locallambda.FaultRule{{Error: locallambda.Throttle(2e9)}}},
		"big":       locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte(`{"statusCode":200}`), nil }),
		"told": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			events <- *in
			return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(`{"statusCode":200}`))}, nil
		}),
	}, "")
	sites := ""
	for _, format := range []string{"rest-api", "http-api"} {
		for _, function := range []string{"fails", "malformed", "slow", "throttled", "missing"} {
			sites += "handle /" + format + "/" + function + " {\nreverse_proxy " + function + " {\ntransport lambda {\nformat " + format + "\ntimeout 2s\n}\n}\n}\n"
		}
	}
	sites += "handle /patient {\nreverse_proxy slow {\ntransport lambda\n}\n}\n"
	sites += "handle /big {\nreverse_proxy big {\ntransport lambda {\nmax_body 10\n}\n}\n}\n"
	sites += "handle /caddy {\nrequest_body {\nmax_size 10\n}\nreverse_proxy big {\ntransport lambda\n}\n}\n"
	sites += "handle /told {\nreverse_proxy told {\ntransport lambda {\nasync\ntenant {header.X-Tenant}\nclient_context `{\"custom\":{\"a\":\"{env.AWS_ACCESS_KEY_ID}\"}}`\nproblem_json\n}\n}\n}\n"
	p, _ := startCaddy(t, "lambda {\nregion eu-west-1\nmax_attempts 1\nendpoint_url "+l.URL+"\n}", sites)

	for path, want := range map[string]int{
		"/rest-api/fails": 502, "/http-api/fails": 500, "/rest-api/malformed": 502, "/http-api/malformed": 500,
		"/rest-api/slow": 504, "/http-api/slow": 504, "/rest-api/throttled": 429, "/http-api/throttled": 429,
		"/rest-api/missing": 502, "/http-api/missing": 502,
	} {
		resp, body := p.do(t, "POST", path, "x")
		if resp.StatusCode != want || !strings.Contains(body, `"message"`) || resp.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %s %s, want %d", path, resp.Status, body, want)
		}
		if wait := resp.Header.Get("Retry-After"); want == 429 && wait != "2" {
			t.Errorf("%s: Retry-After %q", path, wait)
		}
		if strings.Contains(body, "arn:") || strings.Contains(body, "boom") || strings.Contains(body, "ResourceNotFound") {
			t.Errorf("A5 %s: the client is told %s", path, body)
		}
	}
	for _, cause := range []string{"boom " + secret, "ResourceNotFoundException", "Rate Exceeded", "malformed answer"} {
		if !strings.Contains(p.logged(), cause) {
			t.Errorf("the log does not have %q", cause)
		}
	}
	for path, body := range map[string]string{"/big": `"message"`, "/caddy": ""} {
		if resp, text := p.do(t, "POST", path, strings.Repeat("x", 11)); resp.StatusCode != 413 || !strings.Contains(text, body) {
			t.Errorf("%s: %s %s", path, resp.Status, text)
		}
		if resp, text := p.do(t, "POST", path, strings.Repeat("x", 10)); resp.StatusCode != 200 {
			t.Errorf("%s: %s %s", path, resp.Status, text)
		}
	}
	t.Run("tenant, client context, asynchronous call", func(t *testing.T) {
		if resp, body := p.do(t, "POST", "/told", "x", "X-Tenant", "blue"); resp.StatusCode != 200 {
			t.Fatalf("%s %s", resp.Status, body)
		}
		in := <-events
		if in.TenantID != "blue" || string(in.ClientContext) != `{"custom":{"a":"AKIDEXAMPLE"}}` {
			t.Errorf("tenant %q, client context %s", in.TenantID, in.ClientContext)
		}
		if resp, _ := p.do(t, "POST", "/told", "x", "X-Tenant", "blue", "Prefer", "respond-async"); resp.StatusCode != 202 {
			t.Errorf("asynchronous: %s", resp.Status)
		}
		<-events
		for _, tenant := range []string{"", "blue\u00fc"} {
			resp, body := p.do(t, "POST", "/told", "x", "X-Tenant", tenant)
			if resp.StatusCode != 400 || resp.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"request_id"`) {
				t.Errorf("tenant %q: %s %s", tenant, resp.Status, body)
			}
		}
	})
	t.Run("a client that goes away", func(t *testing.T) {
		<-started // what was called before
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		req, _ := http.NewRequestWithContext(ctx, "POST", p.URL+"/patient", nil)
		go func() {
			<-started
			cancel()
		}()
		if resp, err := p.client.Do(req); err == nil {
			resp.Body.Close()
			t.Errorf("answered with %s", resp.Status)
		}
		p.waitLog(t, "the client went away; the function may still run")
	})
	t.Run("upgrade", func(t *testing.T) {
		dialer := tls.Dialer{Config: &tls.Config{RootCAs: p.roots}} // HTTP/1.1
		conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(p.URL, "https://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		req, _ := http.NewRequestWithContext(t.Context(), "GET", p.URL+"/big", nil)
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "websocket")
		if err := req.Write(conn); err != nil {
			t.Fatal(err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 501 || !strings.Contains(string(body), "Upgrade is refused") {
			t.Errorf("%s %s", resp.Status, body)
		}
	})
}
