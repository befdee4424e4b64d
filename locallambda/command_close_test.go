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
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

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
