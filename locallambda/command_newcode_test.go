//go:build unix

package locallambda

import (
	"os"
	"sync"
	"testing"
)

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
