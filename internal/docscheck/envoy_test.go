package docscheck

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// What follows, to the mark, is docs/migrating/envoy.md's.

// Envoy is an http.RoundTripper for a function that was written for Envoy's
// aws_lambda filter without payload_passthrough. Lambda must be a
// *vialambda.Transport with Format Raw.
type Envoy struct{ Lambda http.RoundTripper }

func (e Envoy) RoundTrip(req *http.Request) (*http.Response, error) {
	payload, err := envoyEvent(req)
	if err != nil {
		return nil, err
	}
	call := req.Clone(req.Context())
	call.Body, call.ContentLength, call.GetBody = io.NopCloser(bytes.NewReader(payload)), int64(len(payload)), nil
	if req.Method == http.MethodHead {
		call.Method = http.MethodGet // the answer has a body all the same
	}
	resp, err := e.Lambda.RoundTrip(call)
	if err != nil {
		return nil, err // also if the function failed, where Envoy answers 200
	}
	defer resp.Body.Close()
	return envoyAnswer(req, resp.Body)
}

func envoyEvent(req *http.Request) ([]byte, error) {
	event := struct {
		RawPath  string            `json:"raw_path"`
		Method   string            `json:"method"`
		Headers  map[string]string `json:"headers"`
		Query    map[string]string `json:"query_string_parameters"`
		Body     string            `json:"body"`
		IsBase64 bool              `json:"is_base64_encoded"`
	}{RawPath: req.URL.RequestURI(), Method: req.Method, Headers: map[string]string{}, Query: map[string]string{}}
	for name, values := range req.Header {
		event.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for name, values := range req.URL.Query() {
		event.Query[name] = values[0] // as its source has it; its page says the last
	}
	if req.Body != nil && req.Body != http.NoBody {
		body, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		switch contentType := req.Header.Get("Content-Type"); { // a charset makes JSON and XML binary
		case contentType == "application/json", contentType == "application/xml", contentType == "application/javascript", strings.HasPrefix(contentType, "text/"):
			event.Body = string(body)
		default:
			event.Body, event.IsBase64 = base64.StdEncoding.EncodeToString(body), true
		}
	}
	return json.Marshal(event)
}

func envoyAnswer(req *http.Request, payload io.Reader) (*http.Response, error) {
	var answer struct {
		StatusCode int               `json:"status_code"`
		Headers    map[string]string `json:"headers"`
		Cookies    []string          `json:"cookies"`
		Body       string            `json:"body"`
		IsBase64   bool              `json:"is_base64_encoded"`
	}
	if err := json.NewDecoder(payload).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the function's answer is no HTTP response: %w", err)
	}
	if answer.StatusCode == 0 {
		answer.StatusCode = http.StatusOK
	}
	if answer.StatusCode < 200 || answer.StatusCode > 599 {
		return nil, fmt.Errorf("the function answered with status %d", answer.StatusCode)
	}
	body := []byte(answer.Body)
	if answer.IsBase64 {
		var err error
		if body, err = base64.StdEncoding.DecodeString(answer.Body); err != nil {
			return nil, fmt.Errorf("the function's answer is no base64: %w", err)
		}
	}
	header := http.Header{"Content-Type": {"application/json"}}
	for name, value := range answer.Headers {
		header.Set(name, value)
	}
	for _, cookie := range answer.Cookies {
		header.Add("Set-Cookie", cookie)
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if req.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status:     fmt.Sprintf("%d %s", answer.StatusCode, http.StatusText(answer.StatusCode)),
		StatusCode: answer.StatusCode, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header,
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)), Request: req,
	}, nil
}

// The mark.

// forEnvoy is a function that was written for Envoy: it shows what it got.
func forEnvoy(_ context.Context, payload []byte) ([]byte, error) {
	var event struct {
		Path string `json:"raw_path"`
	}
	if err := json.Unmarshal(payload, &event); err != nil {
		return nil, err
	}
	switch event.Path {
	case "/fail":
		return nil, fmt.Errorf("failed on purpose")
	case "/plain":
		return []byte(`{"body":"{}"}`), nil
	}
	return json.Marshal(map[string]any{
		"status_code": 201, "headers": map[string]string{"content-type": "text/plain"}, "cookies": []string{"a=1", "b=2"},
		"body": base64.StdEncoding.EncodeToString(payload), "is_base64_encoded": true,
	})
}

func TestEnvoy(t *testing.T) {
	client := &http.Client{Transport: Envoy{&vialambda.Transport{
		Invoker: locallambda.Functions{"orders": locallambda.Func(forEnvoy)}, Format: vialambda.Raw,
	}}}
	for _, tc := range []struct{ name, method, path, contentType, body, want string }{
		{"GET", "GET", "/items?a=1&a=2", "", "", `{"raw_path":"/items?a=1\u0026a=2","method":"GET","headers":{"x-many":"1,2"},"query_string_parameters":{"a":"1"},"body":"","is_base64_encoded":false}`},
		{"JSON", "POST", "/", "application/json", `{"n":1}`, `{"raw_path":"/","method":"POST","headers":{"content-type":"application/json","x-many":"1,2"},"query_string_parameters":{},"body":"{\"n\":1}","is_base64_encoded":false}`},
		{"JSON with a charset", "POST", "/", "application/json; charset=utf-8", `1`, `{"raw_path":"/","method":"POST","headers":{"content-type":"application/json; charset=utf-8","x-many":"1,2"},"query_string_parameters":{},"body":"MQ==","is_base64_encoded":true}`},
		{"no type", "PUT", "/", "", "\xff", `{"raw_path":"/","method":"PUT","headers":{"x-many":"1,2"},"query_string_parameters":{},"body":"/w==","is_base64_encoded":true}`},
		{"HEAD", "HEAD", "/", "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			resp := send(t, client, tc.method, tc.path, tc.contentType, tc.body)
			got, err := io.ReadAll(resp.Body)
			if err != nil || string(got) != tc.want {
				t.Errorf("the function got\n%s, %v, want\n%s", got, err, tc.want)
			}
			if resp.StatusCode != 201 || resp.Header.Get("Content-Type") != "text/plain" || len(resp.Cookies()) != 2 {
				t.Errorf("answered %s %v", resp.Status, resp.Header)
			}
		})
	}
	if resp := send(t, client, "GET", "/plain", "", ""); resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" {
		t.Errorf("an answer without status and type: %s %v", resp.Status, resp.Header)
	}
	_, err := client.Get("http+lambda://orders/fail")
	if failed, ok := errors.AsType[*vialambda.FunctionError](err); !ok || failed.Message != "failed on purpose" {
		t.Errorf("a function that fails: %v", err)
	}
}
