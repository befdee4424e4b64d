package vialambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vialambda/vialambda"
)

func TestTrapA1FunctionErrors(t *testing.T) {
	for _, tc := range []struct {
		name, payload  string
		typ, msg, hint string
		timeout        bool
	}{
		{"A1 Node", `{"errorType":"TypeError","errorMessage":"boom","trace":["at x"]}`, "TypeError", "boom", `["at x"]`, false},
		{"A1 Python", `{"errorMessage":"boom","errorType":"KeyError","requestId":"r","stackTrace":["  File …"]}`, "KeyError", "boom", "File", false},
		{"A2 an envelope", ok, "", "", "", false},
		{"timeout", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 1 Error: Task timed out after 1.00 seconds"}`, "Sandbox.Timedout", "RequestId: 1 Error: Task timed out after 1.00 seconds", "", true},
		{"timeout before 2024", `{"errorMessage":"2024-04-08T00:00:00.000Z 1 Task timed out after 1.00 seconds"}`, "", "2024-04-08T00:00:00.000Z 1 Task timed out after 1.00 seconds", "", true},
		{"no JSON", `oh no`, "", "oh no", "", false},
		{"A7 empty", ``, "", "", "", false},
		{"A7 null", `null`, "", "", "", false},
		{"numbers", `{"errorMessage":3,"errorType":null}`, "", "3", "", false},
	} {
		for _, format := range []vialambda.Format{vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALB, vialambda.Raw} {
			_, err := (&vialambda.Transport{Invoker: functionFailed(tc.payload), Format: format}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
			e, isFunctionError := errors.AsType[*vialambda.FunctionError](err)
			if !isFunctionError {
				t.Fatalf("%s: error is %v", tc.name, err)
			}
			if e.Type != tc.typ || e.Message != tc.msg || e.Timeout() != tc.timeout || e.Kind != "Unhandled" || e.RequestID == "" {
				t.Errorf("%s: %+v", tc.name, e)
			}
			if !strings.Contains(string(e.Trace), tc.hint) || strings.Contains(e.Error(), "at x") {
				t.Errorf("%s: trace %s, error %s", tc.name, e.Trace, e)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	long := strings.Repeat("ü\n", 5000)
	for _, err := range []error{
		&vialambda.InvokeError{Code: "C", Message: long, Attempts: 3},
		&vialambda.InvokeError{Err: errors.New(long)},
		&vialambda.InvokeError{Status: 502},
		&vialambda.InvokeError{},
		&vialambda.FunctionError{Type: long, Message: long, LogTail: []byte("secret"), Trace: []byte(`"secret"`)},
		&vialambda.ResponseError{Reason: long, Payload: []byte("secret")},
		&vialambda.TooLargeError{What: "event", Size: 7_000_000, Limit: 6_291_456},
		&vialambda.AddressError{Reason: long},
	} {
		text := err.Error()
		if len(text) > 512 || strings.ContainsAny(text, "\r\n") || !utf8.ValidString(text) || strings.Contains(text, "secret") || len(text) < 10 {
			t.Errorf("%T: %d bytes: %q", err, len(text), text)
		}
	}
	if got, want := (&vialambda.TooLargeError{What: "event", Size: 7_000_000, Limit: 6_291_456}).Error(), "lambda event too large: 7,000,000 bytes, allowed are 6,291,456"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestTrapA5ErrorResponses(t *testing.T) {
	secret := "arn:aws:lambda:eu-west-1:123456789012:function:orders"
	function := &vialambda.FunctionError{Message: secret, Trace: []byte(`"` + secret + `"`)}
	timeout := &vialambda.FunctionError{Type: "Sandbox.Timedout"}
	for _, tc := range []struct {
		name               string
		err                error
		rest, httpAPI, url int
		alb                int
	}{
		{"A1 function error", function, 502, 500, 502, 502},
		{"timed out", timeout, 504, 504, 504, 504},
		{"malformed", &vialambda.ResponseError{Reason: secret}, 502, 500, 502, 502},
		{"A3 throttled", &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429, Message: secret, RetryAfter: 1500 * time.Millisecond}, 429, 429, 429, 429},
		{"queue full", &vialambda.InvokeError{Code: vialambda.CodeQueueFull}, 503, 503, 503, 503},
		{"A5 not found", &vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404, Message: secret}, 502, 502, 502, 502},
		{"A5 denied", &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: secret}, 502, 502, 502, 502},
		{"A5 API says too large", &vialambda.InvokeError{Status: 413, Message: secret}, 413, 413, 413, 413},
		{"too large to send", &vialambda.TooLargeError{What: "event"}, 413, 413, 413, 413},
		{"answer too large", &vialambda.TooLargeError{What: "answer"}, 502, 500, 502, 502},
		{"unreachable", &vialambda.InvokeError{Err: errors.New(secret)}, 502, 502, 502, 502},
		{"own deadline", &vialambda.InvokeError{Err: context.DeadlineExceeded}, 504, 504, 504, 504},
		{"wrapped", fmt.Errorf("x: %w", function), 502, 500, 502, 502},
	} {
		for format, want := range map[vialambda.Format]int{
			vialambda.RESTAPI: tc.rest, vialambda.HTTPAPI: tc.httpAPI, vialambda.FunctionURL: tc.url, vialambda.ALB: tc.alb, vialambda.ALBMultiValue: tc.alb,
		} {
			resp := vialambda.ErrorResponse(newRequest(t, "GET", "http+lambda://f/", nil), format, tc.err)
			body, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != want || int(resp.ContentLength) != len(body) || len(body) == 0 {
				t.Errorf("%s, %v: status %d, body %q", tc.name, format, resp.StatusCode, body)
			}
			if strings.Contains(string(body)+fmt.Sprint(resp.Header), "123456789012") {
				t.Errorf("%s, %v: the answer says too much: %q %v", tc.name, format, body, resp.Header)
			}
			if wait := resp.Header.Get("Retry-After"); (want == 429 || want == 503) != (wait != "") || tc.name == "A3 throttled" && wait != "2" {
				t.Errorf("%s, %v: Retry-After is %q", tc.name, format, wait)
			}
		}
	}
	for format, want := range map[vialambda.Format]string{
		vialambda.RESTAPI:     `{"message": "Internal server error"}`,
		vialambda.HTTPAPI:     `{"message":"Internal Server Error"}`,
		vialambda.FunctionURL: `Internal Server Error`,
	} {
		body, _ := io.ReadAll(vialambda.ErrorResponse(nil, format, function).Body)
		if string(body) != want {
			t.Errorf("%v: body is %q, want %q", format, body, want)
		}
	}
}

func TestErrorResponsesField(t *testing.T) {
	tr := &vialambda.Transport{Invoker: functionFailed(`{}`), ErrorResponses: true, Format: vialambda.HTTPAPI}
	resp, body := get(t, tr, "http+lambda://f/")
	if resp.StatusCode != 500 || body != `{"message":"Internal Server Error"}` || resp.Request == nil {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	if _, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://a.b.c/", nil)); err == nil {
		t.Error("a bad address was answered")
	}
	broken := errors.New("broken")
	if _, err := tr.RoundTrip(newRequest(t, "POST", "http+lambda://f/", io.MultiReader(errReader{broken}))); !errors.Is(err, broken) {
		t.Errorf("a broken body gave %v", err)
	}
	resp, body = roundTrip(t, tr, newRequest(t, "HEAD", "http+lambda://f/", nil))
	if resp.StatusCode != 500 || body != "" || resp.ContentLength != 35 {
		t.Errorf("HEAD: %d %q %d", resp.StatusCode, body, resp.ContentLength)
	}
}

func TestTrapA8Status(t *testing.T) {
	for _, status := range []string{"99", "1000", "0", "-1", "101", `"x"`, "200.5"} {
		_, err := (&vialambda.Transport{Invoker: answering(`{"statusCode":` + status + `}`)}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if e, ok := errors.AsType[*vialambda.ResponseError](err); !ok || e.RequestID == "" || !strings.Contains(string(e.Payload), status) {
			t.Errorf("status %s: error is %v", status, err)
		}
	}
}

func TestAnswerTooLarge(t *testing.T) {
	big := `{"statusCode":200,"body":"` + strings.Repeat("x", 6_291_556) + `"}`
	for name, size := range map[string]int64{"known": int64(len(big)), "unknown": 0} {
		f := &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
			func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
				r := result(big)
				r.Size = size
				return r, nil
			}}}
		_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(newRequest(t, http.MethodGet, "http+lambda://f/", nil))
		if e, ok := errors.AsType[*vialambda.TooLargeError](err); !ok || e.Limit != 6_291_556 || e.Size <= e.Limit || f.count() != 1 {
			t.Errorf("%s size: error is %v after %d calls", name, err, f.count())
		}
	}
}

func TestBadInvoker(t *testing.T) {
	for name, f := range map[string]vialambda.InvokerFunc{
		"nothing": func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) { return nil, nil },
		"no payload": func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return &vialambda.Result{}, nil
		},
	} {
		for _, mode := range []vialambda.Mode{vialambda.Buffered, vialambda.Stream} {
			resp, err := (&vialambda.Transport{Invoker: f, Mode: mode}).RoundTrip(newRequest(t, "POST", "http+lambda://f/", nil))
			if err == nil && (mode == vialambda.Buffered || resp.StatusCode != 200) {
				t.Errorf("%s %v: %v", name, mode, resp)
			}
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tc := range []struct {
		tr   *vialambda.Transport
		hint string
	}{
		{&vialambda.Transport{}, "awslambda.New(cfg)"},
		{&vialambda.Transport{Invoker: answering(ok), Format: 99}, "is no format"},
		{&vialambda.Transport{Invoker: answering(ok), Mode: 99}, "is no mode"},
	} {
		_, err := tc.tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if err == nil || !strings.Contains(err.Error(), tc.hint) {
			t.Errorf("error is %v, want one that says %q", err, tc.hint)
		}
	}
}

func TestFormatAndModeNames(t *testing.T) {
	for f, name := range map[vialambda.Format]string{
		vialambda.RESTAPI: "rest-api", vialambda.HTTPAPI: "http-api", vialambda.FunctionURL: "function-url",
		vialambda.ALB: "alb", vialambda.ALBMultiValue: "alb-multi-value", vialambda.Raw: "raw",
	} {
		if got, err := vialambda.ParseFormat(name); got != f || err != nil || f.String() != name {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for m, name := range map[vialambda.Mode]string{vialambda.Buffered: "buffered", vialambda.Stream: "stream", vialambda.Auto: "auto"} {
		if got, err := vialambda.ParseMode(name); got != m || err != nil || m.String() != name {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if _, err := vialambda.ParseFormat("REST"); err == nil || !strings.Contains(err.Error(), "rest-api") {
		t.Error(err)
	}
	if _, err := vialambda.ParseMode(""); err == nil || !strings.Contains(err.Error(), "buffered") {
		t.Error(err)
	}
}
