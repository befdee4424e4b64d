package docscheck

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// What follows, to the mark, is docs/migrating/kong.md's.

// Kong is an http.RoundTripper for a function that was written for Kong's
// aws-lambda plugin with forward_request_method, _uri, _headers and _body, and
// is_proxy_integration. Lambda must be a *vialambda.Transport with Format Raw.
type Kong struct{ Lambda http.RoundTripper }

func (k Kong) RoundTrip(req *http.Request) (*http.Response, error) {
	payload, err := kongEvent(req)
	if err != nil {
		return nil, err
	}
	call := req.Clone(req.Context())
	call.Body, call.ContentLength, call.GetBody = io.NopCloser(bytes.NewReader(payload)), int64(len(payload)), nil
	if req.Method == http.MethodHead {
		call.Method = http.MethodGet // the answer has a body all the same
	}
	resp, err := k.Lambda.RoundTrip(call)
	if err != nil {
		return nil, err // also if the function failed, where Kong answers 200
	}
	defer resp.Body.Close()
	return kongAnswer(req, resp.Body)
}

func kongEvent(req *http.Request) ([]byte, error) {
	var body []byte
	if req.Body != nil {
		var err error
		body, err = io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	event := map[string]any{
		"request_method":   req.Method,
		"request_uri":      req.URL.RequestURI(),
		"request_uri_args": oneOrMany(req.URL.Query()),
		"request_body":     string(body),
	}
	headers := map[string][]string{"host": {cmp.Or(req.Host, req.URL.Host)}}
	for name, values := range req.Header {
		headers[strings.ToLower(name)] = values
	}
	event["request_headers"] = oneOrMany(headers)

	contentType := req.Header.Get("Content-Type")
	switch {
	case strings.HasPrefix(contentType, "application/json"):
		var args any
		if json.Unmarshal(body, &args) == nil {
			event["request_body_args"] = args
		}
	case strings.HasPrefix(contentType, "application/x-www-form-urlencoded"):
		args, _ := url.ParseQuery(string(body)) // what can be read of it
		event["request_body_args"] = oneOrMany(args)
	default: // Kong reads multipart/form-data too
		event["request_body_args"] = struct{}{}
		switch contentType { // with charset=… they are none of these
		case "text/plain", "text/html", "application/xml", "text/xml", "application/soap+xml":
		default:
			event["request_body"] = base64.StdEncoding.EncodeToString(body)
			event["request_body_base64"] = true
		}
	}
	return json.Marshal(event)
}

// oneOrMany is a string where there is one value and a list where there are more.
func oneOrMany(values map[string][]string) map[string]any {
	all := make(map[string]any, len(values))
	for name, v := range values {
		all[name] = v
		if len(v) == 1 {
			all[name] = v[0]
		}
	}
	return all
}

func kongAnswer(req *http.Request, payload io.Reader) (*http.Response, error) {
	var answer struct {
		StatusCode        json.Number         `json:"statusCode"`
		Headers           map[string]any      `json:"headers"`
		MultiValueHeaders map[string][]string `json:"multiValueHeaders"`
		Body              string              `json:"body"`
		IsBase64Encoded   bool                `json:"isBase64Encoded"`
	}
	if err := json.NewDecoder(payload).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the function's answer is no HTTP response: %w", err)
	}
	status, err := strconv.Atoi(answer.StatusCode.String())
	if err != nil || status < 200 || status > 599 {
		return nil, fmt.Errorf("the function answered with status %q", answer.StatusCode)
	}
	body := []byte(answer.Body)
	if answer.IsBase64Encoded {
		if body, err = base64.StdEncoding.DecodeString(answer.Body); err != nil {
			return nil, fmt.Errorf("the function's answer is no base64: %w", err)
		}
	}
	header := http.Header{}
	for name, value := range answer.Headers {
		header.Set(name, fmt.Sprint(value))
	}
	for name, values := range answer.MultiValueHeaders {
		header[http.CanonicalHeaderKey(name)] = values
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if req.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// The mark.

// forKong is a function that was written for Kong: it shows what it got.
func forKong(_ context.Context, payload []byte) ([]byte, error) {
	var event map[string]any
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	if event["request_uri"] == "/fail" {
		return nil, fmt.Errorf("failed on purpose")
	}
	return json.Marshal(map[string]any{
		"statusCode": 201, "headers": map[string]any{"Content-Type": "application/json", "X-N": 7},
		"multiValueHeaders": map[string]any{"Set-Cookie": []string{"a=1", "b=2"}},
		"body":              base64.StdEncoding.EncodeToString(payload), "isBase64Encoded": true,
	})
}

func TestKong(t *testing.T) {
	client := &http.Client{Transport: Kong{&vialambda.Transport{
		Invoker: locallambda.Functions{"orders": locallambda.Func(forKong)}, Format: vialambda.Raw,
	}}}
	for _, tc := range []struct{ name, method, path, contentType, body, want string }{
		{"GET", "GET", "/items?a=1&a=2&b=x+y", "", "", `{"request_body":"","request_body_args":{},"request_body_base64":true,` +
			`"request_headers":{"host":"orders","x-many":["1","2"]},"request_method":"GET","request_uri":"/items?a=1\u0026a=2\u0026b=x+y","request_uri_args":{"a":["1","2"],"b":"x y"}}`},
		{"JSON", "POST", "/", "application/json", `{"n":1}`, `{"request_body":"{\"n\":1}","request_body_args":{"n":1},` +
			`"request_headers":{"content-type":"application/json","host":"orders","x-many":["1","2"]},"request_method":"POST","request_uri":"/","request_uri_args":{}}`},
		{"form", "POST", "/", "application/x-www-form-urlencoded", `p=1&q=%20`, `{"request_body":"p=1\u0026q=%20","request_body_args":{"p":"1","q":" "},` +
			`"request_headers":{"content-type":"application/x-www-form-urlencoded","host":"orders","x-many":["1","2"]},"request_method":"POST","request_uri":"/","request_uri_args":{}}`},
		{"text", "PUT", "/", "text/plain", "hi", `{"request_body":"hi","request_body_args":{},` +
			`"request_headers":{"content-type":"text/plain","host":"orders","x-many":["1","2"]},"request_method":"PUT","request_uri":"/","request_uri_args":{}}`},
		{"binary", "PUT", "/", "image/png", "\xff", `{"request_body":"/w==","request_body_args":{},"request_body_base64":true,` +
			`"request_headers":{"content-type":"image/png","host":"orders","x-many":["1","2"]},"request_method":"PUT","request_uri":"/","request_uri_args":{}}`},
		{"HEAD", "HEAD", "/", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp := send(t, client, tc.method, tc.path, tc.contentType, tc.body)
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != tc.want {
				t.Errorf("the function got\n%s, %v, want\n%s", got, err, tc.want)
			}
			if resp.StatusCode != 201 || resp.Header.Get("X-N") != "7" || len(resp.Cookies()) != 2 {
				t.Errorf("answered %s %v", resp.Status, resp.Header)
			}
		})
	}
	if _, err := client.Get("http+lambda://orders/fail"); err == nil || !strings.Contains(err.Error(), "failed on purpose") {
		t.Errorf("a function that fails: %v", err)
	}
}

// TestKongGateway: the envelope for clients in other languages.
func TestKongGateway(t *testing.T) {
	gw, err := gateway.New(gateway.Config{
		Invoker: locallambda.Functions{"orders": locallambda.Func(forKong)},
		Targets: map[string]gateway.Target{"orders": {Target: vialambda.Target{Format: vialambda.Raw}}},
		ByName:  []string{"orders"},
		Wrap:    func(next http.RoundTripper) http.RoundTripper { return Kong{next} },
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/orders/items?limit=10": 201, "/orders/fail": 502} {
		w := httptest.NewRecorder()
		gw.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1"+path, nil))
		if got := w.Body.String(); w.Code != want || want == 201 && !strings.Contains(got, `"request_uri":"/items?limit=10"`) {
			t.Errorf("%s: %d %s", path, w.Code, got)
		}
	}
}

func send(t *testing.T, client *http.Client, method, path, contentType, body string) *http.Response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, vialambda.Scheme+"://orders"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header["X-Many"] = []string{"1", "2"}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}
