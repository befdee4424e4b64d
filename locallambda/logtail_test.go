//go:build unix

package locallambda

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

// The log tail as Lambda writes it, after a cold and a warm start, with exactly
// what the function wrote during the invocation.
func TestCommandLogTail(t *testing.T) {
	memory := `\tMax Memory Used: \d+ MB`
	if _, err := os.Stat("/proc/self/status"); err != nil {
		memory = ""
	}
	report := `END RequestId: ID\nREPORT RequestId: ID\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 512 MB` + memory + `\t`
	c := newCommand(t, func(c *Command) { c.MemoryMB = 512 })
	for i, init := range []string{`Init Duration: \d+\.\d\d ms\t`, "", ""} {
		in := newEvent(task{Do: "print", Text: fmt.Sprintf("line %d\nhalf ", i), Nonce: "on stderr"})
		in.LogTail = true
		o := invokeBuffered(t, c, in)
		want := `^START RequestId: ID Version: \$LATEST\nline ` + fmt.Sprint(i) + `\nhalf on stderr\n` + report + init + `\n$`
		want = strings.ReplaceAll(want, "ID", o.res.RequestID)
		if !regexp.MustCompile(want).Match(o.res.LogTail) {
			t.Errorf("call %d: log tail\n%q\nwant\n%s", i, o.res.LogTail, want)
		}
		if o := send(t, c, task{Do: "print", Text: "of another invocation\n"}); o.res.LogTail != nil {
			t.Errorf("a log tail that nobody asked for: %q", o.res.LogTail)
		}
	}
}

func TestCommandLogTailBounded(t *testing.T) {
	c := newCommand(t)
	in := newEvent(task{Do: "print", Text: strings.Repeat("0123456789abcde\n", 10_000)})
	in.LogTail = true
	tail := invokeBuffered(t, c, in).res.LogTail
	if len(tail) != 4096 || !bytes.Contains(tail, []byte("\nREPORT RequestId: ")) || bytes.Contains(tail, []byte("START")) {
		t.Errorf("%d bytes: %.100q", len(tail), tail)
	}
}

// The output of a function that ends without an answer is whole, and says how.
func TestCommandLogTailOfFailures(t *testing.T) {
	c := newCommand(t, func(c *Command) { c.Timeout = 250 * time.Millisecond })
	for _, test := range []struct {
		do   task
		want string
	}{
		{task{Do: "print, exit", Text: "last words", Code: 7},
			`\nlast words\nRequestId: ID Error: Runtime exited with error: exit status 7\nRuntime.ExitError\nEND RequestId: ID\n`},
		{task{Do: "print, hang", Text: "last words"},
			`\nlast words\n\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z ID Task timed out after 0.25 seconds\nEND RequestId: ID\n`},
		{task{Do: "print, error", Text: "last words\n"}, `\nlast words\nEND RequestId: ID\n`},
	} {
		for _, streaming := range []bool{false, true} {
			t.Run(fmt.Sprint(test.do.Do, " streaming ", streaming), func(t *testing.T) {
				in := newEvent(test.do)
				in.LogTail = true
				var res *vialambda.Result
				if in.Stream = streaming; streaming {
					var err error
					_, res, err = invokeStream(t, c, in)
					if failed, ok := err.(*vialambda.FunctionError); !ok || !bytes.Equal(failed.LogTail, res.LogTail) {
						t.Errorf("ended with %v", err)
					}
				} else {
					res = invokeBuffered(t, c, in).res
				}
				want := strings.ReplaceAll(test.want, "ID", res.RequestID)
				if !regexp.MustCompile(want).Match(res.LogTail) {
					t.Errorf("log tail\n%s\nwant\n%s", res.LogTail, want)
				}
			})
		}
	}
}

// A process that does not get as far as its event shows why; what one that does
// writes while it starts is not in the tail.
func TestCommandLogTailOfInit(t *testing.T) {
	in := newEvent(task{Do: "echo"})
	in.LogTail = true
	res := invokeBuffered(t, newCommand(t, mode("init exit")), in).res
	want := "START RequestId: " + res.RequestID + " Version: $LATEST\nno module named app\nRequestId: " + res.RequestID +
		" Error: Runtime exited with error: exit status 3\nRuntime.ExitError\nEND "
	if !bytes.Contains(res.LogTail, []byte(want)) {
		t.Errorf("log tail\n%s\nwant\n%s", res.LogTail, want)
	}
	res = invokeBuffered(t, newCommand(t, mode("init output")), in).res
	want = "START RequestId: " + res.RequestID + " Version: $LATEST\nEND "
	if !bytes.Contains(res.LogTail, []byte(want)) {
		t.Errorf("log tail\n%s\nwant\n%s", res.LogTail, want)
	}
}

// A stream's log tail is there when its end has been read, not before.
func TestCommandLogTailOfStream(t *testing.T) {
	c := newCommand(t)
	in := newStreamEvent(task{Do: "stream", Size: 2})
	in.LogTail = true
	_, res, err := invokeStream(t, c, in)
	if err != nil || !bytes.Contains(res.LogTail, []byte("\nstream: 202\nEND RequestId: "+res.RequestID)) {
		t.Errorf("%v, log tail\n%s", err, res.LogTail)
	}
}

// Log gets whole lines with the function's name, whichever worker writes them.
func TestCommandLog(t *testing.T) {
	log := new(lockedBuffer)
	c := newCommand(t, func(c *Command) { c.Log, c.MaxConcurrency = log, 4 })
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			send(t, c, task{Do: "print", Text: strings.Repeat("out out out\n", 50), Nonce: strings.Repeat("err err err\r", 50) + "\n"})
		})
	}
	wg.Wait()
	c.Close(t.Context())
	lines := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
	if len(lines) != 20*100 {
		t.Errorf("%d lines, want %d", len(lines), 20*100)
	}
	for _, line := range lines {
		if line != "orders: out out out" && line != "orders: err err err" {
			t.Fatalf("line %q", line)
		}
	}
}

func TestLineWriter(t *testing.T) {
	for _, test := range []struct {
		name string
		in   []string
		want string
	}{
		{"a line in pieces", []string{"a", "b\nc", "\n"}, "f: ab\nf: c\n"},
		{"no end", []string{"a\nb"}, "f: a\nf: b\n"},
		{"empty lines", []string{"\n\na\n"}, "f: \nf: \nf: a\n"},
		{"carriage returns", []string{"a\rb\rc\n"}, "f: a\nf: b\nf: c\n"},
		{"CRLF", []string{"a\r\nb\r", "\nc\r\n"}, "f: a\nf: b\nf: c\n"},
		{"without end and very long", []string{strings.Repeat("x", maxLine), "y", "z\n"}, "f: " + strings.Repeat("x", maxLine) + "y\nf: z\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			l := &lineWriter{mu: new(sync.Mutex), out: &out, prefix: "f: "}
			for _, piece := range test.in {
				l.write([]byte(piece))
			}
			l.flush()
			if out.String() != test.want {
				t.Errorf("%.200q, want %.200q", out.String(), test.want)
			}
		})
	}
}

// Marks are found wherever the reads cut them, and are never seen by anybody.
func TestOutputMarks(t *testing.T) {
	o, err := newOutput(&lineWriter{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer o.discard()
	text := "before\x00between\x00\x00after\x00"
	for i := range len(o.mark) {
		data := append([]byte(text), o.mark[:i]...)
		want := i
		if i == 0 {
			want = 1 // the text's own last byte may be a mark's first
		}
		if got := o.partial(data); got != want {
			t.Errorf("partial with %d bytes of a mark = %d, want %d", i, got, want)
		}
	}
	if got := o.partial([]byte("no mark")); got != 0 {
		t.Errorf("partial = %d, want 0", got)
	}
}

func TestOutputIsWhole(t *testing.T) {
	log := new(lockedBuffer)
	o, err := newOutput(&lineWriter{mu: new(sync.Mutex), out: log}, nil)
	if err != nil {
		t.Fatal(err)
	}
	go o.serve()
	var want strings.Builder
	for i := range 300 {
		before, during := fmt.Sprintf("%d before\x00\n", i), strings.Repeat("\x00x", i*7)+"\n"
		tail := newOutputTail()
		fmt.Fprint(o.w, before)
		o.begin(tail)
		fmt.Fprint(o.w, during)
		o.end(tail, 36)
		<-tail.complete
		if kept := during[max(0, len(during)-maxTail):]; string(tail.kept) != kept {
			t.Fatalf("%d: tail %q, want %q", i, tail.kept, kept)
		}
		want.WriteString(before + during)
	}
	o.close()
	if log.String() != want.String() {
		t.Errorf("the log has %d bytes, want %d", len(log.String()), want.Len())
	}
}
