//go:build unix

package locallambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

func TestCommandEcho(t *testing.T) {
	c := newCommand(t)
	first := worksStill(t, c)
	second := worksStill(t, c)
	if first.PID != second.PID {
		t.Errorf("two calls, one after the other, ran in processes %d and %d", first.PID, second.PID)
	}
	if first.PID == os.Getpid() {
		t.Error("the function is no process of its own")
	}
}

// Every way in which a function fails, with the answer that Lambda gives to it,
// byte for byte. ID stands for the request id.
func TestCommandOutcomes(t *testing.T) {
	reported := `{"errorMessage":"boom",  "errorType":"ValueError","stackTrace":["a","b"]}`
	exit := func(text string) string {
		return `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ID Error: ` + text + `"}`
	}
	tooLarge := `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
	tests := []struct {
		name    string
		do      task
		payload string
		lives   bool // the worker serves the next call too
	}{
		{"exit 0", task{Do: "exit"}, exit("Runtime exited without providing a reason"), false},
		{"exit 7", task{Do: "exit", Code: 7}, exit("Runtime exited with error: exit status 7"), false},
		{"panic", task{Do: "panic", Text: "oh"}, exit("Runtime exited with error: exit status 2"), false},
		{"kill -9", task{Do: "kill"}, exit("Runtime exited with error: signal: killed"), false},
		{"error", task{Do: "error", Text: reported}, reported, true},
		{"error that is no JSON", task{Do: "error", Text: "plain\n"}, "plain\n", true},
		{"error, then exit 1", task{Do: "error, exit", Text: reported}, reported, false},
		{"7 MB", task{Do: "big", Size: 7_000_000}, tooLarge, true},
		{"7 MB in chunks", task{Do: "big, chunked", Size: 7_000_000}, tooLarge, true},
		{"one byte too many", task{Do: "big", Size: 6_291_557}, tooLarge, true},
		{"one byte too many, in chunks", task{Do: "big, chunked", Size: 6_291_557}, tooLarge, true},
		{"truncated post", task{Do: "truncated"},
			`{"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: ID Error: HTTP request detected as truncated"}`, true},
		{"truncated post, then exit 5", task{Do: "truncated, exit", Code: 5}, exit("Runtime exited with error: exit status 5"), false},
		{"malformed chunks", task{Do: "malformed chunks"},
			`{"errorType":"Runtime.TruncatedResponse","errorMessage":"RequestId: ID Error: HTTP request detected as truncated"}`, true},
		{"stream with error trailers", task{Do: "stream, error", Size: 3, Text: reported}, reported, true},
		{"stream with an error without a document", task{Do: "stream, error", Size: 3},
			`{"errorMessage":"","errorType":"Boom"}`, true},
		{"stream with 20 KiB of error trailers", task{Do: "stream, error", Text: longError()}, longError(), true},
	}
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			before := worksStill(t, c)
			o := send(t, c, test.do)
			if o.failed != "Unhandled" {
				t.Errorf("FunctionError = %q, want Unhandled", o.failed)
			}
			if want := strings.ReplaceAll(test.payload, "ID", o.res.RequestID); o.payload != want {
				t.Errorf("payload\n%.500s\nwant\n%.500s", o.payload, want)
			}
			after := worksStill(t, c)
			if lives := before.PID == after.PID; lives != test.lives {
				t.Errorf("the worker lives: %v, want %v", lives, test.lives)
			}
		})
	}
}

func longError() string {
	return `{"errorMessage":"deep","errorType":"RecursionError","stackTrace":["` + strings.Repeat("frame ", 2500) + `"]}`
}

// A buffered answer may come in either encoding and be as long as the limit.
func TestCommandAnswers(t *testing.T) {
	c := newCommand(t)
	for _, test := range []struct {
		name string
		do   task
		size int
	}{
		{"largest", task{Do: "big", Size: 6_291_556}, 6_291_556},
		{"largest in chunks", task{Do: "big, chunked", Size: 6_291_556}, 6_291_556},
		{"empty in chunks", task{Do: "stream"}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := send(t, c, test.do)
			if o.failed != "" || len(o.payload) != test.size {
				t.Errorf("failed %q, %d bytes, want none, %d", o.failed, len(o.payload), test.size)
			}
			worksStill(t, c)
		})
	}
	t.Run("byte for byte", func(t *testing.T) {
		payload := []byte(`{"do":"payload", "text":"äöü \u0000  <&>" }`)
		o := invokeBuffered(t, c, &vialambda.Invocation{Function: "orders", Payload: payload})
		if o.payload != string(payload) {
			t.Errorf("payload %q, want %q", o.payload, payload)
		}
	})
}

// An answer that is too large is refused as it comes, without the front that
// would find it too large afterwards, and the function is told.
func TestCommandTooLarge(t *testing.T) {
	c := newCommand(t)
	ctx := withCall(t.Context(), newCall(name{Function: "orders"}))
	for _, do := range []string{"big", "big, chunked"} {
		for _, streaming := range []bool{false, true} {
			if do == "big, chunked" && streaming {
				continue // it may be 200 MB
			}
			in := newEvent(task{Do: do, Size: 6_291_557})
			in.LogTail, in.Stream = true, streaming
			res, err := c.Invoke(ctx, in)
			if err != nil {
				t.Fatal(err)
			}
			payload, err := io.ReadAll(res.Payload)
			failed, isFailure := errors.AsType[*vialambda.FunctionError](err)
			if streaming && (!isFailure || failed.Type != "Function.ResponseSizeTooLarge" || len(payload) > 0) ||
				!streaming && !bytes.Contains(payload, []byte(`"errorType":"Function.ResponseSizeTooLarge"`)) {
				t.Errorf("%s, streaming %v: %.200s, %v", do, streaming, payload, err)
			}
			if !bytes.Contains(res.LogTail, []byte("stream: 413\n")) {
				t.Errorf("%s, streaming %v: the function was not told:\n%s", do, streaming, res.LogTail)
			}
		}
	}
}

// Two answers for one id: the first counts, the others are refused.
func TestCommandTwoAnswers(t *testing.T) {
	c := newCommand(t)
	in := newEvent(task{Do: "twice"})
	in.LogTail = true
	o := invokeBuffered(t, c, in)
	if o.payload != `"first"` || o.failed != "" {
		t.Errorf("payload %s, failed %q", o.payload, o.failed)
	}
	want := `202 400 {"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"} 400`
	if !strings.Contains(string(o.res.LogTail), want) {
		t.Errorf("the function saw\n%s\nwant %s", o.res.LogTail, want)
	}
	worksStill(t, c)
}

// An answer before the runtime has asked for an event is refused and harms
// nothing.
func TestCommandAnswerBeforeNext(t *testing.T) {
	c := newCommand(t, mode("answer before next"))
	s := worksStill(t, c)
	want := runtimeReply{Status: 403, Body: `{"errorMessage":"State transition from Started to InvocationResponse failed for runtime. ` +
		`Error: State transition is not allowed","errorType":"InvalidStateTransition"}`}
	if s.Early == nil || *s.Early != want {
		t.Errorf("answered %+v, want %+v", s.Early, want)
	}
}

func TestCommandTimeout(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.Timeout, c.MaxConcurrency = 250*time.Millisecond, 1 })
	before := worksStill(t, c)
	o := send(t, c, task{Do: "grandchild, hang", Hook: hook.url})
	want := `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: ` + o.res.RequestID + ` Error: Task timed out after 0.25 seconds"}`
	if o.payload != want || o.failed != "Unhandled" {
		t.Errorf("%q, payload\n%s\nwant\n%s", o.failed, o.payload, want)
	}
	grandchild := atoi(t, <-hook.arrived)
	eventually(t, "the group is killed", func() bool { return !alive(before.PID) && !alive(grandchild) })
	if after := worksStill(t, c); after.PID == before.PID {
		t.Error("the worker outlived the timeout")
	}
}

// Starting a worker is not charged to the invocation: the deadline counts from
// the delivery.
func TestCommandDeadline(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, mode("init hook"), func(c *Command) {
		c.Timeout = 30 * time.Second
		c.Env = append(c.Env, "HOOK="+hook.url)
	})
	var before time.Time
	go func() {
		<-hook.arrived
		time.Sleep(5 * time.Millisecond) // of which the deadline must know nothing
		before = time.Now()
		hook.proceed <- struct{}{}
	}()
	s := worksStill(t, c)
	after := time.Now()
	deadline := time.UnixMilli(int64(atoi(t, s.Header["Lambda-Runtime-Deadline-Ms"])))
	if deadline.Before(before.Add(30*time.Second-time.Millisecond)) || deadline.After(after.Add(30*time.Second)) {
		t.Errorf("deadline %v, want 30 s after the delivery between %v and %v", deadline, before, after)
	}
}

// A Timeout around the Command is the function's too.
func TestCommandInTimeout(t *testing.T) {
	for _, test := range []struct{ own, around, want time.Duration }{
		{0, 0, 3 * time.Second},
		{0, time.Minute, time.Minute},
		{time.Second, time.Minute, time.Second},
		{time.Minute, time.Second, time.Second},
		{time.Minute, 0, time.Minute},
	} {
		c := &Command{Timeout: test.own}
		if got := c.timeoutOf(&call{Timeout: test.around}); got != test.want {
			t.Errorf("%v in %v: %v, want %v", test.own, test.around, got, test.want)
		}
	}
	c := newCommand(t, func(c *Command) { c.Timeout = 0 })
	fn := Timeout{Invoker: c, After: 250 * time.Millisecond}
	before := worksStill(t, fn)
	o := send(t, fn, task{Do: "hang"})
	if !strings.Contains(o.payload, "Task timed out after 0.25 seconds") {
		t.Errorf("payload %s", o.payload)
	}
	eventually(t, "the worker is killed", func() bool { return !alive(before.PID) })
}

func atoi(t testing.TB, text string) int {
	t.Helper()
	var n int
	if err := json.Unmarshal([]byte(text), &n); err != nil {
		t.Fatalf("%q is no number", text)
	}
	return n
}
