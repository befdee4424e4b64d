package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func TestEscape(t *testing.T) {
	var p page
	p.macro("SH", `a "b" -c`)
	p.text(escape(`.a \ -b 'c'`))
	p.paragraphs("one\ntwo\n\n  $ .x\n  y\n\n'three'")
	want := `.SH "a \(dqb\(dq \-c"
\&.a \e \-b \(aqc\(aq
.PP
one
two
.PP
.RS "4"
.EX
$ .x
y
.EE
.RE
.PP
\(aqthree\(aq
`
	if got := p.b.String(); got != want {
		t.Errorf("got\n%s, want\n%s", got, want)
	}
}

// TestManual has troff read the page: it complains about what it does not know.
func TestManual(t *testing.T) {
	var out, problems bytes.Buffer
	if code := run(t.Context(), []string{"man"}, strings.NewReader(""), &out, &problems); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &problems)
	}
	for _, name := range []string{"NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "ENVIRONMENT", "SEE ALSO"} {
		if sectionOf(t, out.String(), name) == "" {
			t.Errorf("%s is empty", name)
		}
	}
	for _, line := range strings.Split(out.String(), "\n") {
		for _, r := range line {
			if r > '~' {
				t.Errorf("%q is not ASCII, which every man can show", line)
				break
			}
		}
	}
	for _, c := range [][]string{
		{"mandoc", "-Tlint", "-Werror"}, // it warns that there is no date
		{"groff", "-man", "-Tascii", "-ww"},
	} {
		t.Run(c[0], func(t *testing.T) {
			path, err := exec.LookPath(c[0])
			if err != nil {
				t.Skip("not installed")
			}
			cmd := exec.CommandContext(t.Context(), path, c[1:]...)
			cmd.Stdin = bytes.NewReader(out.Bytes())
			var page, problems bytes.Buffer
			cmd.Stdout, cmd.Stderr = &page, &problems
			if err := cmd.Run(); err != nil || problems.Len() > 0 {
				t.Errorf("%v: %s", err, &problems)
			}
			if c[0] == "groff" && !bytes.Contains(page.Bytes(), []byte("METHOD of the request")) {
				t.Errorf("no --request on the page:\n%s", &page)
			}
		})
	}
}
