package conformance

import (
	"strings"
	"testing"
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
// calls of a local Lambda that verifies their signatures, and of the command
// vialambda local.
func TestClients(t *testing.T) {
	needs(t, "python")
	needs(t, "go")
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
	command := buildCommand(t, root)
	for _, client := range clients {
		for _, server := range []struct {
			name  string
			start func(t *testing.T) (endpoint string, ranLater func() bool)
		}{
			{"verified", func(t *testing.T) (string, func() bool) { return serveFunctions(t, root) }},
			{"vialambda local", func(t *testing.T) (string, func() bool) { return startLocal(t, root, command) }},
		} {
			t.Run(client.name+"/"+server.name, func(t *testing.T) {
				needs(t, client.language)
				endpoint, ranLater := server.start(t)
				answers := client.call(t, endpoint)
				checkCalls(t, answers)
				if !client.noStream {
					if want := "line 0\nline 1\nline 2\nline 3\nline 4\n"; !strings.HasSuffix(answers["stream"].Text, want) {
						t.Errorf("stream: %q does not end in %q", answers["stream"].Text, want)
					}
				}
				if !ranLater() {
					t.Error("async: the function did not run within a minute")
				}
			})
		}
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
