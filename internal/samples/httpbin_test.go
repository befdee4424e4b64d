package samples_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mccutchen/go-httpbin/v2/httpbin"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/samples"
	"github.com/vialambda/vialambda/locallambda"
)

// added are the request headers that a front door adds, which httpbin would
// show or build URLs from.
var added = []string{
	"X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id",
	"X-Amzn-Tls-Cipher-Suite", "X-Amzn-Tls-Version",
}

// notCompared are the response headers that belong to the connection: a server
// writes Date, and chunks what was flushed instead of counting it.
var notCompared = []string{"Date", "Content-Length"}

// plain is httpbin without what tells a front door from none: the headers that
// it adds, the client's address, and Content-Length, which REST events lack.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, name := range added {
			r.Header.Del(name)
		}
		r.Header.Del("Content-Length")
		r.RemoteAddr = "127.0.0.1:1"
		r.Host = "httpbin.lambda.internal"
		next.ServeHTTP(w, r)
	})
}

// What is random or a time of day in httpbin's answers.
var varying = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|"timestamp": ?[0-9]+|(nonce|opaque)="?[0-9a-f]+"?`)

type call struct {
	method, path string
	header       http.Header
	body         string
}

// calls has every endpoint of go-httpbin but /websocket/echo, which needs a
// connection, /trailers, since no format has trailers, /brotli, which go-httpbin
// does not implement, and /upload?delay, which is /upload.
var calls = []call{
	{"GET", "/", nil, ""},
	{"GET", "/encoding/utf8", nil, ""},
	{"GET", "/forms/post", nil, ""},
	{"GET", "/get?a=1&a=2&b=+x%26y&empty=&flag=", http.Header{"X-Test": {"1", "2"}, "Cookie": {"a=b; c=d"}}, ""},
	{"GET", "/get?b=%20x&a", nil, ""},
	{"HEAD", "/head", nil, ""},
	{"DELETE", "/delete", nil, ""},
	{"DELETE", "/delete", form, "a=1&b=2"},
	{"PATCH", "/patch", text, "patched"},
	{"POST", "/post", form, "a=1&b=%20&b=ü"},
	{"POST", "/post", http.Header{"Content-Type": {"application/json; charset=utf-8"}}, `{"<&>":"ü ","n":[1,2]}`},
	{"POST", "/post", http.Header{"Content-Type": {"application/octet-stream"}}, "\x00\xff\xfe binary"},
	{"POST", "/post", http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nfile\x00\xff\r\n--x--\r\n"},
	{"POST", "/post", nil, ""},
	{"PUT", "/put", text, "put"},
	{"PUT", "/get", nil, ""},
	{"GET", "/anything", nil, ""},
	{"OPTIONS", "/anything/a/b/", nil, ""},
	{"POST", "/anything/with%20space/%C3%BC", text, "ü\n\t\"quoted\" \\ \u2028"},
	{"GET", "/base64/aGVsbG8=", nil, ""},
	{"GET", "/base64/decode/aGVsbG8=", nil, ""},
	{"GET", "/base64/encode/hello", nil, ""},
	{"GET", "/basic-auth/user/pw", nil, ""},
	{"GET", "/basic-auth/user/pw", http.Header{"Authorization": {"Basic dXNlcjpwdw=="}}, ""},
	{"GET", "/bearer", http.Header{"Authorization": {"Bearer x"}}, ""},
	{"GET", "/bytes/1000?seed=1", nil, ""},
	{"GET", "/cache", nil, ""},
	{"GET", "/cache", http.Header{"If-Modified-Since": {"Wed, 21 Oct 2015 07:28:00 GMT"}}, ""},
	{"GET", "/cache/60", nil, ""},
	{"GET", "/cookies", http.Header{"Cookie": {"a=b; c=d"}}, ""},
	{"GET", "/cookies/delete?a=", nil, ""},
	{"GET", "/cookies/set?a=b&c=d", nil, ""},
	{"GET", "/deflate", nil, ""},
	{"GET", "/delay/0.01", nil, ""},
	{"GET", "/deny", nil, ""},
	{"GET", "/digest-auth/auth/user/pw", nil, ""},
	{"GET", "/digest-auth/auth/user/pw/SHA-256", nil, ""},
	{"GET", "/drip?duration=10ms&delay=0s&numbytes=5&code=201", nil, ""},
	{"GET", "/dump/request?a=b", nil, ""},
	{"GET", "/env", nil, ""},
	{"GET", "/etag/abc", nil, ""},
	{"GET", "/etag/abc", http.Header{"If-None-Match": {`"abc"`}}, ""},
	{"GET", "/gzip", nil, ""},
	{"GET", "/headers", http.Header{"X-A": {"1", "2"}, "Accept": {"text/html, */*;q=0.8"}}, ""},
	{"GET", "/hidden-basic-auth/user/pw", nil, ""},
	{"GET", "/hostname", nil, ""},
	{"GET", "/html", nil, ""},
	{"GET", "/image", http.Header{"Accept": {"image/webp"}}, ""},
	{"GET", "/image/png", nil, ""},
	{"GET", "/image/svg", nil, ""},
	{"GET", "/ip", nil, ""},
	{"GET", "/json", nil, ""},
	{"GET", "/jsonl?count=3&duration=10ms", nil, ""},
	{"GET", "/links/3", nil, ""},
	{"GET", "/links/3/1", nil, ""},
	{"GET", "/range/100", nil, ""},
	{"GET", "/range/100", http.Header{"Range": {"bytes=10-19"}}, ""},
	{"GET", "/redirect-to?url=https%3A%2F%2Fexample.com%2F%3Fa%3Db&status_code=307", nil, ""},
	{"GET", "/redirect/2", nil, ""},
	{"GET", "/relative-redirect/2", nil, ""},
	{"GET", "/response-headers?X-A=1&X-A=2&Content-Type=text/x", nil, ""},
	{"GET", "/robots.txt", nil, ""},
	{"GET", "/sse?count=2&duration=10ms", nil, ""},
	{"GET", "/status/204", nil, ""},
	{"GET", "/status/304", nil, ""},
	{"GET", "/status/418", nil, ""},
	{"GET", "/status/503", nil, ""},
	{"POST", "/status/201", nil, ""},
	{"GET", "/stream-bytes/1000?seed=1", nil, ""},
	{"GET", "/stream/3", nil, ""},
	{"GET", "/unstable?seed=1&failure_rate=1", nil, ""},
	{"POST", "/upload", text, "discarded"},
	{"GET", "/user-agent", http.Header{"User-Agent": {"me/1.0"}}, ""},
	{"GET", "/uuid", nil, ""},
	{"GET", "/version", nil, ""},
	{"GET", "/xml", nil, ""},
	{"GET", "/nosuch", nil, ""},
}

var (
	form = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	text = http.Header{"Content-Type": {"text/plain"}}
)

// TestHTTPBin: every endpoint answers through vialambda as over plain HTTP, in
// every format, buffered and streamed.
func TestHTTPBin(t *testing.T) {
	app := plain(httpbin.New())
	server := httptest.NewServer(app)
	defer server.Close()
	direct := &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: stay}
	defer direct.CloseIdleConnections()
	functions := locallambda.Functions{"httpbin": locallambda.HTTP(app)}

	for _, format := range []vialambda.Format{
		vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALB, vialambda.ALBMultiValue,
	} {
		for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream} {
			via := &http.Client{CheckRedirect: stay, Transport: &vialambda.Transport{
				Invoker: functions, Format: format, Mode: mode, DisableCompression: true,
			}}
			t.Run(format.String()+" "+mode.String(), func(t *testing.T) {
				for _, c := range calls {
					want, wantBody := c.send(t, direct, server.URL)
					got, gotBody := c.send(t, via, "http+lambda://httpbin")
					name := c.method + " " + c.path
					if got.StatusCode != want.StatusCode {
						t.Errorf("%s: status %d, over plain HTTP %d: %.200s", name, got.StatusCode, want.StatusCode, gotBody)
						continue
					}
					if excused(c, format) {
						continue
					}
					if want.Header.Get("Content-Type") == "" {
						got.Header.Del("Content-Type") // the format's default; of a 304, what net/http's server leaves out
					}
					compareHeaders(t, name, want.Header, got.Header)
					if !bytes.Equal(gotBody, wantBody) {
						t.Errorf("%s: body is\n%.500q, over plain HTTP\n%.500q", name, gotBody, wantBody)
					}
				}
			})
		}
	}
}

// excused are the cases where the format itself cannot say what was sent.
func excused(c call, format vialambda.Format) bool {
	multi := len(c.header["X-Test"]) > 1 || len(c.header["X-A"]) > 1
	respelled := c.path == "/get?b=%20x&a" // the query arrives decoded, its spelling is lost
	switch format {
	case vialambda.RESTAPI, vialambda.ALBMultiValue:
		return respelled
	case vialambda.HTTPAPI, vialambda.FunctionURL:
		// Repeated headers are joined with a comma, both ways.
		return multi || strings.Contains(c.path, "X-A=1&X-A=2")
	case vialambda.ALB: // the last of several values wins, both ways
		return respelled || multi || strings.Contains(c.path, "a=1&a=2") ||
			strings.Contains(c.path, "/cookies/set?a=b&c=d") || strings.Contains(c.path, "X-A=1&X-A=2")
	}
	return false
}

func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

func (c call) send(t *testing.T, client *http.Client, base string) (*http.Response, []byte) {
	t.Helper()
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = maps.Clone(c.header)
	if req.Header == nil {
		req.Header = http.Header{}
	}
	if req.Header["User-Agent"] == nil {
		req.Header.Set("User-Agent", "test")
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", c.method, c.path, err)
	}
	return resp, varying.ReplaceAll(got, []byte("*"))
}

func compareHeaders(t *testing.T, name string, want, got http.Header) {
	t.Helper()
	for _, h := range []http.Header{want, got} {
		for _, skip := range notCompared {
			h.Del(skip)
		}
		for key, values := range h {
			for i := range values {
				values[i] = varying.ReplaceAllString(values[i], "*")
			}
			if key == "Set-Cookie" {
				slices.Sort(values) // httpbin sets them in random order
			}
		}
	}
	for key := range want {
		if strings.Join(got[key], "|") != strings.Join(want[key], "|") {
			t.Errorf("%s: %s is %q, over plain HTTP %q", name, key, got[key], want[key])
		}
	}
	for key := range got {
		if want[key] == nil {
			t.Errorf("%s: %s: %q is not there over plain HTTP", name, key, got[key])
		}
	}
}

func TestSamples(t *testing.T) {
	client := &http.Client{Transport: &vialambda.Transport{Invoker: samples.Functions()}}
	for target, want := range map[string]string{
		"http+lambda://flaskexp-test/health": `{"status":"UP"}`,
		"http+lambda://echo/a":               `"path":"/a"`,
		"http+lambda://httpbin/robots.txt":   "Disallow",
	} {
		resp, err := client.Get(target)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(body), want) {
			t.Errorf("%s: %s", target, body)
		}
	}
}
