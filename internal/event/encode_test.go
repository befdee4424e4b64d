package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testID and testTime are of a recorded request.
var (
	testID   = [16]byte{0x7c, 0x2a, 0xf7, 0xdb, 0x31, 0xf3, 0x42, 0xb5, 0x8a, 0x6d, 0x9f, 0xfc, 0x74, 0xe3, 0xb9, 0xe0}
	testTime = time.Date(2026, time.July, 10, 21, 19, 4, 836e6, time.FixedZone("CEST", 2*60*60))
)

const (
	noLimit   = 1 << 40
	testGroup = "arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/orders/4efa1ab384b3474d"
)

// newRequest returns a GET of target, a path with or without a query.
func newRequest(target string) *Request {
	path, query, _ := strings.Cut(target, "?")
	return &Request{
		Method: "GET", Path: path, RawQuery: query, Header: http.Header{"Accept": {"*/*"}},
		Host: "orders.lambda.internal", DomainName: "orders.lambda.internal",
		ID: testID, Time: testTime, SourceIP: "127.0.0.1",
		AccountID: "123456789012", APIID: "orders", Stage: "$default", TargetGroupARN: testGroup,
	}
}

// post makes r a POST of body, of known size.
func post(r *Request, contentType, body string) io.Reader {
	r.Method, r.Size = "POST", int64(len(body))
	r.Header["Content-Type"] = []string{contentType}
	return strings.NewReader(body)
}

// eachFormat runs test for every format.
func eachFormat(t *testing.T, test func(t *testing.T, f Format)) {
	for f := RESTAPI; f <= ALBMultiValue; f++ {
		t.Run(encodeFormatName(f), func(t *testing.T) { test(t, f) })
	}
}

// mustEncode returns the event, which it checks to be one JSON object.
func mustEncode(t *testing.T, f Format, r *Request, body io.Reader) []byte {
	t.Helper()
	event, err := Encode(f, r, body, noLimit)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(event) || event[0] != '{' {
		t.Fatalf("not a JSON object: %s", event)
	}
	return event
}

// member returns the JSON at a path of keys, "" if there is none.
func member(t *testing.T, event []byte, path ...string) string {
	t.Helper()
	for _, key := range path {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(event, &object); err != nil {
			t.Fatalf("at %q: %v", key, err)
		}
		event = object[key]
	}
	return string(event)
}

// encodedBody returns the body that the event carries and whether it is base64.
func encodedBody(t *testing.T, event []byte) (body string, isBase64 bool) {
	t.Helper()
	var v struct {
		Body            string `json:"body"`
		IsBase64Encoded bool   `json:"isBase64Encoded"`
	}
	if err := json.Unmarshal(event, &v); err != nil {
		t.Fatal(err)
	}
	if !v.IsBase64Encoded {
		return v.Body, false
	}
	decoded, err := base64.StdEncoding.DecodeString(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(decoded), true
}

// TestEncodeGolden compares whole events, to the byte. Those of one-request are
// what the front doors are recorded to send for it, but for accounts, hosts and
// addresses (github.com/hotsock/voker, vokerhttp/testdata, 10 July 2026).
func TestEncodeGolden(t *testing.T) {
	oneRequest := func(f Format) (*Request, io.Reader) {
		r := newRequest("/capture/space%20value?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa%2Fb" +
			"&literalPlus=a+b&encodedPlus=a%2Bb&empty=")
		body := post(r, "application/json", `{"message":"hello from the public internet","unicode":"lambda-λ"}`)
		r.Header["Cookie"] = []string{"session=abc123; theme=dark"}
		r.Header["User-Agent"] = []string{"curl/8.7.1"}
		r.Header["X-Voker-Probe"] = []string{"first", "second"}
		r.Header["X-Amzn-Trace-Id"] = []string{"Root=1-6a5145a8-536f3e792f6be9b44c1f46fa"}
		r.Host = "5h7pqvr9u4.execute-api.us-west-2.amazonaws.com"
		r.DomainName, r.APIID, r.SourceIP = r.Host, "5h7pqvr9u4", "203.0.113.7"
		switch f {
		case RESTAPI:
			r.Stage = "live"
		case FunctionURL:
			r.AccountID = "anonymous"
		}
		return r, body
	}
	least := func(f Format) (*Request, io.Reader) {
		r := newRequest("")
		r.Method, r.Stage = "", ""
		if f == FunctionURL {
			r.AccountID = "anonymous"
		}
		return r, nil
	}
	configured := func(Format) (*Request, io.Reader) {
		r := newRequest("//items/a%20b/x//y/")
		r.Method = "DELETE"
		r.Header["User-Agent"] = []string{"Go-http-client/1.1"}
		r.Stage = "dev"
		r.Route = Route{Key: "ANY /items/{id}/{rest+}", Resource: "/items/{id}/{rest+}",
			Params: []Param{{"id", "a%20b"}, {"rest", "x//y/"}}}
		r.StageVariables = map[string]string{"b": "<&>", "a": "1"}
		r.Authorizer = json.RawMessage(` {"principalId":"user-1","integrationLatency":12} `)
		r.Identity = json.RawMessage(`{"userArn":"arn:aws:iam::123456789012:user/ann","user":"AIDA1","apiKey":"k"}`)
		return r, nil
	}
	for name, request := range map[string]func(Format) (*Request, io.Reader){
		"one-request": oneRequest, "least": least, "configured": configured,
	} {
		eachFormat(t, func(t *testing.T, f Format) {
			file := filepath.Join("testdata", "encode", name+"-"+encodeFormatName(f)+".json")
			golden, err := os.ReadFile(file)
			if os.IsNotExist(err) && name == "configured" {
				t.Skip("an ALB has none of what can be configured")
			}
			if err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			if err := json.Compact(&want, golden); err != nil {
				t.Fatal(err)
			}
			r, body := request(f)
			if got := mustEncode(t, f, r, body); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s\n got %s\nwant %s", file, got, want.Bytes())
			}
		})
	}
}

func TestEncodeUnknownFormat(t *testing.T) {
	for _, f := range []Format{0, -1, ALBMultiValue + 1} {
		if event, err := Encode(f, newRequest("/"), nil, noLimit); err == nil {
			t.Errorf("format %d: %s", f, event)
		}
	}
}
