package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/vialambda/vialambda"
)

// write puts the response where the flags want it.
func (o *options) write(t *terminal, resp *http.Response) (err error) {
	defer resp.Body.Close()
	out := t.out
	if o.output != "" && o.output != "-" {
		file, err := os.Create(o.output)
		if err != nil {
			return usagef("cannot write the file: %v", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if o.include || o.head {
		fmt.Fprintf(out, "%s %s\n", resp.Proto, resp.Status)
		showHeader(out, "", resp.Header)
	}
	if o.fail && resp.StatusCode >= http.StatusBadRequest {
		return nil
	}
	if p := o.progressFor(t, resp); p != nil {
		defer p.finish()
		out = io.MultiWriter(out, p)
	}
	_, err = io.Copy(writerOnly{out}, resp.Body)
	return err
}

// writerOnly hides ReadFrom: what has arrived is written at once.
type writerOnly struct{ io.Writer }

// progressFor returns a progress line if someone would see it: stderr is a
// terminal, and stdout is not where the body would be in its way.
func (o *options) progressFor(t *terminal, resp *http.Response) *progress {
	if o.silent || !isTerminal(t.err) || o.output == "" && isTerminal(t.out) {
		return nil
	}
	return &progress{to: t.err, total: resp.ContentLength, start: time.Now()}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// progress counts the bytes of a long transfer in one line on a terminal.
type progress struct {
	to          io.Writer
	total, done int64
	start, last time.Time
}

func (p *progress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	now := time.Now()
	if now.Sub(p.start) > 500*time.Millisecond && now.Sub(p.last) > 100*time.Millisecond {
		p.last = now
		p.show(now)
	}
	return len(b), nil
}

func (p *progress) show(now time.Time) {
	of := ""
	if p.total > 0 {
		of = fmt.Sprintf(" of %s, %d %%", mebibytes(p.total), 100*p.done/p.total)
	}
	rate := float64(p.done) / now.Sub(p.start).Seconds()
	fmt.Fprintf(p.to, "\r%s%s, %s/s  ", mebibytes(p.done), of, mebibytes(int64(rate)))
}

func (p *progress) finish() {
	if !p.last.IsZero() {
		p.show(time.Now())
		fmt.Fprintln(p.to)
	}
}

func mebibytes(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// showTiming is the table of --timing.
func showTiming(w io.Writer, i *vialambda.Info) {
	for _, phase := range []struct {
		name string
		took time.Duration
	}{
		{"resolve", i.Resolve}, {"encode", i.Encode}, {"connect", i.Connect},
		{"wait", i.Wait}, {"backoff", i.Backoff}, {"decode", i.Decode},
	} {
		fmt.Fprintf(w, "%-8s %10.3f ms\n", phase.name, float64(phase.took)/float64(time.Millisecond))
	}
	fmt.Fprintf(w, "%-8s %10d\n%-8s %10d bytes\n%-8s %10d bytes\n", "attempts", i.Attempts, "event", i.EventBytes, "answer", i.AnswerBytes)
	if r, ok := i.Report(); ok {
		fmt.Fprintf(w, "%-8s %10.3f ms, billed %v, %d of %d MB", "function", float64(r.Duration)/float64(time.Millisecond), r.Billed, r.MaxMemoryMB, r.MemoryMB)
		for _, start := range []struct {
			what string
			took time.Duration
		}{{"cold start", r.Init}, {"restored from a snapshot in", r.Restore}} {
			if start.took > 0 {
				fmt.Fprintf(w, ", %s %v", start.what, start.took)
			}
		}
		if r.Status != "" {
			fmt.Fprintf(w, ", status %s", r.Status)
		}
		fmt.Fprintln(w)
	}
}
