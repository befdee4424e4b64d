package conformance

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// takeJava takes the steps with java.net.http.HttpClient, which reads no
// HTTP_PROXY: its JVM gets the same by JAVA_TOOL_OPTIONS.
func takeJava(root string) func(*testing.T, gatewayMode, []gatewayStep) map[string]gatewayAnswer {
	return func(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer {
		args := program{args: []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8", "-cp", "@/java/classes"}}.resolve(root)
		if m.hosts {
			file := filepath.Join(t.TempDir(), "hosts")
			names := m.names()
			for _, fn := range gatewayFunctions() { // in this file, case matters
				names = append(names, strings.ToUpper(fn.name)+".Lambda.Internal")
			}
			if err := os.WriteFile(file, []byte("127.0.0.1 "+strings.Join(names, " ")+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "-Djdk.net.hosts.file="+file)
		}
		args = append(args, "-Djdk.httpclient.allowRestrictedHeaders=host", "GatewayClient")
		if m.proxy != "" {
			args = append(args, m.proxy[strings.LastIndex(m.proxy, ":")+1:])
		}
		cmd := exec.CommandContext(t.Context(), "java", args...)
		cmd.Env = append(m.environ(t), javaOptions(m.env)...)
		var plan, complaints bytes.Buffer
		for _, step := range steps {
			writeJava(t, &plan, step)
		}
		cmd.Stdin, cmd.Stderr = &plan, &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, complaints.Bytes())
		}
		answers := map[string]gatewayAnswer{}
		for line := range strings.Lines(string(out)) {
			if name, answer, ok := readJava(t, strings.Split(strings.TrimSuffix(line, "\n"), "\t")); ok {
				answers[name] = answer
			}
		}
		return answers
	}
}

// javaOptions say in the JVM's words what the variables of HTTP_PROXY say.
func javaOptions(env []string) []string {
	config := proxyConfig(env)
	if config.HTTPProxy == "" {
		return nil
	}
	host, port, _ := strings.Cut(strings.TrimPrefix(config.HTTPProxy, "http://"), ":")
	return []string{fmt.Sprintf("JAVA_TOOL_OPTIONS=-Dhttp.proxyHost=%s -Dhttp.proxyPort=%s -Dhttp.nonProxyHosts=%s",
		host, port, strings.ReplaceAll(config.NoProxy, ",", "|"))}
}

// writeJava writes a step as GatewayClient.java reads it.
func writeJava(t *testing.T, w io.Writer, step gatewayStep) {
	var header, bodies []string
	req, err := goRequest(t.Context(), step)
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range req.Header {
		header = append(header, name+": "+values[0])
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.StdEncoding.EncodeToString
	bodies = append(bodies, encode(body))
	if step.Kind == "parallel" {
		bodies = nil
		for n := range step.Times {
			bodies = append(bodies, encode(fmt.Appendf(nil, `{"n":%d}`, n)))
		}
	}
	fmt.Fprintln(w, strings.Join([]string{
		step.Name, step.Kind, step.Method, withQuery(step), encode([]byte(strings.Join(header, "\n"))), strings.Join(bodies, ","), step.Release,
	}, "\t"))
}

func readJava(t *testing.T, fields []string) (name string, answer gatewayAnswer, ok bool) {
	if len(fields) != 7 {
		t.Errorf("%q is no answer", fields)
		return "", answer, false
	}
	decode := func(text string) []byte {
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Error(err)
		}
		return b
	}
	answer.Status, _ = strconv.Atoi(fields[1])
	answer.URL, answer.Error, answer.Header = fields[2], string(decode(fields[5])), map[string]string{}
	for line := range strings.Lines(string(decode(fields[3]))) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		answer.Header[name] = value
	}
	bodies := strings.Split(fields[4], ",")
	answer.Body = decode(bodies[0])
	if fields[6] != "" {
		answer.Events = strings.Split(fields[6], ",")
	}
	if len(bodies) > 1 {
		var all []gatewayAnswer
		for _, body := range bodies {
			all = append(all, gatewayAnswer{Body: decode(body)})
		}
		answer = numbers(all)
	}
	return fields[0], answer, true
}
