//go:build unix

package locallambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vialambda/vialambda"
)

// newCommand returns a Command that runs TestFunctionProcess, with what configure
// changes in it. It is closed at the test's end, and nothing of it must be left.
func newCommand(t testing.TB, configure ...func(*Command)) *Command {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &Command{
		Args:    []string{program, "-test.run=^TestFunctionProcess$"},
		Name:    "orders",
		Env:     functionEnv("normal"),
		Timeout: time.Minute,
	}
	for _, change := range configure {
		change(c)
	}
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		if err := c.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
		if left := workersOf(c); len(left) > 0 {
			t.Errorf("processes left after Close: %v", left)
		}
		if err := goleak.Find(ignore); err != nil {
			t.Errorf("after Close: %v", err)
		}
	})
	return c
}

func mode(m string) func(*Command) {
	return func(c *Command) { c.Env = functionEnv(m) }
}

// functionEnv is the environment of a function. A program with the race detector
// sleeps for a second before it exits, unless it is told not to.
func functionEnv(m string) []string {
	return []string{functionMode + "=" + m, "GORACE=atexit_sleep_ms=0"}
}

func newEvent(v task) *vialambda.Invocation {
	payload, _ := json.Marshal(v)
	return &vialambda.Invocation{Function: "orders", Payload: payload}
}

// commandResult is what a buffered invocation came to.
type commandResult struct {
	payload string
	failed  string // Result.FunctionError
	res     *vialambda.Result
}

func send(t testing.TB, c vialambda.Invoker, v task) commandResult {
	t.Helper()
	return invokeBuffered(t, c, newEvent(v))
}

func invokeBuffered(t testing.TB, c vialambda.Invoker, in *vialambda.Invocation) commandResult {
	t.Helper()
	res, err := c.Invoke(context.Background(), in)
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	payload, err := io.ReadAll(res.Payload)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	res.Payload.Close()
	if res.Status != 200 || res.Size != int64(len(payload)) {
		t.Errorf("status %d, size %d, want 200, %d", res.Status, res.Size, len(payload))
	}
	return commandResult{string(payload), res.FunctionError, res}
}

// ask calls c for what a function says of itself.
func ask(t testing.TB, c vialambda.Invoker, v task) said {
	t.Helper()
	o := send(t, c, v)
	if o.failed != "" {
		t.Fatalf("%s failed: %s", v.Do, o.payload)
	}
	return parseSaid(t, o.payload)
}

func parseSaid(t testing.TB, payload string) said {
	t.Helper()
	var s said
	if err := json.Unmarshal([]byte(payload), &s); err != nil {
		t.Fatalf("%v in %.200s", err, payload)
	}
	return s
}

// worksStill makes sure that the next call works.
func worksStill(t testing.TB, c vialambda.Invoker) said {
	t.Helper()
	nonce := newUUID()
	s := ask(t, c, task{Do: "echo", Nonce: nonce})
	if s.Nonce != nonce {
		t.Errorf("nonce %q, want %q", s.Nonce, nonce)
	}
	return s
}

// hookServer is where functions ask whether they may go on.
type hookServer struct {
	url     string
	arrived chan string   // the query of each request
	proceed chan struct{} // one for each request; closed: all
}

func newHook(t testing.TB) *hookServer {
	h := &hookServer{arrived: make(chan string, 1000), proceed: make(chan struct{})}
	open := sync.OnceFunc(func() { close(h.proceed) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.arrived <- r.URL.RawQuery
		select {
		case <-h.proceed:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(open)
	h.url = server.URL + "/?"
	return h
}

// alive reports whether the process runs: a zombie, which somebody else has to
// collect, does not.
func alive(pid int) bool {
	if stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat"); err == nil {
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		return len(rest) > 0 && rest[0] != 'Z' && rest[0] != 'X'
	}
	if _, err := os.Stat("/proc/self/stat"); err == nil {
		return false
	}
	return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// eventually waits until ok holds.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// workersOf returns the ids of this process's children that run as functions.
func workersOf(*Command) []int {
	var pids []int
	stats, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	for _, entry := range stats {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile("/proc/" + entry.Name() + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := bytes.Cut(stat, []byte(") "))
		fields := strings.Fields(string(rest))
		if len(fields) > 2 && fields[1] == strconv.Itoa(os.Getpid()) && fields[0] != "Z" {
			cmdline, _ := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
			if bytes.Contains(cmdline, []byte("TestFunctionProcess")) {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// lockedBuffer is a writer that a test may read while others write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
