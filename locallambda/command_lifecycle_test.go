//go:build unix

package locallambda

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

// A grandchild that holds the function's standard output holds up nothing: it is
// killed with its group when the worker ends.
func TestCommandGrandchildren(t *testing.T) {
	t.Run("while the worker lives", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "grandchild"})
		worksStill(t, c)
		if !alive(s.Child) {
			t.Error("the grandchild was killed though its worker lives")
		}
		c.Close(t.Context())
		eventually(t, "the grandchild is gone", func() bool { return !alive(s.Child) })
	})
	t.Run("when the worker exits", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "grandchild, exit"})
		eventually(t, "the grandchild is gone", func() bool { return !alive(s.Child) })
		worksStill(t, c)
	})
	t.Run("in a session of its own", func(t *testing.T) {
		c := newCommand(t)
		s := ask(t, c, task{Do: "runaway, exit"})
		defer syscall.Kill(s.Child, syscall.SIGKILL)
		worksStill(t, c)
		c.Close(t.Context())
		if !alive(s.Child) {
			t.Error("the runaway was caught: say so in the documentation")
		}
	})
}

// Close ends workers that are idle, busy and starting, and fails what waits.
func TestCommandClose(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 2 })
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			o := send(t, c, task{Do: "hang", Hook: hook.url})
			want := `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + o.res.RequestID + ` Error: Runtime exited with error: signal: terminated"}`
			if o.payload != want {
				t.Errorf("%s, want %s", o.payload, want)
			}
		})
	}
	<-hook.arrived
	<-hook.arrived
	addresses := addresses(c)
	wg.Go(func() {
		_, err := c.Invoke(context.Background(), newEvent(task{Do: "echo"}))
		if refusal, ok := errors.AsType[*vialambda.InvokeError](err); !ok || refusal.MayHaveRun || !errors.Is(err, os.ErrClosed) {
			t.Errorf("error %+v", err)
		}
	})
	eventually(t, "one waits", func() bool { return waiting(c) == 1 })
	hook.proceed <- struct{}{}
	hook.proceed <- struct{}{}
	c.Close(context.Background())
	wg.Wait()
	if pids := workersOf(c); len(pids) > 0 {
		t.Errorf("processes left: %v", pids)
	}
	for _, address := range addresses {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			t.Errorf("%s is still open", address)
		}
	}
	if _, err := c.Invoke(t.Context(), newEvent(task{})); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error %v after Close", err)
	}
	c.Close(context.Background())
	new(Command).Close(context.Background())
}

func addresses(c *Command) []string {
	var list []string
	for _, w := range c.pool.all() {
		list = append(list, w.api.address())
	}
	return list
}

// A process that takes no notice of SIGTERM is killed.
func TestCommandCloseStubborn(t *testing.T) {
	for _, name := range []string{"after the grace", "when the context ends"} {
		t.Run(name, func(t *testing.T) {
			hook := newHook(t)
			c := newCommand(t)
			var wg sync.WaitGroup
			wg.Go(func() {
				o := send(t, c, task{Do: "ignore SIGTERM, hang", Hook: hook.url})
				if !strings.Contains(o.payload, "signal: killed") {
					t.Errorf("payload %s", o.payload)
				}
			})
			<-hook.arrived
			hook.proceed <- struct{}{}
			ctx, cancel := context.WithCancel(t.Context())
			if name == "when the context ends" {
				cancel()
			}
			c.Close(ctx)
			cancel()
			wg.Wait()
		})
	}
}

// A runtime whose request for work breaks off gets none until it asks again, and
// not for ever.
func TestCommandNextBreaksOff(t *testing.T) {
	phaseOf := func(c *Command) phase {
		w := c.pool.all()[0]
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.phase
	}
	t.Run("it asks again", func(t *testing.T) {
		hook := newHook(t)
		c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
		first := ask(t, c, task{Do: "drop next", Hook: hook.url})
		<-hook.arrived
		eventually(t, "it is away", func() bool { return phaseOf(c) == away })
		hook.proceed <- struct{}{}
		if s := worksStill(t, c); s.PID != first.PID {
			t.Error("the worker was replaced")
		}
	})
	t.Run("it does not", func(t *testing.T) {
		hook := newHook(t)
		c := newCommand(t, func(c *Command) { c.MaxConcurrency, c.InitTimeout = 1, 300*time.Millisecond })
		first := ask(t, c, task{Do: "drop next", Hook: hook.url})
		<-hook.arrived
		eventually(t, "it is gone", func() bool { return !alive(first.PID) })
		worksStill(t, c)
	})
}

func TestCommandIdleWorkersEnd(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.IdleTimeout = 50 * time.Millisecond })
	before := worksStill(t, c)
	eventually(t, "the worker is gone", func() bool { return !alive(before.PID) })
	if after := worksStill(t, c); after.PID == before.PID {
		t.Error("the worker is still there")
	}
}

// New code is noticed when a worker is taken: idle workers are replaced, busy
// ones when they are done.
func TestCommandNewCode(t *testing.T) {
	dir := t.TempDir()
	watched := dir + "/app.py"
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(watched, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, pattern := range []string{"app.py", "*.py", watched} {
		t.Run(pattern, func(t *testing.T) {
			write("1")
			hook := newHook(t)
			c := newCommand(t, func(c *Command) {
				c.MaxConcurrency, c.Dir, c.Watch = 1, dir, []string{pattern}
			})
			first := worksStill(t, c)
			if s := worksStill(t, c); s.PID != first.PID {
				t.Error("replaced though nothing has changed")
			}
			write("22")
			second := worksStill(t, c)
			if second.PID == first.PID {
				t.Error("not replaced though the file has changed")
			}
			eventually(t, "the old worker is gone", func() bool { return !alive(first.PID) })

			var wg sync.WaitGroup
			wg.Go(func() { ask(t, c, task{Do: "echo", Hook: hook.url}) })
			<-hook.arrived
			write("333")
			var third said
			wg.Go(func() { third = ask(t, c, task{Do: "echo"}) })
			eventually(t, "it waits", func() bool { return waiting(c) == 1 })
			hook.proceed <- struct{}{}
			wg.Wait()
			if third.PID == second.PID {
				t.Error("a busy worker took another invocation though the file had changed")
			}
		})
	}
}

// The program itself may be replaced and run at once.
func TestCommandNewProgram(t *testing.T) {
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	install := func() {
		t.Helper()
		if err := os.WriteFile(dir+"/new", program, 0o700); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
		if err := os.Rename(dir+"/new", dir+"/bootstrap"); err != nil {
			t.Fatal(err)
		}
	}
	install()
	c := newCommand(t, func(c *Command) {
		c.Args[0], c.Dir = "./bootstrap", dir
	})
	before := worksStill(t, c)
	install()
	if after := worksStill(t, c); after.PID == before.PID {
		t.Error("the old program runs")
	}
}

// Workers that fail one after the other are replaced after a pause, unless the
// program has changed.
func TestCommandBackoff(t *testing.T) {
	dir := t.TempDir()
	c := newCommand(t, mode("init exit"), func(c *Command) {
		c.MaxConcurrency, c.Dir, c.Watch = 1, dir, []string{"app.py"}
	})
	for range freeFailures - 1 {
		send(t, c, task{})
	}
	if pause := c.pool.backoff.until; time.Until(pause) > 0 {
		t.Errorf("a pause after %d failures", freeFailures-1)
	}
	send(t, c, task{})
	c.pool.mu.Lock()
	failures, stamp := c.pool.backoff.failures, c.pool.backoff.stamp
	c.pool.backoff.until = time.Now().Add(time.Hour)
	c.pool.mu.Unlock()
	if failures != freeFailures || stamp != c.stamp() {
		t.Errorf("%d failures counted", failures)
	}

	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := c.Invoke(ctx, newEvent(task{}))
		failed <- err
	}()
	eventually(t, "it pauses", func() bool {
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		return c.pool.taken == 1 && len(c.pool.workers) == 0
	})
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := os.WriteFile(dir+"/app.py", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	send(t, c, task{}) // does not wait for an hour
}

// One answer from a worker that lives ends the series.
func TestCommandBackoffEnds(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	counted := func() int {
		c.pool.mu.Lock()
		defer c.pool.mu.Unlock()
		return c.pool.backoff.failures
	}
	send(t, c, task{Do: "exit"})
	send(t, c, task{Do: "exit"})
	if n := counted(); n != 2 {
		t.Errorf("%d failures counted, want 2", n)
	}
	worksStill(t, c)
	eventually(t, "the series has ended", func() bool { return counted() == 0 })
}

func TestPauseAfter(t *testing.T) {
	for failures, want := range map[int]time.Duration{
		0: 0, 1: 0, 2: 0,
		3: 100 * time.Millisecond, 4: 200 * time.Millisecond, 5: 400 * time.Millisecond,
		8: 2 * time.Second, 1_000_000: 2 * time.Second,
	} {
		if got := pauseAfter(failures); got != want {
			t.Errorf("pauseAfter(%d) = %v, want %v", failures, got, want)
		}
	}
}

// If this process is killed, so are its workers, also one that is busy.
func TestCommandParentKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux kills a child whose parent has ended")
	}
	parent := exec.Command(os.Args[0], "-test.run=^TestParentProcess$")
	parent.Env = append(os.Environ(), "LOCALLAMBDA_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	defer parent.Process.Kill()
	var idle, busy int
	lines := bufio.NewReader(out)
	if _, err := fmt.Fscanln(lines, &idle, &busy); err != nil {
		t.Fatal(err)
	}
	if !alive(idle) || !alive(busy) {
		t.Fatal("the workers are gone before their parent")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, lines)
	parent.Wait()
	eventually(t, "the workers are gone", func() bool { return !alive(idle) && !alive(busy) })
}

// TestParentProcess is the parent that TestCommandParentKilled kills.
func TestParentProcess(t *testing.T) {
	if os.Getenv("LOCALLAMBDA_TEST_PARENT") == "" {
		return
	}
	hook := newHook(t)
	c := &Command{
		Args: []string{os.Args[0], "-test.run=^TestFunctionProcess$"}, Name: "orders",
		Env: functionEnv("normal"), Timeout: time.Hour,
	}
	busy := ask(t, c, task{Do: "echo"})
	go c.Invoke(context.Background(), newEvent(task{Do: "hang", Hook: hook.url}))
	<-hook.arrived
	hook.proceed <- struct{}{}
	idle := worksStill(t, c)
	// Threads that end must not take the workers along: the one that started them
	// does not.
	for range 20 {
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread()
		}()
		<-done
	}
	if worksStill(t, c).PID != idle.PID || !alive(busy.PID) {
		t.Fatal("a worker was lost")
	}
	fmt.Println(idle.PID, busy.PID)
	select {}
}

// Observe tells of every invocation.
func TestCommandObserve(t *testing.T) {
	var mu sync.Mutex
	var reports []Report
	c := newCommand(t, func(c *Command) {
		c.Observe = func(r Report) { mu.Lock(); defer mu.Unlock(); reports = append(reports, r) }
	})
	worksStill(t, c)
	worksStill(t, c)
	send(t, c, task{Do: "error", Text: `{"errorType":"ValueError"}`})
	send(t, c, task{Do: "error", Text: `plain`})
	send(t, c, task{Do: "exit"})
	invokeStream(t, c, newStreamEvent(task{Do: "stream, error", Size: 1}))

	mu.Lock()
	defer mu.Unlock()
	want := []struct {
		cold bool
		err  string
	}{{true, ""}, {false, ""}, {false, "ValueError"}, {false, "Unhandled"}, {false, "Runtime.ExitError"}, {true, "Boom"}}
	if len(reports) != len(want) {
		t.Fatalf("%d reports, want %d: %+v", len(reports), len(want), reports)
	}
	for i, r := range reports {
		if r.Function != "orders" || r.RequestID == "" || r.Status != 200 || r.Duration <= 0 ||
			r.Cold != want[i].cold || (r.Init > 0) != want[i].cold || r.Error != want[i].err {
			t.Errorf("report %d: %+v, want %+v", i, r, want[i])
		}
	}
}
