package conformance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/vialambda/vialambda"
)

type state int

const (
	missing state = iota
	green
	excused
	notServed
)

// cell is one result of the matrix.
type cell struct {
	state  state
	detail string
	excuse *Excuse
}

// report writes docs/conformance.md. It holds nothing that differs from run to
// run.
func (m *matrix) report() ([]byte, error) {
	v, err := readVersions(m.root)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	write := func(format string, args ...any) { fmt.Fprintf(&out, format, args...) }
	write(reportHead, len(m.cases))

	runtimes := m.runtimes(v)
	write("| function | framework | adapter | runtime client | its own server |\n|---|---|---|---|---|\n")
	for _, fn := range Functions() {
		server := v.label(fn.Server)
		if server == "" {
			server = "none: the contract's reference server"
		}
		mode := ""
		if fn.Mode == vialambda.Stream {
			mode = " (called as a stream)"
		}
		write("| %s%s | %s | %s | %s | %s |\n", fn.Name, mode, v.label(fn.Framework), v.label(fn.Adapter), runtimes[fn.Language], server)
	}

	write("\n## Result\n\nGreen cells of all, and the excused ones by their numbers below.\n\n")
	write("| function | rest-api | http-api | function-url | alb | alb-multi-value |\n|---|---|---|---|---|---|\n")
	notes := m.notes()
	for _, fn := range Functions() {
		write("| %s |", fn.Name)
		for _, f := range allFive {
			write(" %s |", m.summary(fn, f, notes))
		}
		write("\n")
	}

	write("\n## Excuses\n\n")
	if len(notes) == 0 {
		write("None.\n")
	}
	for i, e := range notes {
		write("%d. %s  \n   %s\n", i+1, e.Cause, e.Source)
	}

	write("\n## Cases\n\n✓ is the answer of the application's own server, a number an excuse, – a case that the function\ndoes not serve, an empty cell a format that the adapter does not document.\n")
	for _, fn := range Functions() {
		write("\n### %s\n\n| case |", fn.Name)
		for _, f := range fn.Formats {
			write(" %s |", f)
		}
		write("\n|---|%s\n", strings.Repeat("---|", len(fn.Formats)))
		for _, c := range m.cases {
			write("| %s |", c.Name)
			for _, f := range fn.Formats {
				write(" %s |", m.mark(cellKey{fn.Name, f, c.Name}, notes))
			}
			write("\n")
		}
		for _, list := range []struct {
			title string
			why   map[string]string
		}{{"Not served", fn.NotServed}, {"Compared with the reference server, for the application's own fails", fn.OwnServerFails}} {
			for _, c := range m.cases {
				if why := list.why[c.Name]; why != "" {
					write("\n%s: %s, %s.\n", list.title, c.Name, why)
				}
			}
		}
	}
	return out.Bytes(), nil
}

// notes are the excuses in use, each once, in the order of the table.
func (m *matrix) notes() []*Excuse {
	var notes []*Excuse
	for _, fn := range Functions() {
		for _, c := range m.cases {
			for _, f := range fn.Formats {
				if e := m.cells[cellKey{fn.Name, f, c.Name}].excuse; e != nil && !slices.Contains(notes, e) {
					notes = append(notes, e)
				}
			}
		}
	}
	return notes
}

func (m *matrix) mark(key cellKey, notes []*Excuse) string {
	switch c := m.cells[key]; c.state {
	case green:
		return "✓"
	case excused:
		return fmt.Sprint(slices.Index(notes, c.excuse) + 1)
	case notServed:
		return "–"
	}
	return "?"
}

func (m *matrix) summary(fn Function, f vialambda.Format, notes []*Excuse) string {
	if !slices.Contains(fn.Formats, f) {
		return ""
	}
	var greens, all int
	var numbers []string
	for _, c := range m.cases {
		key := cellKey{fn.Name, f, c.Name}
		switch m.cells[key].state {
		case green:
			greens++
			all++
		case excused:
			all++
			if n := m.mark(key, notes); !slices.Contains(numbers, n) {
				numbers = append(numbers, n)
			}
		}
	}
	text := fmt.Sprintf("%d/%d", greens, all)
	if numbers != nil {
		text += " (" + strings.Join(numbers, ", ") + ")"
	}
	return text
}

// runtimes name the runtime client of each language, and how its native part,
// if it has one, came here.
func (m *matrix) runtimes(v versions) map[string]string {
	node := v.label("aws-lambda-ric") + ", its native part compiled"
	if _, err := os.Stat(filepath.Join(m.root, ".cache", "node", "node_modules", "aws-lambda-ric", "rapid-client.node")); err != nil {
		node = v.label("aws-lambda-ric") + ", a shim for its native part"
	}
	return map[string]string{
		"python": v.label("awslambdaric") + ", from its wheel",
		"node":   node,
		"go":     v.label("github.com/aws/aws-lambda-go"),
		"rust":   v.label("lambda_runtime"),
		"java":   v.label("aws-lambda-java-runtime-interface-client"),
	}
}

const reportHead = `# Conformance

What people deploy to Lambda, called through vialambda, compared with the same application over plain
HTTP. This file is written by ` + "`make conformance`" + `; do not edit it.

Each function below runs on this machine as a real Lambda function: its adapter and its runtime client
unchanged, in a process of its own that speaks the Lambda Runtime API. It serves a small HTTP contract
(internal/conformance/contract) and is sent %d requests in every format that its adapter documents.
Each answer is compared with the one that the same application gives behind its framework's own
server: status, header fields, body, and what the application saw of the request. One fixed list of
fields that servers and front doors add is left out (internal/conformance/answer.go).

A cell that differs must have an excuse: the adapter, handed AWS's own test event with the same request
in it and vialambda not involved, answers the same. An excuse whose cell turns green fails the build, and
so does any other difference.

`
