package caddyvialambda

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// seen is what the function app tells of a request.
type seen struct {
	Method, URI, Host, Remote string
	Header                    http.Header
	Body                      []byte
}

// app is a function that answers HTTP events.
func app(step <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo/", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(seen{r.Method, r.RequestURI, r.Host, r.RemoteAddr, r.Header, body})
	})
	mux.HandleFunc("/binary", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(allBytes())
	})
	mux.HandleFunc("/cookies", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("/unchanged", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Etag", `"1"`)
		w.WriteHeader(http.StatusNotModified)
	})
	mux.HandleFunc("/slash", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://"+r.Host+"/slash/?a=b")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	mux.HandleFunc("/events", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: %d\n\n", i)
			w.(http.Flusher).Flush()
			<-step
		}
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		<-step
		panic(http.ErrAbortHandler)
	})
	return mux
}

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

var formats = []string{"rest-api", "http-api", "function-url", "alb", "alb-multi-value"}

func TestCaddyCallsFunctionsInEveryFormat(t *testing.T) {
	step := make(chan struct{})
	l := startLambda(t, locallambda.Functions{
		"app": locallambda.HTTP(app(step)),
		"raw": locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) { return bytes.ToUpper(payload), nil }),
	}, "")
	global := "lambda {\n\tregion eu-west-1\n\tendpoint_url " + l.URL + "\n"
	sites := ""
	for _, format := range formats {
		global += "target " + format + " {\n\tfunction app\n\tformat " + format + "\n}\n"
		sites += "handle_path /" + format + "/* {\n\treverse_proxy " + format + " {\n\ttransport lambda\n}\n}\n"
	}
	sites += "handle_path /stream/* {\n\treverse_proxy app {\n\ttransport lambda {\n\tformat function-url\n\tmode stream\n}\n}\n}\n"
	sites += "handle /raw {\n\treverse_proxy raw {\n\ttransport lambda {\n\tformat raw\n}\n}\n}\n"
	sites += "@names host *.fn.localhost\nhandle @names {\n\treverse_proxy {labels.2} {\n\ttransport lambda {\n\ttarget app\n}\n}\n}\n"
	p, _ := startCaddy(t, global+"}", sites)
	t.Cleanup(func() { close(step) }) // lets go of what a failed test has left waiting

	for _, format := range formats {
		t.Run(format, func(t *testing.T) { testFormat(t, p, "/"+format) })
	}
	t.Run("raw", func(t *testing.T) {
		if resp, body := p.do(t, "POST", "/raw", `{"a":"b"}`); resp.StatusCode != 200 || body != `{"A":"B"}` {
			t.Errorf("%s %s", resp.Status, body)
		}
	})
	t.Run("SSE", func(t *testing.T) { testEvents(t, p, step) })
	t.Run("D4 a stream that breaks off breaks the client's connection", func(t *testing.T) { testBroken(t, p, step) })
	t.Run("host name", func(t *testing.T) {
		_, port, _ := strings.Cut(strings.TrimPrefix(p.URL, "https://"), ":")
		resp, body := p.do(t, "GET", "https://app.fn.localhost:"+port+"/echo/x", "")
		var got seen
		if err := json.Unmarshal([]byte(body), &got); err != nil || got.URI != "/echo/x" {
			t.Errorf("%s: %s", resp.Status, body)
		}
		resp, body = p.do(t, "GET", "https://other.fn.localhost:"+port+"/echo/x", "")
		if resp.StatusCode != http.StatusNotFound || !strings.Contains(body, "no such function") {
			t.Errorf("E7: a function that is not configured: %s: %s", resp.Status, body)
		}
	})
	t.Run("log", func(t *testing.T) {
		p.do(t, "GET", "/rest-api/echo/logged", "", "X-Request-Id", "find-me")
		p.waitLog(t, `"lambda":{"request_id":"find-me","target":"rest-api","function":"app","version":"$LATEST","lambda_request_id":"`)
	})
}

func testFormat(t *testing.T, p *process, prefix string) {
	resp, body := p.do(t, "POST", prefix+"/echo/a%20b?x=1&x=2", "\x00\xff", "Content-Type", "application/octet-stream", "Cookie", "c=1; d=2",
		"X-Forwarded-For", "9.9.9.9", "X-Forwarded-Port", "1", "X-Forwarded-Prefix", "/evil", "Forwarded", "for=9.9.9.9", "X-Real-Ip", "9.9.9.9", "X-Amzn-Oidc-Identity", "root")
	var got seen
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%s: %s", resp.Status, body)
	}
	uri := "/echo/a%20b?x=1&x=2"
	if prefix == "/alb" {
		uri = "/echo/a%20b?x=2" // its events have the last value alone
	}
	if got.Method != "POST" || got.URI != uri || "https://"+got.Host != p.URL || string(got.Body) != "\x00\xff" {
		t.Errorf("the function got %+v", got)
	}
	_, port, _ := strings.Cut(got.Host, ":")
	for name, want := range map[string]string{
		"Cookie": "c=1; d=2", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Port": port, "X-Forwarded-Host": got.Host,
		"X-Forwarded-Prefix": "", "Forwarded": "", "X-Real-Ip": "", "X-Amzn-Oidc-Identity": "", "X-Request-Id": resp.Header.Get("X-Request-Id"),
	} {
		if have := got.Header.Get(name); have != want {
			t.Errorf("%s is %q, want %q", name, have, want)
		}
	}
	if !strings.HasPrefix(got.Remote, "127.0.0.1:") || resp.Header.Get("X-Request-Id") == "" || resp.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("from %s, answered with %v", got.Remote, resp.Header)
	}
	if resp, body := p.do(t, "GET", prefix+"/binary", ""); body != string(allBytes()) || resp.ContentLength != 256 {
		t.Errorf("binary: %d bytes of %d", len(body), resp.ContentLength)
	}
	resp, _ = p.do(t, "GET", prefix+"/cookies", "")
	if cookies := resp.Cookies(); resp.StatusCode != 204 || len(cookies) == 0 || prefix != "/alb" && len(cookies) != 2 {
		t.Errorf("%d with the cookies %v", resp.StatusCode, cookies)
	}
	resp, _ = p.do(t, "GET", prefix+"/slash", "")
	if location := resp.Header.Get("Location"); resp.StatusCode != 307 || location != p.URL+"/slash/?a=b" {
		t.Errorf("E8: %d, Location %q", resp.StatusCode, location)
	}
	if resp, _ := p.do(t, "HEAD", prefix+"/binary", ""); resp.StatusCode != 200 {
		t.Errorf("HEAD: %s", resp.Status)
	}
}

// testEvents lets the function go on only when its last event has arrived.
func testEvents(t *testing.T, p *process, step chan<- struct{}) {
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/stream/events", nil)
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for i := range 3 {
		line, err := lines.ReadString('\n')
		if err != nil || line != fmt.Sprintf("data: %d\n", i) {
			t.Fatalf("%q, %v", line, err)
		}
		_, _ = lines.ReadString('\n')
		step <- struct{}{}
	}
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("after the last event: %q, %v", rest, err)
	}
}

func testBroken(t *testing.T, p *process, step chan<- struct{}) {
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/stream/broken", nil)
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	half := make([]byte, 4)
	if _, err := io.ReadFull(resp.Body, half); err != nil || string(half) != "half" {
		t.Fatalf("%q, %v", half, err)
	}
	step <- struct{}{}
	if rest, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("a clean end after %q", rest)
	}
}
