//go:build unix

package locallambda

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCommandInit(t *testing.T) {
	exit := func(text string) string {
		return `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: ` + text + `"}`
	}
	for _, test := range []struct{ mode, payload, hint string }{
		{"init error", initErrorDocument, ""},
		{"init error, hang", initErrorDocument, ""},
		{"init exit", exit("Runtime exited with error: exit status 3"), "orders: ended (exit status 3) before it asked for an event"},
		{"init exit 0", exit("Runtime exited without providing a reason"), "orders: ended (exit status 0) before it asked for an event"},
		{"init hang", `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ID Error: Task timed out after 0.30 seconds"}`,
			"orders: did not ask for an event within 300ms"},
	} {
		t.Run(test.mode, func(t *testing.T) {
			log := new(lockedBuffer)
			c := newCommand(t, mode(test.mode), func(c *Command) {
				c.MaxConcurrency, c.Log = 1, log
				if test.mode == "init hang" {
					c.InitTimeout = 300 * time.Millisecond
				}
			})
			for range 2 {
				o := send(t, c, task{Do: "echo"})
				if want := strings.ReplaceAll(test.payload, "ID", o.res.RequestID); o.payload != want || o.failed != "Unhandled" {
					t.Errorf("%q, payload\n%s\nwant\n%s", o.failed, o.payload, want)
				}
			}
			if !strings.Contains(log.String(), test.hint) || test.hint == "" && log.String() != "" {
				t.Errorf("log\n%s\nwant %q", log, test.hint)
			}
		})
	}
}

func TestCommandCannotStart(t *testing.T) {
	dir := t.TempDir()
	script := dir + "/noexec"
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		c    *Command
		kind string
		text string
	}{
		{"no such file", &Command{Args: []string{"./missing"}, Dir: dir}, "Runtime.InvalidEntrypoint", "no such file or directory"},
		{"not in PATH", &Command{Args: []string{"no-such-program-anywhere"}}, "Runtime.InvalidEntrypoint", "executable file not found in $PATH"},
		{"not executable", &Command{Args: []string{script}}, "Runtime.InvalidEntrypoint", "permission denied"},
		{"no such directory", &Command{Args: []string{os.Args[0]}, Dir: dir + "/missing"}, "Runtime.InvalidWorkingDir", "no such file or directory"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := test.c
			defer c.Close(context.Background())
			log := new(lockedBuffer)
			c.Log = log
			o := send(t, c, task{})
			var said fault
			if json.Unmarshal([]byte(o.payload), &said) != nil || o.failed != "Unhandled" ||
				said.Type != test.kind || !strings.Contains(said.Message, test.text) {
				t.Errorf("%q %s, want %s, …%s", o.failed, o.payload, test.kind, test.text)
			}
			if !strings.Contains(log.String(), "orders: cannot be started: ") {
				t.Errorf("log %q", log)
			}
		})
	}
	t.Run("no Args", func(t *testing.T) {
		c := new(Command)
		defer c.Close(context.Background())
		_, err := c.Invoke(t.Context(), newEvent(task{}))
		if err == nil || !strings.Contains(err.Error(), "no Args") {
			t.Errorf("error %v", err)
		}
	})
}
