package conformance

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// serveFunctions serves real functions by the Invoke API and returns the
// endpoint, and what waits for the Event that every client sends to have run.
func serveFunctions(t *testing.T, root string) (endpoint string, ranLater func() bool) {
	command := func(p program) *locallambda.Command {
		c := Function{program: func(vialambda.Format) program { return p }}.command(root, vialambda.RESTAPI)
		c.Name = ""
		closeAtEnd(t, c)
		return c
	}
	ran := make(chan locallambda.Entry, 100)
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
			if e.Type == vialambda.Event && e.Attempt > 0 {
				ran <- e
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
	return front.URL, func() bool {
		select {
		case e := <-ran:
			return e.Err == nil && e.FunctionError == ""
		case <-time.After(time.Minute):
			return false
		}
	}
}

// buildCommand builds the command vialambda.
func buildCommand(t *testing.T, root string) string {
	file := filepath.Join(t.TempDir(), "vialambda")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", file, "./cmd/vialambda")
	build.Dir = filepath.Join(root, "..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build ./cmd/vialambda: %v\n%s", err, out)
	}
	return file
}

// startLocal starts vialambda local with the same functions as serveFunctions
// has. Its function busy is busy: its one worker is held until the test ends.
func startLocal(t *testing.T, root, command string) (endpoint string, ranLater func() bool) {
	python := program{args: []string{pythonBin}}.resolve(root)[0]
	stream := program{args: []string{"@/go/streaming"}}.resolve(root)[0]
	file := filepath.Join(t.TempDir(), "functions.yaml")
	config := fmt.Sprintf(`functions:
  probe:
    command: %[1]s -m awslambdaric probe_handler.handler
    dir: %[2]s
    timeout: 60s
  busy:
    command: %[1]s -m awslambdaric probe_handler.handler
    dir: %[2]s
    timeout: 60s
    concurrency: 1
  stream:
    command: %[3]s
  flaskexp-test:
    command: %[1]s -m awslambdaric zappa.handler.lambda_handler
    dir: %[2]s
`, python, filepath.Join(root, "python"), stream)
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	local := exec.Command(command, "local", file, "--port", "0", "--region", region, "--throttle")
	local.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	var out, log lockedBuffer
	local.Stdout, local.Stderr = &out, &log
	if err := local.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	var failed error
	go func() {
		failed = local.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		local.Process.Signal(os.Interrupt)
		<-ended
		if failed != nil {
			t.Errorf("vialambda local: %v\n%s", failed, log.tail(2000))
		}
	})
	if !eventually(func() bool {
		select {
		case <-ended:
			t.Fatal("vialambda local ended at once")
		default:
		}
		_, after, ok := strings.Cut(out.tail(2000), "http://")
		host, _, complete := strings.Cut(after, "\n")
		endpoint = "http://" + host
		return ok && complete
	}) {
		t.Fatalf("vialambda local printed no endpoint: %s%s", out.tail(2000), log.tail(2000))
	}
	hold(t, endpoint, &log)
	return endpoint, func() bool {
		return eventually(func() bool { return strings.Contains(log.tail(1<<20), "probe: probe later\n") })
	}
}

// hold keeps the one worker of the function busy at work until the test ends.
func hold(t *testing.T, endpoint string, log *lockedBuffer) {
	release := filepath.Join(t.TempDir(), "release")
	ended := make(chan error, 1)
	go func() {
		resp, err := http.Post(endpoint+"/2015-03-31/functions/busy/invocations", "application/json",
			strings.NewReader(fmt.Sprintf(`{"say":"held","until":%q}`, release)))
		if err == nil {
			err = resp.Body.Close()
		}
		ended <- err
	}()
	if !eventually(func() bool { return strings.Contains(log.tail(1<<20), "busy: probe held\n") }) {
		t.Fatalf("the function busy did not start: %s", log.tail(2000))
	}
	t.Cleanup(func() {
		if err := os.WriteFile(release, nil, 0o600); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// eventually asks until the answer is yes, for a minute.
func eventually(ok func() bool) bool {
	for range 6000 {
		if ok() {
			return true
		}
		time.Sleep(10 * time.Millisecond)
	}
	return false
}
