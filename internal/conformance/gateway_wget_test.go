package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// takeWget takes the steps with wget, a process each.
func takeWget(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer {
	w := wget{t: t, env: m.environ(t)}
	jar := filepath.Join(t.TempDir(), "cookies")
	if err := os.WriteFile(jar, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.common = []string{
		"--no-config", "--no-hsts", "--tries=1", "--server-response", "--content-on-error", "--compression=auto",
		"--load-cookies=" + jar, "--save-cookies=" + jar, "--keep-session-cookies", "--output-document=-",
	}
	if m.proxy != "" {
		w.common = append(w.common, "-e", "use_proxy=yes", "-e", "http_proxy="+m.proxy, "-e", "https_proxy="+m.proxy)
	}
	answers := map[string]gatewayAnswer{}
	for _, step := range steps {
		if step.Kind != "parallel" {
			answers[step.Name] = w.call(step)
			continue
		}
		all := make([]gatewayAnswer, step.Times)
		var running sync.WaitGroup
		for n := range step.Times {
			one := step
			one.JSON = map[string]any{"n": n}
			running.Go(func() { all[n] = w.call(one) })
		}
		running.Wait()
		answers[step.Name] = numbers(all)
	}
	return answers
}

type wget struct {
	t           *testing.T
	env, common []string
}

func (w wget) call(step gatewayStep) (answer gatewayAnswer) {
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	timeout := "--timeout=60"
	if step.Kind == "impatient" {
		timeout = "--timeout=1"
	}
	args := append([]string{timeout}, w.common...)
	req, err := goRequest(ctx, step)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, values := range req.Header {
		args = append(args, "--header="+name+": "+values[0])
	}
	if req.Method != "GET" {
		args = append(args, "--method="+req.Method)
	}
	if body, err := io.ReadAll(req.Body); err != nil {
		w.t.Fatal(err)
	} else if len(body) > 0 {
		file := filepath.Join(w.t.TempDir(), "body")
		if err := os.WriteFile(file, body, 0o600); err != nil {
			w.t.Fatal(err)
		}
		args = append(args, "--body-file="+file)
	}
	cmd := exec.CommandContext(ctx, "wget", append(args, withQuery(step))...)
	cmd.Env = w.env
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	if step.Kind == "stream" || step.Kind == "gone" {
		answer = readStream(step, out, cancel)
	} else if answer.Body, err = io.ReadAll(out); err != nil {
		w.t.Error(err)
	}
	err = cmd.Wait()
	readWget(&answer, said.String())
	if exit, ok := err.(*exec.ExitError); ok && exit.ExitCode() == 8 {
		err = nil // the status is an error's, which is an answer
	}
	if err != nil && step.Kind != "gone" {
		answer.Error, answer.Status = fmt.Sprintf("%v: %s", err, said.String()), 0
	}
	return answer
}

// readWget reads the URL, the status and the header of the last answer from what
// wget has said: "--2026-01-02 03:04:05--  URL", "  HTTP/1.1 200 OK", "  Name: value".
func readWget(answer *gatewayAnswer, said string) {
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\r\n")
		if strings.HasPrefix(line, "--20") {
			answer.URL = line[strings.LastIndex(line, " ")+1:]
		}
		field, ok := strings.CutPrefix(line, "  ")
		if !ok {
			continue
		}
		if status, ok := strings.CutPrefix(field, "HTTP/1.1 "); ok {
			answer.Status, _ = strconv.Atoi(status[:min(3, len(status))])
			answer.Header = map[string]string{}
		} else if name, value, ok := strings.Cut(field, ": "); ok && answer.Header != nil {
			answer.Header[strings.ToLower(name)] = value
		}
	}
}
