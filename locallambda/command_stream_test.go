//go:build unix

package locallambda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

func newStreamEvent(v task) *vialambda.Invocation {
	in := newEvent(v)
	in.Stream = true
	return in
}

// invokeStream reads a stream to its end.
func invokeStream(t testing.TB, c vialambda.Invoker, in *vialambda.Invocation) (string, *vialambda.Result, error) {
	t.Helper()
	res, err := c.Invoke(context.Background(), in)
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	if res.Status != 200 || res.FunctionError != "" {
		t.Errorf("status %d, FunctionError %q, want 200 and none", res.Status, res.FunctionError)
	}
	defer res.Payload.Close()
	payload, err := io.ReadAll(res.Payload)
	return string(payload), res, err
}

// The first chunk is in the caller's hands before the function writes the second:
// each waits for the other.
func TestCommandStreamArrivesAsItIsWritten(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t)
	res, err := c.Invoke(t.Context(), newStreamEvent(task{Do: "stream", Size: 3, Hook: hook.url}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	for i := range 3 {
		want := fmt.Sprintf("chunk %d\n", i)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(res.Payload, got); err != nil || string(got) != want {
			t.Fatalf("read %q, %v, want %q", got, err, want)
		}
		<-hook.arrived
		hook.proceed <- struct{}{}
	}
	for range 2 { // D3: again and again
		if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("TrapD3: read %d, %v at the end, want io.EOF", n, err)
		}
	}
	worksStill(t, c)
}

// How a stream ends that has begun, and one that fails before.
func TestCommandStreamEnds(t *testing.T) {
	document := `{"errorMessage":"half way","errorType":"ValueError","stackTrace":["a"]}`
	exit := "RequestId: ID Error: Runtime exited with error: exit status 7"
	tests := []struct {
		name          string
		do            task
		payload       string
		kind, message string // "": io.EOF
		trace         string
	}{
		{"complete", task{Do: "stream", Size: 2}, "chunk 0\nchunk 1\n", "", "", ""},
		{"empty", task{Do: "stream"}, "", "", "", ""},
		{"a buffered answer", task{Do: "big", Size: 10}, `"xxxxxxxx"`, "", "", ""},
		{"D7 error trailers", task{Do: "stream, error", Size: 2, Text: document}, "chunk 0\nchunk 1\n", "Boom", "half way", `["a"]`},
		{"D7 20 KiB of error trailers", task{Do: "stream, error", Size: 1, Text: longError()}, "chunk 0\n", "Boom", "deep", "*"},
		{"error trailers and nothing else", task{Do: "stream, error", Text: document}, "", "Boom", "half way", `["a"]`},
		{"D7 exit", task{Do: "stream, exit", Size: 2, Code: 7}, "chunk 0\nchunk 1\n", "Runtime.ExitError", exit, ""},
		{"exit before the first byte", task{Do: "exit", Code: 7}, "", "Runtime.ExitError", exit, ""},
		{"D4 cut", task{Do: "stream, cut", Size: 2}, "chunk 0\nchunk 1\n", "Runtime.TruncatedResponse",
			"RequestId: ID Error: HTTP request detected as truncated", ""},
		{"reported before the first byte", task{Do: "error", Text: document}, "", "ValueError", "half way", `["a"]`},
		{"7 MB that do not stream", task{Do: "big", Size: 7_000_000}, "", "Function.ResponseSizeTooLarge",
			"Response payload size exceeded maximum allowed payload size (6291556 bytes).", ""},
	}
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			payload, res, err := invokeStream(t, c, newStreamEvent(test.do))
			if payload != test.payload {
				t.Errorf("payload %.200q, want %q", payload, test.payload)
			}
			failed, isFailure := errors.AsType[*vialambda.FunctionError](err)
			switch {
			case test.kind == "" && err != nil:
				t.Errorf("ended with %v, want io.EOF", err)
			case test.kind == "":
			case !isFailure:
				t.Fatalf("ended with %v, want a FunctionError", err)
			default:
				message := strings.ReplaceAll(test.message, "ID", res.RequestID)
				if failed.Kind != "Unhandled" || failed.Type != test.kind || failed.Message != message || failed.RequestID != res.RequestID {
					t.Errorf("ended with %+v, want %s: %s", failed, test.kind, message)
				}
				if test.trace != "*" && string(failed.Trace) != test.trace {
					t.Errorf("trace %s, want %s", failed.Trace, test.trace)
				}
			}
			worksStill(t, c)
		})
	}
}

func TestCommandStreamTimeout(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.Timeout, c.MaxConcurrency = 250*time.Millisecond, 1 })
	payload, res, err := invokeStream(t, c, newStreamEvent(task{Do: "stream, hang", Size: 1}))
	failed, ok := errors.AsType[*vialambda.FunctionError](err)
	if payload != "chunk 0\n" || !ok || failed.Type != "Sandbox.Timedout" || !failed.Timeout() ||
		failed.Message != "RequestId: "+res.RequestID+" Error: Task timed out after 0.25 seconds" {
		t.Errorf("%q, then %v", payload, err)
	}
	worksStill(t, c)
}

// More than 200 MB are a failure after exactly so many bytes, and neither they
// nor what is dropped after them gather in memory.
func TestCommandStreamLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("moves 200 MB")
	}
	c := newCommand(t)
	worksStill(t, c)
	in := newStreamEvent(task{Do: "stream, flood", Size: maxStream + 1<<20})
	in.LogTail = true
	res, err := c.Invoke(withCall(t.Context(), newCall(name{Function: "orders"})), in) // without the front and its limit
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	peak := watchHeap(t)
	n, err := io.Copy(io.Discard, struct{ io.Reader }{res.Payload})
	grown := peak()
	failed, ok := errors.AsType[*vialambda.FunctionError](err)
	if n != maxStream || !ok || failed.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("%d bytes, then %v", n, err)
	}
	if !bytes.Contains(res.LogTail, []byte("stream: 413\n")) {
		t.Errorf("the function was not told:\n%s", res.LogTail)
	}
	if grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	worksStill(t, c)
}

// watchHeap returns a function that returns by how much the live heap has grown
// at most, as far as the garbage collector has seen it.
func watchHeap(testing.TB) func() int64 {
	runtime.GC()
	var start runtime.MemStats
	runtime.ReadMemStats(&start)
	stop, peak := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
				runtime.GC()
				var now runtime.MemStats
				runtime.ReadMemStats(&now)
				most = max(most, int64(now.HeapAlloc)-int64(start.HeapAlloc))
			}
		}
	}()
	return func() int64 { close(stop); return <-peak }
}

// The caller that reads slowly slows the function down: it cannot write what
// nobody has room for.
func TestCommandStreamBackpressure(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t)
	const size = 64 << 20 // far more than the sockets between them hold
	res, err := c.Invoke(t.Context(), newStreamEvent(task{Do: "stream, flood", Size: size, Hook: hook.url}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	if n, err := io.CopyN(io.Discard, res.Payload, size/2); err != nil {
		t.Fatal(n, err)
	}
	select {
	case <-hook.arrived:
		t.Fatal("the function has written all, its caller has read half")
	default:
	}
	if n, err := io.Copy(io.Discard, res.Payload); n != size/2 || err != nil {
		t.Fatalf("%d bytes, %v", n, err)
	}
	<-hook.arrived
	hook.proceed <- struct{}{}
}

// D8: who closes a stream early lets the function run on to its end, at its own
// pace, and the worker is used again.
func TestTrapD8CommandStreamClosedEarly(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	before := worksStill(t, c)
	for range 1000 {
		res, err := c.Invoke(t.Context(), newStreamEvent(task{Do: "stream", Size: 3}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Payload, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		res.Payload.Close()
	}
	for range 15 {
		res, err := c.Invoke(t.Context(), newStreamEvent(task{Do: "stream, flood", Size: 16 << 20, Hook: hook.url}))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(res.Payload, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		res.Payload.Close()
		if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read %d, %v after Close", n, err)
		}
		<-hook.arrived
		hook.proceed <- struct{}{}
	}
	if after := worksStill(t, c); after.PID != before.PID {
		t.Error("the worker was replaced")
	}
}

// A stream's Read returns when its caller's context ends, and the function runs on.
func TestCommandStreamContext(t *testing.T) {
	hook := newHook(t)
	c := newCommand(t, func(c *Command) { c.MaxConcurrency = 1 })
	before := worksStill(t, c)
	ctx, cancel := context.WithCancelCause(t.Context())
	res, err := c.Invoke(ctx, newStreamEvent(task{Do: "stream", Size: 2, Hook: hook.url}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	if _, err := io.ReadFull(res.Payload, make([]byte, len("chunk 0\n"))); err != nil {
		t.Fatal(err)
	}
	<-hook.arrived
	cancel(errors.New("enough"))
	for range 2 {
		if n, err := res.Payload.Read(make([]byte, 10)); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("read %d, %v, want context.Canceled", n, err)
		}
	}
	hook.proceed <- struct{}{}
	<-hook.arrived
	hook.proceed <- struct{}{}
	if after := worksStill(t, c); after.PID != before.PID {
		t.Error("the worker was replaced")
	}
}

// Nothing that a streaming function writes before it ends is lost, however slow
// the caller.
func TestCommandStreamExitAfterMuch(t *testing.T) {
	c := newCommand(t)
	res, err := c.Invoke(t.Context(), newStreamEvent(task{Do: "stream, exit", Size: 20_000, Code: 7}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	eventually(t, "the process has ended", func() bool { return len(workersOf(c)) == 0 })
	var want bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&want, "chunk %d\n", i)
	}
	got, err := io.ReadAll(res.Payload)
	if failed, ok := errors.AsType[*vialambda.FunctionError](err); !ok || failed.Type != "Runtime.ExitError" {
		t.Errorf("ended with %v", err)
	}
	if !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes, want %d", len(got), want.Len())
	}
}
