//go:build unix

package locallambda

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// calls lets a function make requests to its Runtime API and returns the answers.
func calls(t *testing.T, c *Command, in ...runtimeCall) []runtimeReply {
	t.Helper()
	return ask(t, c, task{Do: "calls", Calls: in}).Replies
}

func TestRuntimeAPI(t *testing.T) {
	invalidID := `{"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"}`
	webPage := "requests from web pages"
	tests := []struct {
		name   string
		call   runtimeCall
		status int
		body   string // exact if it begins with {
	}{
		{"answer for another id", runtimeCall{Method: "POST", Path: "/invocation/no-such-id/response", Body: "{}"}, 400, invalidID},
		{"error for another id", runtimeCall{Method: "POST", Path: "/invocation/no-such-id/error", Body: "{}"}, 400, invalidID},
		{"answer of another attempt", runtimeCall{Method: "POST", Path: "/invocation/ID/response", Body: "{}",
			Header: map[string]string{"Lambda-Runtime-Invocation-Id": "another"}}, 400, invalidID},
		{"init error after init", runtimeCall{Method: "POST", Path: "/init/error", Body: "{}"}, 403,
			`{"errorMessage":"State transition from Running to InitError failed for runtime. Error: State transition is not allowed","errorType":"InvalidStateTransition"}`},
		{"ping", runtimeCall{Method: "GET", Path: "/2018-06-01/ping"}, 200, "pong"},
		{"restore", runtimeCall{Method: "GET", Path: "/restore/next"}, 404, ""},
		{"wrong method", runtimeCall{Method: "GET", Path: "/invocation/ID/response"}, 405, ""},
		{"register an extension", runtimeCall{Method: "POST", Path: "/2020-01-01/extension/register", Body: `{"events":[]}`}, 200,
			`{"functionName":"orders","functionVersion":"$LATEST","handler":"bootstrap"}`},
		{"logs", runtimeCall{Method: "PUT", Path: "/2020-08-15/logs", Body: "{}"}, 202,
			`{"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}`},
		{"telemetry", runtimeCall{Method: "PUT", Path: "/2022-07-01/telemetry", Body: "{}"}, 202,
			`{"errorMessage":"Telemetry API is not supported","errorType":"Telemetry.NotSupported"}`},
		{"E9 a name that was rebound", runtimeCall{Method: "GET", Path: "/2018-06-01/ping", Header: map[string]string{"Host": "evil.example:9001"}}, 421, "Host"},
		{"E9 a web page", runtimeCall{Method: "POST", Path: "/init/error", Header: map[string]string{"Origin": "https://evil.example"}}, 403, webPage},
		{"E9 a cross-site request", runtimeCall{Method: "GET", Path: "/2018-06-01/ping", Header: map[string]string{"Sec-Fetch-Site": "cross-site"}}, 403, webPage},
		{"localhost", runtimeCall{Method: "GET", Path: "/2018-06-01/ping", Header: map[string]string{"Host": "localhost"}}, 200, "pong"},
		{"a header of 2 MiB", runtimeCall{Method: "GET", Path: "/2018-06-01/ping",
			Header: map[string]string{"Lambda-Runtime-Function-XRay-Error-Cause": strings.Repeat("x", 2<<20)}}, 200, "pong"},
	}
	c := newCommand(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := calls(t, c, test.call)[0]
			exact := strings.HasPrefix(test.body, "{")
			if got.Status != test.status || exact && got.Body != test.body || !strings.Contains(got.Body, test.body) {
				t.Errorf("answered %d %.300s, want %d %s", got.Status, got.Body, test.status, test.body)
			}
		})
	}
}

// The mode of an answer is "streaming" or not said.
func TestRuntimeAPIInvalidMode(t *testing.T) {
	c := newCommand(t)
	o := send(t, c, task{Do: "calls", Calls: []runtimeCall{{
		Method: "POST", Path: "/invocation/ID/response", Body: "{}",
		Header: map[string]string{"Lambda-Runtime-Function-Response-Mode": "buffered"},
	}}})
	want := `{"errorType":"Runtime.InvalidResponseModeHeader","errorMessage":"RequestId: ` + o.res.RequestID + ` Error: Invalid function response mode"}`
	if o.failed != "Unhandled" || o.payload != want {
		t.Errorf("%q %s, want %s", o.failed, o.payload, want)
	}
	worksStill(t, c)
}

// A runtime that asks for an event again, because it did not get the last one
// whole, gets the same again.
func TestRuntimeAPINextTwice(t *testing.T) {
	c := newCommand(t)
	said := ask(t, c, task{Do: "calls", Calls: []runtimeCall{{Method: "GET", Path: "/invocation/next"}}})
	got := said.Replies[0]
	var again task
	if err := json.Unmarshal([]byte(got.Body), &again); err != nil || got.Status != 200 || again.Do != "calls" {
		t.Errorf("answered %d %s", got.Status, got.Body)
	}
	if first := said.Header["Lambda-Runtime-Deadline-Ms"]; got.Deadline != first {
		t.Errorf("deadline %s, then %s", first, got.Deadline)
	}
	worksStill(t, c)
}

func TestRuntimeAPIEventHeaders(t *testing.T) {
	c := newCommand(t)
	in := newEvent(task{Do: "echo"})
	in.Function, in.Qualifier = "arn:aws:lambda:eu-west-3:111122223333:function:invoices", "prod"
	in.ClientContext = []byte("{\n  \"custom\": {\"grüße\": \"\U0001F600\u0085\"}\n}")
	in.TenantID = "blue"
	in.TraceHeader = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=1"
	o := invokeBuffered(t, Functions{"invoices": c}, in)
	header := parseSaid(t, o.payload).Header
	for name, want := range map[string]string{
		"Content-Type":                        "application/json",
		"Lambda-Runtime-Aws-Request-Id":       o.res.RequestID,
		"Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-3:111122223333:function:invoices:prod",
		"Lambda-Runtime-Client-Context":       `{"custom":{"gr\u00fc\u00dfe":"\ud83d\ude00\u0085"}}`,
		"Lambda-Runtime-Aws-Tenant-Id":        "blue",
		"Lambda-Runtime-Trace-Id":             in.TraceHeader,
	} {
		if header[name] != want {
			t.Errorf("%s: %q, want %q", name, header[name], want)
		}
	}
	if id := header["Lambda-Runtime-Invocation-Id"]; id == "" || id == o.res.RequestID {
		t.Errorf("Lambda-Runtime-Invocation-Id: %q", id)
	}

	plain := worksStill(t, c).Header
	for _, name := range []string{"Lambda-Runtime-Client-Context", "Lambda-Runtime-Aws-Tenant-Id", "Lambda-Runtime-Cognito-Identity"} {
		if value, ok := plain[name]; ok {
			t.Errorf("%s: %q, want none", name, value)
		}
	}
	trace := regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`)
	if !trace.MatchString(plain["Lambda-Runtime-Trace-Id"]) {
		t.Errorf("Lambda-Runtime-Trace-Id: %q", plain["Lambda-Runtime-Trace-Id"])
	}
}

func TestCommandClientContextNoJSON(t *testing.T) {
	c := newCommand(t)
	in := newEvent(task{Do: "echo"})
	in.ClientContext = []byte("{")
	_, err := c.Invoke(t.Context(), in)
	refusal, ok := err.(*vialambda.InvokeError)
	if !ok || refusal.Status != http.StatusBadRequest || refusal.Code != "InvalidRequestContentException" || refusal.MayHaveRun {
		t.Errorf("error %v", err)
	}
}
