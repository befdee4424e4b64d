package locallambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// reply is a function that answers with payload.
func reply(payload string) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(payload))}, nil
	}
}

// echo is a function that answers with its payload.
func echo(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	return &vialambda.Result{Payload: io.NopCloser(bytes.NewReader(in.Payload))}, nil
}

// failing is a function that reports an error.
func failing(document string) vialambda.InvokerFunc {
	return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{FunctionError: "Unhandled", Payload: io.NopCloser(strings.NewReader(document))}, nil
	}
}

func TestSDKResult(t *testing.T) {
	logs := strings.Repeat("x", 5000) + "REPORT RequestId: 1\tDuration: 3.01 ms\n"
	s := &locallambda.Server{Functions: locallambda.Functions{
		"echo": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			res, _ := echo(ctx, in)
			res.LogTail = []byte(logs)
			return res, nil
		}),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("echo"), Payload: []byte(`{"a":1}`), LogType: types.LogTypeTail,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(out.StatusCode, *out.ExecutedVersion, string(out.Payload), out.FunctionError == nil); got != `200$LATEST{"a":1}true` {
			t.Error(got)
		}
		tail, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
		if err != nil || string(tail) != logs[len(logs)-4096:] {
			t.Errorf("the log tail is not the last 4,096 bytes: %d bytes, %v", len(tail), err)
		}

		out, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("echo")})
		if err != nil || string(out.Payload) != "{}" || out.LogResult != nil {
			t.Errorf("without payload and log: %s %v %v", out.Payload, out.LogResult, err)
		}
	})
}

func TestSDKParameters(t *testing.T) {
	var got vialambda.Invocation
	s := &locallambda.Server{Region: "eu-west-1", AccountID: "111122223333", Functions: locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			got = *in
			return reply("null")(nil, in)
		}),
	}}
	clientContext := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"ü"}}`))
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("arn:aws:lambda:eu-west-1:111122223333:function:fn:7"), Qualifier: aws.String("7"),
			ClientContext: &clientContext, TenantId: aws.String("blue"), DurableExecutionName: aws.String("run-1"),
		})
		if err != nil {
			t.Fatal(err)
		}
		if *out.ExecutedVersion != "7" || string(got.ClientContext) != `{"custom":{"a":"ü"}}` || got.TenantID != "blue" ||
			got.DurableName != "run-1" || !strings.HasPrefix(got.TraceHeader, "Root=1-") {
			t.Errorf("version %s, invocation %+v", *out.ExecutedVersion, got)
		}
	})
}

func TestSDKNamesAndQualifiers(t *testing.T) {
	s := &locallambda.Server{Functions: locallambda.Functions{"my_fn.1": reply("null")}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		for _, name := range []string{
			"my_fn.1", "my_fn.1:prod", "123456789012:function:my_fn.1", "123456789012:function:my_fn.1:$LATEST",
			"arn:aws:lambda:us-east-1:123456789012:function:my_fn.1", "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:my_fn.1:$LATEST",
		} {
			if _, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name}); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		_, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("my_fn.1:prod"), Qualifier: aws.String("test")})
		if e, ok := errors.AsType[*types.InvalidParameterValueException](err); !ok {
			t.Errorf("two qualifiers: %v", e)
		}
	})
}

func TestSDKTypedErrors(t *testing.T) {
	denied := "User: arn:aws:iam::123456789012:user/u is not authorized to perform: lambda:InvokeFunction"
	s := &locallambda.Server{Functions: locallambda.Functions{
		"throttled": &locallambda.ConcurrencyLimit{Invoker: reply("null"), RetryAfter: 1500e6},
		"denied": &locallambda.Faults{Rules: []locallambda.FaultRule{{
			Error: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403, Message: denied},
		}}},
		"broken": vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return nil, errors.New("no such thing")
		}),
		"fn": reply("null"),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		call := func(name, payload string) error {
			_, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name, Payload: []byte(payload)},
				func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
			return err
		}
		if e, ok := errors.AsType[*types.ResourceNotFoundException](call("absent", "")); !ok ||
			e.ErrorMessage() != "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent" || *e.Type != "User" {
			t.Errorf("not found: %+v", e)
		}
		if e, ok := errors.AsType[*types.TooManyRequestsException](call("throttled", "")); !ok ||
			e.Reason != types.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded || aws.ToString(e.RetryAfterSeconds) != "2" ||
			e.ErrorMessage() != "Rate Exceeded." {
			t.Errorf("throttled: %+v", e)
		}
		if e, ok := errors.AsType[*types.InvalidRequestContentException](call("fn", "{")); !ok ||
			!strings.HasPrefix(e.ErrorMessage(), "Could not parse request body into json: Could not parse payload into json: ") {
			t.Errorf("no JSON: %+v", e)
		}
		if e, ok := errors.AsType[*types.ServiceException](call("broken", "")); !ok || e.ErrorMessage() != "no such thing" {
			t.Errorf("broken: %+v", e)
		}
		if e, ok := errors.AsType[smithy.APIError](call("denied", "")); !ok || e.ErrorCode() != "AccessDeniedException" || e.ErrorMessage() != denied {
			t.Errorf("denied: %+v", e)
		}
		large := `"` + strings.Repeat("x", 6<<20) + `"`
		if e, ok := errors.AsType[smithy.APIError](call("fn", large)); !ok || e.ErrorCode() != "RequestEntityTooLargeException" {
			t.Errorf("too large: %v", e)
		}
	})
}

func TestSDKFunctionError(t *testing.T) {
	documents := map[string]string{
		"handler":         `{"errorMessage":"boom","errorType":"ValueError","requestId":"1","stackTrace":["  File \"a.py\"\n"]}`,
		"no document":     `"broken"`,
		"like an answer":  `{"statusCode":200,"body":"fine"}`,
		"timeout 2024":    `{"errorMessage":"2024-04-08T08:56:02.000Z 7f Task timed out after 1.00 seconds"}`,
		"timeout 2025":    `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 7f Error: Task timed out after 1.00 seconds"}`,
		"process crashed": `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 7f Error: Runtime exited with error: exit status 127"}`,
	}
	for name, document := range documents {
		t.Run(name, func(t *testing.T) {
			s := &locallambda.Server{Functions: locallambda.Functions{"fn": failing(document)}}
			overBoth(t, s, func(t *testing.T, client *lambda.Client) {
				out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("fn")})
				if err != nil || out.StatusCode != 200 || aws.ToString(out.FunctionError) != "Unhandled" || string(out.Payload) != document {
					t.Errorf("%+v, %v", out, err)
				}
			})
		})
	}
}

func TestSDKAnswerTooLarge(t *testing.T) {
	s := &locallambda.Server{Functions: locallambda.Functions{
		"fits": reply(strings.Repeat("x", 6_291_556)),
		"over": reply(strings.Repeat("x", 6_291_557)),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("fits")})
		if err != nil || len(out.Payload) != 6_291_556 || out.FunctionError != nil {
			t.Errorf("fits: %v", err)
		}
		out, err = client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("over")})
		want := `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
		if err != nil || aws.ToString(out.FunctionError) != "Unhandled" || string(out.Payload) != want {
			t.Errorf("over: %.200s %v", out.Payload, err)
		}
	})
}

func TestSDKDryRunAndEvent(t *testing.T) {
	ran := make(chan string, 2)
	s := &locallambda.Server{Functions: locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			ran <- string(in.Payload)
			return reply("null")(nil, in)
		}),
	}}
	overBoth(t, s, func(t *testing.T, client *lambda.Client) {
		out, err := client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("fn"), Payload: []byte("1"), InvocationType: types.InvocationTypeDryRun,
		})
		if err != nil || out.StatusCode != 204 || len(out.Payload) != 0 {
			t.Errorf("dry run: %+v, %v", out, err)
		}
		out, err = client.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName: aws.String("fn"), Payload: []byte("2"), InvocationType: types.InvocationTypeEvent,
		})
		if err != nil || out.StatusCode != 202 || len(out.Payload) != 0 || out.ExecutedVersion != nil {
			t.Errorf("event: %+v, %v", out, err)
		}
		if got := <-ran; got != "2" {
			t.Errorf("%s was run, want only the event", got)
		}
	})
	if err := s.Close(t.Context()); err != nil || len(ran) != 0 {
		t.Errorf("Close: %v, %d more runs", err, len(ran))
	}
}

// The default retryer of the SDK is at work here, on purpose.
func TestSDKRetries(t *testing.T) {
	for _, tt := range []struct {
		name string
		rule locallambda.FaultRule
		want int // executions until the call succeeds
	}{
		{"throttled", locallambda.FaultRule{Error: locallambda.Throttle(0)}, 1},
		{"service error", locallambda.FaultRule{Error: &vialambda.InvokeError{Code: "ServiceException", Status: 500}, At: locallambda.AfterRun}, 3},
		{"not ready", locallambda.FaultRule{Error: &vialambda.InvokeError{Code: "ResourceNotReadyException", Status: 502}}, 1},
		{"cut before", locallambda.FaultRule{Cut: true}, 1},
		{"cut after", locallambda.FaultRule{Cut: true, At: locallambda.AfterRun}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.rule.Calls = []int64{1, 2, 4, 5}
			executions := &locallambda.Counter{Invoker: reply("null")}
			s := &locallambda.Server{Functions: locallambda.Functions{
				"fn": &locallambda.Faults{Invoker: executions, Rules: []locallambda.FaultRule{tt.rule}},
			}}
			before := 0
			overBoth(t, s, func(t *testing.T, client *lambda.Client) {
				out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("fn")}, quickRetries)
				if err != nil || out.StatusCode != 200 {
					t.Fatal(err)
				}
				if got := executions.Function("fn") - before; got != tt.want {
					t.Errorf("%d executions, want %d", got, tt.want)
				}
				before = executions.Total()
			})
		})
	}
}
