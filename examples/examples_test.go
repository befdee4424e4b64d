//go:build unix

// Package examples has the tests of the examples: each is started by the command
// that its README names, called over HTTP and through the Invoke API, and ended.
package examples

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

func TestGoHTTP(t *testing.T) {
	e := start(t, "go-http", "PORT=0")
	e.want(t, vialambda.FunctionURL, "GET", "go-http/hello/world", "", 200, "hello, world\n")
	e.want(t, vialambda.FunctionURL, "GET", "go-http/nowhere", "", 404, "404 page not found\n")
}

func TestMicroservices(t *testing.T) {
	e := start(t, "microservices", "PORT=0")
	e.want(t, vialambda.FunctionURL, "GET", "shop/items/pen", "", 200, "pen: 120 cents\n")
	e.want(t, vialambda.FunctionURL, "GET", "shop/items/a%2Fb", "", 404, "no such item\n")
}

func TestFlaskZappa(t *testing.T) {
	e := start(t, "flask-zappa", "PORT=0", "PYTHON="+python(t))
	e.want(t, vialambda.RESTAPI, "GET", "flask-zappa/health", "", 200, "{\"status\":\"UP\"}\n")
	e.want(t, vialambda.RESTAPI, "POST", "flask-zappa/items/?tag=a&tag=b", `{"name":"pen"}`, 201, `{"name":"pen","tags":["a","b"]}`+"\n")
}

func TestFastAPIMangum(t *testing.T) {
	e := start(t, "fastapi-mangum", "PORT=0", "PYTHON="+python(t))
	e.want(t, vialambda.RESTAPI, "GET", "fastapi-mangum/health", "", 200, `{"status":"UP"}`)
	e.want(t, vialambda.RESTAPI, "POST", "fastapi-mangum/items/?tag=a&tag=b", `{"name":"pen"}`, 201, `{"name":"pen","tags":["a","b"]}`)
}

// python is the interpreter that the conformance matrix has installed, with the
// packages of the examples' requirements.txt.
func python(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("../internal/conformance/.cache/python/functions/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed: run make conformance first", path)
		}
		t.Skip("NOT RUN: the Python packages are not installed; make conformance installs them")
	}
	return path
}

// example is one that runs.
type example struct{ endpoint string }

// start runs make in the example's directory and waits until it listens. What it
// started is ended, and gone, when the test is over.
func start(t *testing.T, dir string, variables ...string) *example {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "make", append([]string{"-s", "-C", dir}, variables...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = append(os.Environ(), "AWS_REGION=us-east-1", "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stderr = t.Output()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout = in
	err = cmd.Start()
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) // it may have ended
		<-ended
		for range 100 { // the command drains after make has gone
			if syscall.Kill(-cmd.Process.Pid, 0) != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		t.Errorf("%s did not end when it was asked to", dir)
	})
	endpoint := make(chan string, 1)
	go func() {
		defer close(ended)
		defer out.Close()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if _, url, ok := strings.Cut(lines.Text(), "Lambda on this machine: "); ok {
				endpoint <- url
			}
		}
		close(endpoint)
		_ = cmd.Wait() // it is ended by a signal
	}()
	select {
	case url := <-endpoint:
		if url == "" {
			t.Fatalf("make -C %s ended", dir)
		}
		return &example{url}
	case <-time.After(5 * time.Minute):
		t.Fatalf("make -C %s did not come to listen", dir)
	}
	return nil
}

// want sends a request over HTTP, as a browser would, and through the Invoke API.
func (e *example) want(t *testing.T, format vialambda.Format, method, target, body string, status int, answer string) {
	t.Helper()
	cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(e.endpoint),
		config.WithCredentialsProvider(aws.CredentialsProviderFunc(localCredentials)))
	if err != nil {
		t.Fatal(err)
	}
	invoker := awslambda.New(cfg)
	defer invoker.CloseIdleConnections()
	direct := &http.Transport{}
	defer direct.CloseIdleConnections()
	for url, transport := range map[string]http.RoundTripper{
		e.endpoint + "/" + target: direct,
		"http+lambda://" + target: &vialambda.Transport{Invoker: invoker, Format: format},
	} {
		req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Errorf("%s %s: %v", method, url, err)
			continue
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != status || string(got) != answer || err != nil {
			t.Errorf("%s %s: %s %q, %v; want %d %q", method, url, resp.Status, got, err, status, answer)
		}
	}
}

func localCredentials(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
}
