package invokertest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// testFunctionErrors knows error documents in every shape that has been seen.
// The header decides, not what the document looks like (A1, A2).
func (s suite) testFunctionErrors(t *testing.T) {
	documents := map[string]string{
		"python":          `{"errorMessage": "boom", "errorType": "ValueError", "requestId": "7f", "stackTrace": ["  File \"/var/task/a.py\", line 3\n"]}`,
		"node":            `{"errorType":"TypeError","errorMessage":"boom","trace":["TypeError: boom","    at handler (/var/task/index.js:1:7)"]}`,
		"go":              `{"errorMessage":"boom","errorType":"errorString"}`,
		"java":            `{"errorMessage":"boom","errorType":"E","stackTrace":[["a","b"]],"cause":{"errorMessage":"c"}}`,
		"init":            `{"errorMessage":"no module","errorType":"Runtime.ImportModuleError","requestId":"","stackTrace":[]}`,
		"timeout of 2024": `{"errorMessage":"2024-04-08T08:56:02.000Z 7f0c-1 Task timed out after 1.00 seconds"}`,
		"timeout of 2025": `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 7f0c-1 Error: Task timed out after 1.00 seconds"}`,
		"exit":            `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 7f0c-1 Error: Runtime exited without providing a reason"}`,
		"like an answer":  `{"statusCode":200,"headers":{},"body":"fine"}`,
		"no message":      `{"a":1}`,
		"a string":        `"boom"`,
		"null":            `null`,
		"no JSON":         `Traceback (most recent call last):`,
		"nothing":         ``,
	}
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			fn := watch(fail(document, nil, ""))
			invoker := s.invoker(t, locallambda.Functions{"fn": fn})
			res, payload := answer(t, invoker, &vialambda.Invocation{Function: "fn"})
			if res.FunctionError != "Unhandled" || payload != document {
				t.Errorf("function error %q, document %s", res.FunctionError, payload)
			}
			if n := fn.arrived.Total(); n != 1 {
				t.Errorf("invoked %d times", n)
			}
		})
	}
}

func (s suite) testRefusals(t *testing.T) {
	const denied = "User: arn:aws:sts::123456789012:assumed-role/r/s is not authorized to perform: lambda:InvokeFunction"
	fn := watch(reply("null"))
	throttle := locallambda.Throttle(1500 * time.Millisecond)
	invoker := s.invoker(t, locallambda.Functions{
		"fn":        fn,
		"throttled": watch(fn, locallambda.FaultRule{Error: throttle}),
		"denied":    watch(fn, locallambda.FaultRule{Error: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: denied}}),
	})
	modes(t, func(t *testing.T, stream bool) {
		for _, tt := range []struct {
			in   vialambda.Invocation
			want vialambda.InvokeError
		}{
			{vialambda.Invocation{Function: "absent"}, vialambda.InvokeError{Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: "}},
			{vialambda.Invocation{Function: "throttled"}, vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded.",
				Reason: "ReservedFunctionConcurrentInvocationLimitExceeded", RetryAfter: 2 * time.Second}}, // A3
			{vialambda.Invocation{Function: "denied"}, vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: denied}},
			{vialambda.Invocation{Function: "fn", Payload: []byte("{")}, vialambda.InvokeError{Code: "InvalidRequestContentException", Status: 400,
				Message: "Could not parse request body into json: "}},
		} {
			tt.in.Stream = stream
			e := refusal(t, invoker, &tt.in)
			after := (e.RetryAfter + time.Second - 1).Truncate(time.Second) // over the wire it is whole seconds
			if e.Code != tt.want.Code || e.Status != tt.want.Status || e.Reason != tt.want.Reason || after != tt.want.RetryAfter ||
				!strings.HasPrefix(e.Message, tt.want.Message) || e.MayHaveRun || e.Attempts != 0 {
				t.Errorf("%s: %+v", tt.in.Function, e)
			}
		}
	})
	if n := fn.executed.Total(); n != 0 {
		t.Errorf("%d executions", n)
	}
}

// testFaults breaks every call in every way and wants one attempt, no more, and
// the truth about whether the function may have run (A4).
func (s suite) testFaults(t *testing.T) {
	failure := func(status int, code string) *vialambda.InvokeError {
		return &vialambda.InvokeError{Status: status, Code: code, Message: "as the test wants it"}
	}
	for _, tt := range []struct {
		name       string
		rule       locallambda.FaultRule
		executions int
		mayHaveRun bool
	}{
		{"throttled", locallambda.FaultRule{Error: locallambda.Throttle(0)}, 0, false},
		{"400", locallambda.FaultRule{Error: failure(400, "InvalidParameterValueException")}, 0, false},
		{"403 expired token", locallambda.FaultRule{Error: failure(403, "ExpiredTokenException")}, 0, false},
		{"404", locallambda.FaultRule{Error: failure(404, "ResourceNotFoundException")}, 0, false},
		{"409", locallambda.FaultRule{Error: failure(409, "ResourceConflictException")}, 0, false},
		{"500 before", locallambda.FaultRule{Error: failure(500, "ServiceException")}, 0, true},
		{"500 after", locallambda.FaultRule{Error: failure(500, "ServiceException"), At: locallambda.AfterRun}, 1, true},
		{"502 not ready", locallambda.FaultRule{Error: failure(502, "ResourceNotReadyException")}, 0, false},
		{"502 key disabled", locallambda.FaultRule{Error: failure(502, "KMSDisabledException")}, 0, false},
		{"502 unknown", locallambda.FaultRule{Error: failure(502, "BadGateway"), At: locallambda.AfterRun}, 1, true},
		{"503", locallambda.FaultRule{Error: failure(503, "ServiceUnavailableException"), At: locallambda.AfterRun}, 1, true},
		{"504", locallambda.FaultRule{Error: failure(504, "GatewayTimeout")}, 0, true},
		{"cut before", locallambda.FaultRule{Cut: true}, 0, true},
		{"cut after", locallambda.FaultRule{Cut: true, At: locallambda.AfterRun}, 1, true},
		{"cut in the answer", locallambda.FaultRule{Cut: true, At: locallambda.InAnswer}, 1, true},
		{"clocks differ", locallambda.FaultRule{ClockSkew: time.Hour}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			modes(t, func(t *testing.T, stream bool) {
				rule := tt.rule
				rule.Calls = []int64{1}
				fn := watch(reply(text(100_000)), rule)
				invoker := s.invoker(t, locallambda.Functions{"fn": fn})
				in := &vialambda.Invocation{Function: "fn", Payload: []byte("{}"), Stream: stream}
				_, payload, err := call(t, invoker, in)
				s.checkFault(t, rule, err, tt.mayHaveRun)
				if payload == text(100_000) {
					t.Error("the whole answer arrived")
				}
				if arrived, executed := fn.arrived.Total(), fn.executed.Total(); arrived != 1 || executed != tt.executions {
					t.Errorf("sent %d times, executed %d times", arrived, executed)
				}
				if payload := s.next(t, invoker, in); payload != text(100_000) {
					t.Errorf("the next call got %d bytes", len(payload))
				}
			})
		})
	}
}

// next makes the call after a broken one. An Invoker that has set its clock by a
// fault's may first have to set it back.
func (s suite) next(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) string {
	t.Helper()
	_, payload, err := call(t, invoker, in)
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok && e.Renewed {
		_, payload, err = call(t, invoker, in)
	}
	if err != nil {
		t.Errorf("the next call: %v", err)
	}
	return payload
}

func (s suite) checkFault(t *testing.T, rule locallambda.FaultRule, err error, mayHaveRun bool) {
	t.Helper()
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	switch {
	case err == nil:
		t.Error("no error")
	case rule.Cut && rule.At == locallambda.InAnswer && errors.Is(err, io.ErrUnexpectedEOF):
	case !ok:
		t.Errorf("no InvokeError: %v", err)
	case e.MayHaveRun != mayHaveRun:
		t.Errorf("may have run: %t: %v", e.MayHaveRun, err)
	case rule.Cut && (e.Status != 0 || e.Code != ""):
		t.Errorf("the API did not answer, but: %+v", e)
	case rule.Error != nil && fmt.Sprint(e.Status, e.Code, e.Message) != fmt.Sprint(rule.Error.Status, rule.Error.Code, rule.Error.Message):
		t.Errorf("%+v", e)
	case rule.ClockSkew != 0 && (e.Status != 403 || e.Code != "InvalidSignatureException"):
		t.Errorf("%+v", e)
	}
	if err != nil && len(err.Error()) > 600 {
		t.Errorf("the error's text has %d bytes", len(err.Error()))
	}
}
