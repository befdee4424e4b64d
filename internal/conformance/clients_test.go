package conformance

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// The credentials with which the real clients sign, and which the local Lambda
// verifies.
const (
	accessKey = "AKIDCONFORMANCE"
	secretKey = "a/secret+that=is/only+here"
	region    = "eu-central-1"
)

// told is what a client tells of one call.
type told struct {
	Status        int
	Version       string
	FunctionError string `json:"function_error"`
	RequestID     string `json:"request_id"`
	Log           string
	Payload       map[string]any

	Code, Message, Reason string // if the call was refused

	Text string // of the stream
}

// TestClients lets real clients, which know nothing of vialambda, make the same
// calls of a local Lambda that verifies their signatures.
func TestClients(t *testing.T) {
	needs(t, "python")
	root := moduleRoot(t)
	clients := []struct {
		name, language string
		call           func(t *testing.T, endpoint string) map[string]told
		noStream       bool
	}{
		{name: "boto3", language: "python", call: script(root, "python", "@/python/functions/bin/python", "client_boto3.py")},
		{name: "aiobotocore", language: "python", call: script(root, "python", "@/python/clients/bin/python", "client_aiobotocore.py")},
		{name: "AWS SDK for JavaScript", language: "node", call: script(root, "node", "node", "client.mjs")},
		{name: "AWS CLI", language: "python", call: callCLI, noStream: true},
		{name: "aws-sdk-go-v2", language: "go", call: callGo},
	}
	for _, client := range clients {
		t.Run(client.name, func(t *testing.T) {
			needs(t, client.language)
			ran := make(chan locallambda.Entry, 100)
			endpoint := serveFunctions(t, root, ran)
			answers := client.call(t, endpoint)
			checkCalls(t, answers)
			if !client.noStream {
				if want := "line 0\nline 1\nline 2\nline 3\nline 4\n"; !strings.HasSuffix(answers["stream"].Text, want) {
					t.Errorf("stream: %q does not end in %q", answers["stream"].Text, want)
				}
			}
			for {
				select {
				case entry := <-ran:
					if entry.Type != vialambda.Event || entry.Attempt == 0 {
						continue
					}
					if entry.Err != nil || entry.FunctionError != "" {
						t.Errorf("async: %+v", entry)
					}
					return
				case <-time.After(time.Minute):
					t.Fatal("async: the function did not run")
				}
			}
		})
	}
}

// checkCalls is what the calls must have told, whichever client made them.
func checkCalls(t *testing.T, answers map[string]told) {
	check := func(name string, ok func(told) bool) {
		t.Helper()
		answer, made := answers[name]
		if !made {
			t.Errorf("%s: not called", name)
		} else if !ok(answer) {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	good := func(a told) bool { return a.Status == 200 && a.Version == "$LATEST" && a.FunctionError == "" }
	check("invoke", func(a told) bool {
		event, _ := a.Payload["event"].(map[string]any)
		return good(a) && event["say"] == "Grüße" && (a.RequestID == "" || a.RequestID == a.Payload["request_id"])
	})
	check("arn", func(a told) bool {
		return good(a) && a.Payload["arn"] == "arn:aws:lambda:eu-central-1:123456789012:function:probe:$LATEST"
	})
	check("client context", func(a told) bool {
		custom, _ := a.Payload["custom"].(map[string]any)
		return good(a) && custom["a"] == "b"
	})
	check("log tail", func(a told) bool {
		return good(a) && strings.HasPrefix(a.Log, "START RequestId: ") &&
			strings.Contains(a.Log, "probe something\n") && strings.Contains(a.Log, "REPORT RequestId: ")
	})
	check("dry run", func(a told) bool { return a.Status == 204 && a.Payload == nil })
	check("async", func(a told) bool { return a.Status == 202 && a.Payload == nil })
	check("function error", func(a told) bool {
		return a.Status == 200 && a.FunctionError == "Unhandled" &&
			a.Payload["errorType"] == "ValueError" && a.Payload["errorMessage"] == "boom"
	})
	check("throttle", func(a told) bool {
		return a.Code == "TooManyRequestsException" && (a.Status == 429 || a.Status == 0) &&
			(a.Reason == "ReservedFunctionConcurrentInvocationLimitExceeded" || a.Status == 0)
	})
	check("unknown function", func(a told) bool {
		return a.Code == "ResourceNotFoundException" && (a.Status == 404 || a.Status == 0) &&
			strings.Contains(a.Message, "function:nobody")
	})
}

// serveFunctions serves real functions by the Invoke API and returns the
// endpoint. Entries of its log go to ran.
func serveFunctions(t *testing.T, root string, ran chan<- locallambda.Entry) string {
	command := func(p program) *locallambda.Command {
		c := Function{program: func(vialambda.Format) program { return p }}.command(root, vialambda.RESTAPI)
		c.Name = ""
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			if err := c.Close(ctx); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		return c
	}
	probe := command(awslambdaric("probe_handler.handler")(0))
	server := &locallambda.Server{
		Functions: locallambda.Functions{
			"probe":         probe,
			"busy":          &locallambda.ConcurrencyLimit{Invoker: probe},
			"stream":        command(program{args: []string{"@/go/streaming"}, env: []string{}}),
			"flaskexp-test": command(awslambdaric("zappa.handler.lambda_handler")(0)),
		},
		Credentials: locallambda.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey},
		Region:      region,
		Log: func(e locallambda.Entry) {
			select {
			case ran <- e:
			default:
			}
		},
	}
	front := httptest.NewServer(server)
	t.Cleanup(func() {
		front.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := server.Close(ctx); err != nil {
			t.Errorf("Server.Close: %v", err)
		}
	})
	return front.URL
}

// clientEnv is the environment that points a client at the endpoint, and at
// nothing of the user's own.
func clientEnv(t *testing.T, endpoint string) []string {
	home := t.TempDir()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PYTHONDONTWRITEBYTECODE=1",
		"AWS_ENDPOINT_URL_LAMBDA=" + endpoint, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "NO_PROXY=127.0.0.1",
	}
}

// script runs a client that prints what it got.
func script(root, dir string, args ...string) func(*testing.T, string) map[string]told {
	return func(t *testing.T, endpoint string) map[string]told {
		answers := map[string]told{}
		runScript(t, root, endpoint, program{dir: dir, args: args}, &answers)
		return answers
	}
}

func runScript(t *testing.T, root, endpoint string, p program, answers any) {
	t.Helper()
	args := p.resolve(root)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = filepath.Join(root, p.dir)
	cmd.Env = clientEnv(t, endpoint)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, complaints.Bytes())
	}
	if err := json.Unmarshal(out, answers); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// callCLI makes the calls with the AWS CLI, version 1, which cannot stream.
func callCLI(t *testing.T, endpoint string) map[string]told {
	calls := map[string][]string{
		"invoke":           {"probe", `{"say":"Grüße"}`},
		"arn":              {"arn:aws:lambda:eu-central-1:123456789012:function:probe", `{}`, "--qualifier", "$LATEST"},
		"client context":   {"probe", `{}`, "--client-context", base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))},
		"log tail":         {"probe", `{"say":"something"}`, "--log-type", "Tail"},
		"dry run":          {"probe", `{}`, "--invocation-type", "DryRun"},
		"async":            {"probe", `{"say":"later"}`, "--invocation-type", "Event"},
		"function error":   {"probe", `{"fail":true}`},
		"throttle":         {"busy", `{}`},
		"unknown function": {"nobody", `{}`},
	}
	answers := map[string]told{}
	var mu sync.Mutex
	var running sync.WaitGroup
	slots := make(chan struct{}, 2)
	for name, call := range calls {
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			answer := oneCLI(t, endpoint, call)
			mu.Lock()
			defer mu.Unlock()
			answers[name] = answer
		})
	}
	running.Wait()
	return answers
}

func oneCLI(t *testing.T, endpoint string, call []string) told {
	python := program{args: []string{"@/python/clients/bin/python"}}.resolve(moduleRoot(t))[0]
	file := filepath.Join(t.TempDir(), "payload")
	args := append([]string{"-m", "awscli", "lambda", "invoke", "--output", "json",
		"--function-name", call[0], "--payload", call[1], file}, call[2:]...)
	cmd := exec.CommandContext(t.Context(), python, args...)
	cmd.Env = append(clientEnv(t, endpoint), "LANG=C.UTF-8")
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		// An error occurred (Code) when calling the Invoke operation: message
		var answer told
		if _, text, ok := strings.Cut(complaints.String(), "An error occurred ("); ok {
			answer.Code, text, _ = strings.Cut(text, ")")
			_, answer.Message, _ = strings.Cut(text, ": ")
		} else {
			answer.Message = complaints.String()
		}
		return answer
	}
	var printed struct {
		StatusCode                                int
		ExecutedVersion, FunctionError, LogResult string
	}
	if err := json.Unmarshal(out, &printed); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	answer := told{Status: printed.StatusCode, Version: printed.ExecutedVersion, FunctionError: printed.FunctionError}
	log, err := base64.StdEncoding.DecodeString(printed.LogResult)
	if err != nil {
		t.Error(err)
	}
	answer.Log = string(log)
	if payload, err := os.ReadFile(file); err == nil && len(payload) > 0 {
		if err := json.Unmarshal(payload, &answer.Payload); err != nil {
			t.Errorf("%v: %s", err, payload)
		}
	}
	return answer
}

// callGo makes the calls with aws-sdk-go-v2.
func callGo(t *testing.T, endpoint string) map[string]told {
	client := lambda.New(lambda.Options{
		Region:           region,
		BaseEndpoint:     &endpoint,
		Credentials:      credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		RetryMaxAttempts: 1,
	})
	calls := map[string]*lambda.InvokeInput{
		"invoke":           {FunctionName: aws.String("probe"), Payload: []byte(`{"say":"Grüße"}`)},
		"arn":              {FunctionName: aws.String("arn:aws:lambda:eu-central-1:123456789012:function:probe"), Qualifier: aws.String("$LATEST"), Payload: []byte(`{}`)},
		"client context":   {FunctionName: aws.String("probe"), ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"custom":{"a":"b"}}`))), Payload: []byte(`{}`)},
		"log tail":         {FunctionName: aws.String("probe"), LogType: types.LogTypeTail, Payload: []byte(`{"say":"something"}`)},
		"dry run":          {FunctionName: aws.String("probe"), InvocationType: types.InvocationTypeDryRun, Payload: []byte(`{}`)},
		"async":            {FunctionName: aws.String("probe"), InvocationType: types.InvocationTypeEvent, Payload: []byte(`{"say":"later"}`)},
		"function error":   {FunctionName: aws.String("probe"), Payload: []byte(`{"fail":true}`)},
		"throttle":         {FunctionName: aws.String("busy"), Payload: []byte(`{}`)},
		"unknown function": {FunctionName: aws.String("nobody"), Payload: []byte(`{}`)},
	}
	answers := map[string]told{}
	for name, in := range calls {
		out, err := client.Invoke(t.Context(), in)
		if err != nil {
			answers[name] = toldGo(err)
			continue
		}
		log, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
		if err != nil {
			t.Error(err)
		}
		answer := told{
			Status: int(out.StatusCode), Version: aws.ToString(out.ExecutedVersion),
			FunctionError: aws.ToString(out.FunctionError), Log: string(log),
		}
		if len(out.Payload) > 0 {
			if err := json.Unmarshal(out.Payload, &answer.Payload); err != nil {
				t.Error(err)
			}
		}
		answers[name] = answer
	}
	out, err := client.InvokeWithResponseStream(t.Context(), &lambda.InvokeWithResponseStreamInput{
		FunctionName: aws.String("stream"), Payload: []byte(`{}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer out.GetStream().Close()
	var text []byte
	for event := range out.GetStream().Events() {
		if chunk, ok := event.(*types.InvokeWithResponseStreamResponseEventMemberPayloadChunk); ok {
			text = append(text, chunk.Value.Payload...)
		}
	}
	answers["stream"] = told{Text: string(text)}
	return answers
}

func toldGo(err error) (answer told) {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		answer.Code, answer.Message = e.ErrorCode(), e.ErrorMessage()
	}
	if e, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		answer.Status = e.HTTPStatusCode()
	}
	if e, ok := errors.AsType[*types.TooManyRequestsException](err); ok {
		answer.Reason = string(e.Reason)
	}
	return answer
}

// TestPorts lets lambda-httpx and lambda-requests make the calls of their own
// READMEs.
func TestPorts(t *testing.T) {
	needs(t, "python")
	root := moduleRoot(t)
	endpoint := serveFunctions(t, root, make(chan locallambda.Entry, 1))
	type answer struct {
		Status int
		Text   string
	}
	answers := map[string][]answer{}
	runScript(t, root, endpoint, program{dir: "python", args: []string{"@/python/ports/bin/python", "client_ports.py"}}, &answers)
	compact := func(a answer) answer {
		a.Text = string(canonicalJSON([]byte(a.Text)))
		return a
	}
	up := answer{200, `{"status":"UP"}`}
	want := map[string][]answer{
		"lambda-httpx":               {up},
		"lambda-httpx, ten at once":  slices.Repeat([]answer{up}, 10),
		"lambda-httpx, synchronous":  {up},
		"lambda-requests":            {{200, `{"path":"/foo"}`}},
		"lambda-requests, POST":      {{200, `[["a","1"],["b","x y"]]`}},
		"lambda-requests, qualifier": {up},
	}
	for name, list := range want {
		var got []answer
		for _, a := range answers[name] {
			got = append(got, compact(a))
		}
		if !slices.Equal(got, list) {
			t.Errorf("%s: %+v, not %+v", name, got, list)
		}
	}
}
