package locallambda_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

const (
	invokePath = "/2015-03-31/functions/fn/invocations"
	streamPath = "/2021-11-15/functions/fn/response-streaming-invocations"
)

// post is a request as a program on this machine sends it.
func post(path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Host = "127.0.0.1:9001"
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return r
}

func TestServerRefusals(t *testing.T) {
	throttle := &vialambda.InvokeError{
		Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded.",
		Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", RetryAfter: 1,
	}
	fault := func(e vialambda.InvokeError) vialambda.Invoker {
		return vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return nil, fmt.Errorf("wrapped: %w", &e)
		})
	}
	functions := locallambda.Functions{
		"fn":       reply("null"),
		"throttle": fault(*throttle),
		"denied":   fault(vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: "User: x is not authorized"}),
		"notready": fault(vialambda.InvokeError{Code: "ResourceNotReadyException", Status: 502, Message: "Wait <a while>"}),
		"kms":      fault(vialambda.InvokeError{Code: "KMSDisabledException", Status: 502, Message: "No key"}),
		"service":  fault(vialambda.InvokeError{Code: "ServiceException", Status: 500}),
		"nobody":   fault(vialambda.InvokeError{Err: io.EOF, MayHaveRun: true}),
		"unplug":   fault(vialambda.InvokeError{Err: io.EOF}),
		"large": vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return nil, &vialambda.TooLargeError{What: "event", Size: 7_000_000, Limit: 6_291_456}
		}),
	}
	at := func(name string) string { return "/2015-03-31/functions/" + name + "/invocations" }
	tests := []struct {
		name   string
		req    *http.Request
		status int
		code   string
		body   string
		header map[string]string
	}{
		{name: "no such function", req: post(at("absent"), ""), status: 404, code: "ResourceNotFoundException",
			body: `{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent"}`},
		{name: "no such function, by ARN", req: post(at("arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Aabsent%3A%24LATEST"), ""),
			status: 404, code: "ResourceNotFoundException",
			body: `{"Type":"User","Message":"Function not found: arn:aws:lambda:eu-west-1:111122223333:function:absent:$LATEST"}`},
		{name: "no such function, by qualifier", req: post(at("absent")+"?Qualifier=%24LATEST", ""), status: 404, code: "ResourceNotFoundException",
			body: `{"Type":"User","Message":"Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent:$LATEST"}`},
		{name: "throttled", req: post(at("throttle"), ""), status: 429, code: "TooManyRequestsException",
			body:   `{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`,
			header: map[string]string{"Retry-After": "1"}},
		{name: "denied", req: post(at("denied"), ""), status: 403, code: "AccessDeniedException", body: `{"Message":"User: x is not authorized"}`},
		{name: "not ready", req: post(at("notready"), ""), status: 502, code: "ResourceNotReadyException", body: `{"Type":"User","message":"Wait <a while>"}`},
		{name: "key disabled", req: post(at("kms"), ""), status: 502, code: "KMSDisabledException", body: `{"Type":"User","Message":"No key"}`},
		{name: "service error", req: post(at("service"), ""), status: 500, code: "ServiceException", body: `{"Type":"Service"}`},
		{name: "no answer from afar", req: post(at("nobody"), ""), status: 500, code: "ServiceException", body: `{"Type":"Service","Message":"wrapped: lambda invoke: EOF"}`},
		{name: "no connection to afar", req: post(at("unplug"), ""), status: 502, code: "ResourceNotReadyException", body: `{"Type":"User","message":"lambda invoke: EOF"}`},
		{name: "too large for afar", req: post(at("large"), ""), status: 413, code: "RequestEntityTooLargeException",
			body: `{"Type":"User","message":"lambda event too large: 7,000,000 bytes, allowed are 6,291,456"}`},

		{name: "payload too large", req: post(invokePath, strings.Repeat(" ", 6_291_457)), status: 413, code: "RequestEntityTooLargeException",
			body: `{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
		{name: "payload too large, of unknown length", req: unknownLength(post(invokePath, strings.Repeat(" ", 6_291_457))), status: 413,
			code: "RequestEntityTooLargeException",
			body: `{"Type":"User","message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
		{name: "event too large", req: post(invokePath, `"`+strings.Repeat("x", 1<<20)+`"`, "X-Amz-Invocation-Type", "Event"), status: 413,
			code: "RequestEntityTooLargeException",
			body: `{"Type":"User","message":"1048578 byte payload is too large for the Event invocation type (limit 1048576 bytes)"}`},
		{name: "payload no JSON", req: post(invokePath, "{"), status: 400, code: "InvalidRequestContentException",
			body: `{"Type":"User","message":"Could not parse request body into json: Could not parse payload into json: unexpected end of JSON input at byte 1"}`},
		{name: "client context no base64", req: post(invokePath, "", "X-Amz-Client-Context", "{}"), status: 400, code: "InvalidRequestContentException",
			body: `{"Type":null,"message":"Client context must be a valid Base64-encoded JSON object."}`},
		{name: "client context no JSON", req: post(invokePath, "", "X-Amz-Client-Context", "e30x"), status: 400, code: "InvalidRequestContentException",
			body: `{"Type":null,"message":"Client context must be a valid Base64-encoded JSON object."}`},
		{name: "client context no object", req: post(invokePath, "", "X-Amz-Client-Context", "WzFd"), status: 400, code: "InvalidRequestContentException",
			body: `{"Type":null,"message":"Client context must be a valid Base64-encoded JSON object."}`},
		{name: "client context too large", req: post(invokePath, "", "X-Amz-Client-Context", strings.Repeat("A", 3584)), status: 400,
			code: "InvalidParameterValueException", body: `{"Type":"User","message":"Client context must be at most 3583 bytes in Base64."}`},
		{name: "invocation type", req: post(invokePath, "", "X-Amz-Invocation-Type", "Dry"), status: 400, code: "ValidationException",
			body: `{"message":"1 validation error detected: Value 'Dry' at 'invocationType' failed to satisfy constraint: ` +
				`Member must satisfy enum value set: [Event, RequestResponse, DryRun]"}`},
		{name: "log type", req: post(invokePath, "", "X-Amz-Log-Type", "Head"), status: 400, code: "ValidationException",
			body: `{"message":"1 validation error detected: Value 'Head' at 'logType' failed to satisfy constraint: Member must satisfy enum value set: [None, Tail]"}`},
		{name: "streamed event", req: post(streamPath, "", "X-Amz-Invocation-Type", "Event"), status: 400, code: "ValidationException",
			body: `{"message":"1 validation error detected: Value 'Event' at 'invocationType' failed to satisfy constraint: ` +
				`Member must satisfy enum value set: [RequestResponse, DryRun]"}`},
		{name: "two qualifiers", req: post(at("fn%3Aprod")+"?Qualifier=test", ""), status: 400, code: "InvalidParameterValueException",
			body: `{"Type":"User","message":"The derived qualifier from the function name does not match the specified qualifier."}`},

		{name: "root", req: post("/", ""), status: 404, code: "UnknownOperationException", body: "<UnknownOperationException/>\n"},
		{name: "other version", req: post("/2016-08-19/functions/fn/invocations", ""), status: 404, code: "UnknownOperationException", body: "<UnknownOperationException/>\n"},
		{name: "stream under the version of Invoke", req: post("/2015-03-31/functions/fn/response-streaming-invocations", ""), status: 404,
			code: "UnknownOperationException", body: "<UnknownOperationException/>\n"},
		{name: "ARN with a slash", req: post(at("fn/x"), ""), status: 404, code: "UnknownOperationException", body: "<UnknownOperationException/>\n"},
		{name: "end of the path", req: post(invokePath+"/", ""), status: 404, code: "UnknownOperationException", body: "<UnknownOperationException/>\n"},
		{name: "GET", req: withMethod(post(invokePath, ""), http.MethodGet), status: 405, code: "MethodNotAllowedException",
			body: `{"Type":"User","Message":"Invocations are made with POST."}`, header: map[string]string{"Allow": "POST"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var entry locallambda.Entry
			s := &locallambda.Server{Functions: functions, Log: func(e locallambda.Entry) { entry = e }}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, tt.req)
			if w.Code != tt.status || w.Header().Get("X-Amzn-ErrorType") != tt.code || w.Body.String() != tt.body {
				t.Errorf("got  %d %s %s\nwant %d %s %s", w.Code, w.Header().Get("X-Amzn-ErrorType"), w.Body, tt.status, tt.code, tt.body)
			}
			if id := w.Header().Get("X-Amzn-RequestId"); len(id) != 36 || entry.RequestID != id || entry.Status != tt.status || entry.Code != tt.code {
				t.Errorf("request id %q, logged %+v", id, entry)
			}
			for name, want := range tt.header {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func unknownLength(r *http.Request) *http.Request {
	r.ContentLength = -1
	return r
}

func withMethod(r *http.Request, method string) *http.Request {
	r.Method = method
	return r
}

func TestServerAnswer(t *testing.T) {
	functions := locallambda.Functions{
		"fn": reply(`{"a":1}`),
		"failed": vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return &vialambda.Result{
				FunctionError: "Unhandled", Payload: io.NopCloser(strings.NewReader(`{"errorMessage":"boom"}`)),
				LogTail: []byte("END"), RequestID: "of-a-remote-one", Version: "7",
			}, nil
		}),
	}
	w := httptest.NewRecorder()
	functions.ServeHTTP(w, post(invokePath, "", "X-Amzn-Trace-Id", "Root=1-2-3"))
	want := "Content-Length: 7\r\nContent-Type: application/json\r\nX-Amz-Executed-Version: $LATEST\r\n" +
		"X-Amzn-Remapped-Content-Length: 0\r\nX-Amzn-Requestid: ID\r\nX-Amzn-Trace-Id: Root=1-2-3\r\n"
	if got := headerText(w.Header()); w.Code != 200 || got != want || w.Body.String() != `{"a":1}` {
		t.Errorf("%d %q\n%s", w.Code, got, w.Body)
	}

	w = httptest.NewRecorder()
	functions.ServeHTTP(w, post("/2015-03-31/functions/failed/invocations", "", "X-Amz-Log-Type", "Tail", "X-Amzn-Trace-Id", "x"))
	h := w.Header()
	if w.Code != 200 || h.Get("X-Amz-Function-Error") != "Unhandled" || h.Get("X-Amz-Log-Result") != "RU5E" ||
		h.Get("X-Amz-Executed-Version") != "7" || h.Get("X-Amzn-RequestId") != "of-a-remote-one" {
		t.Errorf("%d %v", w.Code, h)
	}

	w = httptest.NewRecorder()
	functions.ServeHTTP(w, post("/2015-03-31/functions/failed/invocations", ""))
	if got := w.Header().Get("X-Amz-Log-Result"); got != "" {
		t.Errorf("the log tail was not asked for: %q", got)
	}
}

func headerText(h http.Header) string {
	h = h.Clone()
	if len(h.Get("X-Amzn-RequestId")) == 36 {
		h.Set("X-Amzn-RequestId", "ID")
	}
	var b strings.Builder
	h.Write(&b)
	return b.String()
}

// A6: what is accepted without a result is a success.
func TestTrapA6EventAndDryRun(t *testing.T) {
	s := &locallambda.Server{Functions: locallambda.Functions{"fn": reply("null")}}
	for invocationType, want := range map[string]int{"Event": 202, "DryRun": 204} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, post(invokePath, "{}", "X-Amz-Invocation-Type", invocationType))
		if w.Code != want || w.Body.Len() != 0 || w.Header().Get("X-Amz-Executed-Version") != "" || w.Header().Get("X-Amzn-ErrorType") != "" {
			t.Errorf("%s: %d %v %q", invocationType, w.Code, w.Header(), w.Body)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTrapE9WebPages(t *testing.T) {
	s := &locallambda.Server{Functions: locallambda.Functions{"fn": reply("null")}, Hosts: []string{"lambda.test"}}
	for _, tt := range []struct {
		name, host, header, value string
		want                      int
	}{
		{name: "program", host: "127.0.0.1:9001", want: 200},
		{name: "configured host", host: "lambda.test:9001", want: 200},
		{name: "rebound name", host: "evil.example:9001", want: 421},
		{name: "cross-site", host: "localhost:9001", header: "Sec-Fetch-Site", value: "cross-site", want: 403},
		{name: "foreign origin", host: "localhost:9001", header: "Origin", value: "http://evil.example", want: 403},
	} {
		for _, path := range []string{invokePath, streamPath} {
			r := post(path, "")
			r.Host = tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, tt.value)
			}
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%s, %s: %d %s", tt.name, path, w.Code, w.Body)
			}
		}
	}
}
