package vialambda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

func TestTrapE8Redirects(t *testing.T) {
	for _, tc := range []struct{ name, url, location, want string }{
		{"absolute to the event's host", "http+lambda://f/a", "https://f.lambda.internal/a/?x=1", "http+lambda://f/a/?x=1"},
		{"http, as Starlette has it behind no proxy headers", "http+lambda://f/a", "http://f.lambda.internal/a/", "http+lambda://f/a/"},
		{"default port", "http+lambda://f/a", "https://f.lambda.internal:443/a/", "http+lambda://f/a/"},
		{"without scheme", "http+lambda://f/a", "//f.lambda.internal/a/", "http+lambda://f/a/"},
		{"in capitals", "http+lambda://f/a", "https://F.Lambda.Internal/a/", "http+lambda://f/a/"},
		{"qualifier", "http+lambda://prod.f/a", "https://prod.f.lambda.internal/a/", "http+lambda://prod.f/a/"},
		{"version as port", "http+lambda://f:42/a", "https://42.f.lambda.internal/a/", "http+lambda://f:42/a/"},
		{"over http", "http://f.lambda.internal:8080/a", "https://f.lambda.internal/a/", "http://f.lambda.internal:8080/a/"},
		{"relative stays", "http+lambda://f/a", "/a/", "/a/"},
		{"relative to the path stays", "http+lambda://f/a", "b", "b"},
		{"a stranger stays", "http+lambda://f/a", "https://example.com/", "https://example.com/"},
		{"another function stays", "http+lambda://f/a", "https://g.lambda.internal/", "https://g.lambda.internal/"},
		{"a lookalike stays", "http+lambda://f/a", "https://f.lambda.internal.example.com/", "https://f.lambda.internal.example.com/"},
		{"another port stays", "http+lambda://f/a", "https://f.lambda.internal:8443/", "https://f.lambda.internal:8443/"},
		{"not a URL stays", "http+lambda://f/a", "https://%zz/", "https://%zz/"},
	} {
		for _, header := range []string{"Location", "content-location"} {
			resp, _ := get(t, &vialambda.Transport{Invoker: answering(`{"statusCode":307,"headers":{"` + header + `":"` + tc.location + `"}}`)}, tc.url)
			if got := resp.Header.Get(header); got != tc.want {
				t.Errorf("%s: %s is %q, want %q", tc.name, header, got, tc.want)
			}
		}
	}
}

// TestTrapE8Followed follows the slash redirects of FastAPI and Flask, with
// Authorization and a cookie: all of it reaches the function and nothing else.
func TestTrapE8Followed(t *testing.T) {
	for name, location := range map[string]string{
		"FastAPI": "https://%s/items/",
		"Flask":   "http://%s/items/?a=b",
	} {
		var seen []map[string]any
		tr := &vialambda.Transport{Format: vialambda.RESTAPI, Invoker: vialambda.InvokerFunc(
			func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				var e map[string]any
				if err := json.Unmarshal(in.Payload, &e); err != nil {
					return nil, err
				}
				seen = append(seen, e)
				host := e["headers"].(map[string]any)["Host"].(string)
				if e["path"] == "/items" {
					return result(`{"statusCode":307,"headers":{"location":"` + strings.ReplaceAll(location, "%s", host) + `","set-cookie":"s=1; Path=/; Secure; HttpOnly"}}`), nil
				}
				return result(ok), nil
			})}
		jar, _ := cookiejar.New(nil)
		base := &strangers{t: t}
		c := &http.Client{Transport: vialambda.Mount(base, tr), Jar: vialambda.CookieJar(jar)}
		req := newRequest(t, "GET", "http+lambda://api/items", nil)
		req.Header.Set("Authorization", "Bearer secret")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(name, err)
		}
		resp.Body.Close()
		if len(seen) != 2 {
			t.Fatalf("%s: the function was called %d times", name, len(seen))
		}
		h := seen[1]["headers"].(map[string]any)
		if h["Authorization"] != "Bearer secret" || h["Cookie"] != "s=1" || seen[1]["path"] != "/items/" {
			t.Errorf("%s: second event has %v", name, seen[1])
		}
		if resp.Request.URL.Scheme != vialambda.Scheme {
			t.Errorf("%s: ended at %v", name, resp.Request.URL)
		}
	}
}

// strangers fails the test if anything goes out over the network.
type strangers struct{ t *testing.T }

func (s *strangers) RoundTrip(req *http.Request) (*http.Response, error) {
	s.t.Errorf("a request went to %v", req.URL)
	return nil, io.EOF
}

func TestTrapE1Cookies(t *testing.T) {
	inner, _ := cookiejar.New(nil)
	jar := vialambda.CookieJar(inner)
	u := func(s string) *url.URL { return mustURL(t, s) }
	cookie := func(name, domain string) *http.Cookie {
		return &http.Cookie{Name: name, Value: "1", Domain: domain, Path: "/", Secure: true}
	}
	jar.SetCookies(u("http+lambda://orders/login"), []*http.Cookie{
		cookie("own", ""), cookie("domain", "orders.lambda.internal"), cookie("wide", ".lambda.internal"),
	})
	jar.SetCookies(u("http+lambda://prod.orders/"), []*http.Cookie{cookie("prod", "orders.lambda.internal")})
	jar.SetCookies(u("http+lambda://Orders/"), []*http.Cookie{cookie("capital", "")})
	jar.SetCookies(u("https://example.com/"), []*http.Cookie{cookie("web", "")})
	for target, want := range map[string]string{
		"http+lambda://orders/a":           "own domain wide",
		"http://orders.lambda.internal/a":  "own domain wide",
		"https://orders.lambda.internal/a": "own domain wide",
		"http+lambda://prod.orders/a":      "prod",
		"http+lambda://orders:prod":        "",
		"http+lambda://Orders/a":           "capital",
		"http+lambda://billing/a":          "",
		"http://billing.lambda.internal/a": "",
		"https://example.com/":             "web",
		"http+lambda://example.com/":       "",
		"http+lambda://a.b.c/":             "",
	} {
		parsed, err := url.Parse(target)
		if err != nil {
			continue // orders:prod is no URL
		}
		var names []string
		for _, c := range jar.Cookies(parsed) {
			names = append(names, c.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s gets %q, want %q", target, got, want)
		}
	}
	given := cookie("x", "orders.lambda.internal")
	jar.SetCookies(u("http+lambda://orders/"), []*http.Cookie{given})
	if given.Domain == "" {
		t.Error("the caller's cookie was changed")
	}
}

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, s)
	w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func TestGzip(t *testing.T) {
	answer := `{"statusCode":200,"isBase64Encoded":true,"headers":{"Content-Encoding":"gzip","Content-Type":"text/plain"},"body":"` + gzipped("hello") + `"}`
	for _, tc := range []struct {
		name, method, accept string
		disabled, ranged     bool
		asked                any
		decoded              bool
	}{
		{"asked for", "GET", "", false, false, "gzip", true},
		{"the caller asks", "GET", "gzip", false, false, "gzip", false},
		{"the caller asks for another", "GET", "br", false, false, "br", false},
		{"switched off", "GET", "", true, false, nil, false},
		{"HEAD", "HEAD", "", false, false, nil, false},
		{"a range", "GET", "", false, true, nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(answer)
			req := newRequest(t, tc.method, "http+lambda://f/", nil)
			if tc.accept != "" {
				req.Header.Set("Accept-Encoding", tc.accept)
			}
			if tc.ranged {
				req.Header.Set("Range", "bytes=0-1")
			}
			resp, body := roundTrip(t, &vialambda.Transport{Invoker: f, DisableCompression: tc.disabled}, req)
			if got := f.event(t)["headers"].(map[string]any)["Accept-Encoding"]; got != tc.asked {
				t.Errorf("Accept-Encoding is %v, want %v", got, tc.asked)
			}
			if resp.Uncompressed != tc.decoded || (body == "hello") != tc.decoded || (resp.Header.Get("Content-Encoding") == "") != tc.decoded {
				t.Errorf("Uncompressed %v, body %q, %v", resp.Uncompressed, body, resp.Header)
			}
			if tc.decoded && (resp.ContentLength != -1 || resp.Header.Get("Content-Length") != "") {
				t.Errorf("length %d", resp.ContentLength)
			}
		})
	}
	t.Run("not gzip after all", func(t *testing.T) {
		resp, err := (&vialambda.Transport{Invoker: answering(`{"statusCode":200,"headers":{"Content-Encoding":"gzip"},"body":"plain"}`)}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Error("no error")
		}
	})
}

func TestAsync(t *testing.T) {
	for _, tc := range []struct {
		name, prefer string
		target       vialambda.Target
		forced       bool
		typ          vialambda.InvocationType
		status       int
		applied      string
	}{
		{"preferred and allowed", "respond-async, wait=10", vialambda.Target{Async: true}, false, vialambda.Event, 202, "respond-async"},
		{"preferred, not allowed", "respond-async", vialambda.Target{}, false, vialambda.RequestResponse, 200, ""},
		{"allowed, not preferred", "return=minimal", vialambda.Target{Async: true}, false, vialambda.RequestResponse, 200, ""},
		{"quoted, so another preference", `x="a, respond-async, b"`, vialambda.Target{Async: true}, false, vialambda.RequestResponse, 200, ""},
		{"in capitals with a parameter", "Respond-Async; x=1", vialambda.Target{Async: true}, false, vialambda.Event, 202, "respond-async"},
		{"by option", "", vialambda.Target{Async: true}, true, vialambda.Event, 202, ""},
		{"dry run", "", vialambda.Target{DryRun: true}, true, vialambda.DryRun, 204, ""},
		{"a stream's dry run", "", vialambda.Target{DryRun: true, Mode: vialambda.Stream}, true, vialambda.DryRun, 204, ""},
	} {
		t.Run("A6 "+tc.name, func(t *testing.T) {
			f := &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
				func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
					if in.Type == vialambda.RequestResponse {
						return result(`{"statusCode":200}`), nil
					}
					r := result("")
					r.Status = map[vialambda.InvocationType]int{vialambda.Event: 202, vialambda.DryRun: 204}[in.Type]
					return r, nil
				}}}
			tr := &vialambda.Transport{Invoker: f, Targets: vialambda.Targets{"f": tc.target}}
			req := newRequest(t, "POST", "http+lambda://f/", nil)
			if tc.forced {
				tr.Targets = nil
				req = req.WithContext(vialambda.WithTarget(req.Context(), tc.target))
			}
			if tc.prefer != "" {
				req.Header.Set("Prefer", tc.prefer)
			}
			resp, _ := roundTrip(t, tr, req)
			if got := f.last(t).Type; got != tc.typ || resp.StatusCode != tc.status || resp.Header.Get("Preference-Applied") != tc.applied {
				t.Errorf("%v, status %d, %v", got, resp.StatusCode, resp.Header)
			}
			if tc.status == 202 && resp.Header.Get("X-Amzn-RequestId") == "" {
				t.Error("no request id")
			}
		})
	}
}

func TestTraceHeader(t *testing.T) {
	for _, tc := range []struct{ name, header, value, want string }{
		{"X-Ray", "X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1", "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1"},
		{"W3C", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"},
		{"W3C, not sampled", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=0"},
		{"W3C, a later version", "Traceparent", "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0b-more", "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled=1"},
		{"W3C, zero", "Traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01", ""},
		{"W3C, capitals", "Traceparent", "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", ""},
		{"W3C, short", "Traceparent", "00-0af7", ""},
		{"none", "X-A", "1", ""},
	} {
		f := answering(ok)
		req := newRequest(t, "GET", "http+lambda://f/", nil)
		req.Header.Set(tc.header, tc.value)
		roundTrip(t, &vialambda.Transport{Invoker: f}, req)
		if got := f.last(t).TraceHeader; got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
		h := f.event(t)["headers"].(map[string]any)
		if h[tc.header] != tc.value || h["X-Amzn-Trace-Id"] == "" {
			t.Errorf("%s: event headers are %v", tc.name, h)
		}
	}
}

func TestRaw(t *testing.T) {
	f := answering(`[1, 2]`)
	req := newRequest(t, "POST", "http+lambda://f/ignored", strings.NewReader(`{"a":"b"}`))
	resp, body := roundTrip(t, &vialambda.Transport{Invoker: f, Format: vialambda.Raw}, req)
	if got := string(f.last(t).Payload); got != `{"a":"b"}` {
		t.Errorf("payload is %q", got)
	}
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || body != "[1, 2]" {
		t.Errorf("%d %v %q", resp.StatusCode, resp.Header, body)
	}
	resp, body = get(t, &vialambda.Transport{Invoker: streaming(&chunks{parts: []string{`{"statusCode":404}`, "\n"}}), Format: vialambda.Raw, Mode: vialambda.Stream}, "http+lambda://f/")
	if resp.StatusCode != 200 || body != "{\"statusCode\":404}\n" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
}

func TestTrapB16APIHeadersStayOut(t *testing.T) {
	f := answering(ok)
	req := newRequest(t, "GET", "http+lambda://f/", nil)
	resp, _ := roundTrip(t, &vialambda.Transport{Invoker: f}, req)
	for name := range resp.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-am") {
			t.Errorf("%s came through", name)
		}
	}
	if f.last(t).LogTail {
		t.Error("the log was asked for")
	}
}
