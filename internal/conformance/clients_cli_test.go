package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

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
