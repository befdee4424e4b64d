package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process is a child that is spoken to in lines of JSON. It ends when its
// standard input does, so it does not outlive the harness.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	out    *json.Decoder
	errors output
}

func start(env []string, name string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(name, args...)} //nolint:noctx // stop ends it
	p.cmd.Env = env
	p.cmd.Stderr = &p.errors
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.stdin, p.out = stdin, json.NewDecoder(stdout)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	return p, nil
}

// send writes v as a line.
func (p *process) send(v any) error { return json.NewEncoder(p.stdin).Encode(v) }

// receive reads a line into v. A child that says nothing for so long is killed,
// and so is one that is still silent when ctx ends.
func (p *process) receive(ctx context.Context, v any, patience time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("stopped after %v", patience))
	defer cancel()
	unwatch := context.AfterFunc(ctx, func() { p.cmd.Process.Kill() }) //nolint:errcheck // it may have ended just now
	defer unwatch()
	err := p.out.Decode(v)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case p.errors.String() != "":
		return errors.New(p.errors.String())
	}
	return fmt.Errorf("ended without a word: %w", err)
}

// stop ends the child and waits until it has ended.
func (p *process) stop() {
	p.stdin.Close()
	killer := time.AfterFunc(10*time.Second, func() { p.cmd.Process.Kill() }) //nolint:errcheck // as above
	defer killer.Stop()
	p.cmd.Wait() //nolint:errcheck // how it ended is not of interest
}

// output keeps the beginning of what is written to it: a Go program that dies
// says why first.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (t *output) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p[:min(len(p), 4096-t.text.Len())])
	return len(p), nil
}

// String returns the line that matters most: Python's is the last.
func (t *output) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(t.text.String()), "\n")
	line := lines[0]
	if strings.HasPrefix(line, "Traceback") {
		line = lines[len(lines)-1]
	}
	return line[:min(len(line), 200)]
}

// environment is all that children see: nothing of the caller's AWS
// configuration and no proxy.
func environment(more ...string) []string {
	env := []string{"AWS_EC2_METADATA_DISABLED=true"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}
