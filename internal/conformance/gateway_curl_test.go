package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// takeCurl takes the steps with curl, a process each.
func takeCurl(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer {
	c := curl{t: t, env: m.environ(t), jar: filepath.Join(t.TempDir(), "cookies")}
	c.common = []string{"--silent", "--show-error", "--location", "--max-time", "60", "--cookie", c.jar, "--cookie-jar", c.jar, "--compressed"}
	if m.proxy != "" {
		c.common = append(c.common, "--proxy", m.proxy)
	}
	for _, name := range m.names() {
		c.common = append(c.common, "--resolve", name+":"+m.port()+":127.0.0.1")
	}
	for host, port := range m.divert {
		c.common = append(c.common, "--connect-to", host+":80:127.0.0.1:"+port)
	}
	answers := map[string]gatewayAnswer{}
	for _, step := range steps {
		answers[step.Name] = c.take(step)
	}
	return answers
}

// port is that of the gateway in the URLs of the mode.
func (m gatewayMode) port() string {
	u, err := url.Parse(m.base("flask"))
	if err != nil {
		panic(err)
	}
	return u.Port()
}

type curl struct {
	t           *testing.T
	env, common []string
	jar         string
}

func (c curl) take(step gatewayStep) gatewayAnswer {
	switch step.Kind {
	case "impatient":
		return c.call(step, "--max-time", "1")
	case "stream", "gone":
		return c.stream(step)
	case "parallel":
		answers := make([]gatewayAnswer, step.Times)
		var running sync.WaitGroup
		for n := range step.Times {
			one := step
			one.JSON = map[string]any{"n": n}
			running.Go(func() { answers[n] = c.call(one) })
		}
		running.Wait()
		return numbers(answers)
	}
	return c.call(step)
}

// numbers are the n of parallel answers, in the order of the calls.
func numbers(answers []gatewayAnswer) (all gatewayAnswer) {
	for _, a := range answers {
		var body struct{ N *int }
		if err := json.Unmarshal(a.echo().Body, &body); err != nil || body.N == nil {
			return a
		}
		all.Events = append(all.Events, strconv.Itoa(*body.N))
	}
	return all
}

// args are what a user types for the step.
func (c curl) args(step gatewayStep) []string {
	args := slices.Clone(c.common)
	if step.Method == "HEAD" {
		args = append(args, "--head")
	} else if step.Method != "GET" {
		args = append(args, "--request", step.Method)
	}
	for name, value := range step.Header {
		args = append(args, "--header", name+": "+value)
	}
	switch {
	case step.JSON != nil:
		text, err := json.Marshal(step.JSON)
		if err != nil {
			c.t.Fatal(err)
		}
		args = append(args, "--json", string(text))
	case step.Form != nil:
		for _, pair := range step.Form {
			args = append(args, "--data-urlencode", pair[0]+"="+pair[1])
		}
	case step.Body != nil:
		args = append(args, "--data-binary", "@-")
	}
	return append(args, withQuery(step))
}

func withQuery(step gatewayStep) string {
	var pairs []string
	for _, pair := range step.Query {
		pairs = append(pairs, url.QueryEscape(pair[0])+"="+url.QueryEscape(pair[1]))
	}
	if pairs == nil {
		return step.URL
	}
	return step.URL + "?" + strings.Join(pairs, "&")
}

func (c curl) call(step gatewayStep, more ...string) gatewayAnswer {
	dir := c.t.TempDir()
	body := filepath.Join(dir, "body")
	args := append(c.args(step), "--output", body,
		"--write-out", `{"Status":%{http_code},"URL":"%{url_effective}","Header":%{header_json}}`)
	cmd := exec.CommandContext(c.t.Context(), "curl", append(args, more...)...)
	cmd.Env = c.env
	cmd.Stdin = bytes.NewReader(step.Body)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		return gatewayAnswer{Error: fmt.Sprintf("%v: %s", err, complaints.Bytes())}
	}
	var told struct {
		Status int
		URL    string
		Header map[string][]string
	}
	if err := json.Unmarshal(out, &told); err != nil {
		return gatewayAnswer{Error: fmt.Sprintf("%v: %s", err, out)}
	}
	answer := gatewayAnswer{Status: told.Status, URL: told.URL, Header: map[string]string{}}
	for name, values := range told.Header {
		answer.Header[name] = strings.Join(values, ", ")
	}
	if step.Method != "HEAD" { // of which --head makes the header the output
		answer.Body, err = os.ReadFile(body)
		if err != nil && !os.IsNotExist(err) {
			c.t.Error(err)
		}
	}
	return answer
}

// stream reads curl's output as it comes.
func (c curl) stream(step gatewayStep) (answer gatewayAnswer) {
	ctx, cancel := context.WithCancel(c.t.Context())
	defer cancel()
	header := filepath.Join(c.t.TempDir(), "header")
	cmd := exec.CommandContext(ctx, "curl", append(c.args(step), "--no-buffer", "--dump-header", header)...)
	cmd.Env = c.env
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	answer = readStream(step, out, cancel)
	if err := cmd.Wait(); err != nil && step.Kind != "gone" {
		answer.Error = fmt.Sprintf("%v: %s", err, complaints.Bytes())
	}
	text, err := os.ReadFile(header)
	if err != nil {
		c.t.Fatal(err)
	}
	answer.Header = map[string]string{}
	for line := range strings.SplitSeq(string(text), "\r\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			answer.Header[strings.ToLower(name)] = value
		}
	}
	return answer
}

// readStream reads a stream to its end, or, if the step is to go away, to its
// first part. It makes the file that the function waits for when it has that.
func readStream(step gatewayStep, r io.Reader, leave func()) (answer gatewayAnswer) {
	buffer := make([]byte, 4096)
	for {
		n, err := r.Read(buffer)
		answer.Body = append(answer.Body, buffer[:n]...)
		for _, part := range []string{"first", "last"} {
			if !bytes.Contains(answer.Body, []byte(part)) || slices.Contains(answer.Events, part) {
				continue
			}
			answer.Events = append(answer.Events, part)
			if part != "first" {
				continue
			}
			if step.Kind == "gone" {
				leave()
				return answer
			}
			if err := os.WriteFile(step.Release, nil, 0o600); err != nil {
				answer.Error = err.Error()
			}
			answer.Events = append(answer.Events, "released")
		}
		if err == io.EOF {
			return answer
		}
		if err != nil {
			answer.Error = err.Error()
			return answer
		}
	}
}
