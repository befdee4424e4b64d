package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// start runs a program in the background: start NAME PROGRAM [ARGS]. Its output
// goes to the files NAME.out and NAME.err.
func (b *background) start(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: start NAME PROGRAM [ARGS]")
	}
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	cmd := exec.Command(path, args[2:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = b.env(ts)
	p := &process{cmd: cmd}
	cmd.Stdout, cmd.Stderr = &p.out, &p.err
	ts.Check(cmd.Start())
	b.mu.Lock()
	b.running[ts.MkAbs(args[0])] = p
	b.mu.Unlock()
	ts.Defer(func() {
		_ = cmd.Process.Kill() // ended already, if the script got to its end
		_ = cmd.Wait()
	})
}

// env is what the script's own programs get.
func (b *background) env(ts *testscript.TestScript) []string {
	env := os.Environ()
	for _, name := range []string{"HOME", "PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_EC2_METADATA_DISABLED", "AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_LAMBDA"} {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// waitfor waits until a program's output matches, and sets a variable to the
// first group: waitfor NAME REGEXP [VARIABLE].
func (b *background) waitFor(ts *testscript.TestScript, _ bool, args []string) {
	p := b.find(ts, args)
	pattern := regexp.MustCompile(args[1])
	for range 1000 {
		if m := pattern.FindStringSubmatch(p.out.String() + p.err.String()); m != nil {
			if len(args) == 3 {
				ts.Setenv(args[2], m[1])
			}
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	ts.Fatalf("%s did not print %s:\n%s%s", args[0], args[1], p.out.String(), p.err.String())
}

// interrupt sends Ctrl-C, waits for the end and checks the exit code: interrupt
// NAME CODE. What the program wrote is then stdout and stderr.
func (b *background) interrupt(ts *testscript.TestScript, _ bool, args []string) {
	p := b.find(ts, args)
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
	code := "0"
	if err := p.cmd.Wait(); err != nil {
		code = exitCode(err)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(p.out.String()), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(p.err.String()), 0o600))
	if code != args[1] {
		ts.Fatalf("%s ended with %s, want %s:\n%s", args[0], code, args[1], p.err.String())
	}
}

func (b *background) find(ts *testscript.TestScript, args []string) *process {
	if len(args) < 2 {
		ts.Fatalf("a name and an argument are needed")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := b.running[ts.MkAbs(args[0])]
	if p == nil {
		ts.Fatalf("%s was not started", args[0])
	}
	return p
}

type background struct {
	mu      sync.Mutex
	running map[string]*process
}

type process struct {
	cmd      *exec.Cmd
	out, err syncBuffer
}

type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// runFetch is a plain HTTP client for scripts: fetch URL [HOST]. It prints the
// status and the body.
func runFetch() {
	req, err := http.NewRequest(http.MethodGet, os.Args[1], nil)
	if err == nil && len(os.Args) > 2 {
		req.Host = os.Args[2]
	}
	var resp *http.Response
	if err == nil {
		resp, err = http.DefaultClient.Do(req)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, strings.TrimSpace(string(body)))
}
