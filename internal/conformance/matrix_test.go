package conformance

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"net/http/httptest"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/conformance/contract"
	"github.com/vialambda/vialambda/internal/conformance/toolchain"
	"github.com/vialambda/vialambda/locallambda"
)

// TestMatrix calls every function in every format that it documents with every
// case of the contract, and compares the answers with those that the same
// application gives over plain HTTP. It writes docs/conformance.md when every
// language has run and no cell is red.
func TestMatrix(t *testing.T) {
	m := newMatrix(t)
	t.Run("functions", func(t *testing.T) {
		for _, fn := range Functions() {
			t.Run(fn.Name, func(t *testing.T) {
				t.Parallel()
				needs(t, fn.Language)
				m.row(t, fn)
			})
		}
	})
	for _, language := range toolchain.Languages() {
		if err := language.Check(m.root); err != nil {
			t.Logf("NOT RUN: the functions in %s: %v", language.Name, err)
			return
		}
	}
	if t.Failed() || !m.complete() {
		return
	}
	text, err := m.report()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(m.root, "..", "..", "docs", "conformance.md")
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Log("docs/conformance.md is new: commit it")
}

// needs skips the test if the language is not installed here, and fails it in CI.
func needs(t *testing.T, language string) {
	t.Helper()
	if err := toolchain.Find(language).Check(moduleRoot(t)); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("NOT RUN: %s: %v", language, err)
		}
		t.Skipf("NOT RUN: %s: %v", language, err)
	}
}

func moduleRoot(t testing.TB) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// matrix is what the rows share.
type matrix struct {
	root      string
	samples   string // AWS's test events
	cases     []contract.Case
	excuses   map[cellKey]*Excuse
	reference map[string]*Answer

	mu    sync.Mutex
	cells map[cellKey]cell
	own   map[string]*sync.Once
	plain map[string]map[string]*Answer
}

func newMatrix(t *testing.T) *matrix {
	m := &matrix{
		root:    moduleRoot(t),
		cases:   contract.Cases(),
		cells:   map[cellKey]cell{},
		own:     map[string]*sync.Once{},
		plain:   map[string]map[string]*Answer{},
		samples: sampleEvents(t),
	}
	var err error
	if m.excuses, err = readExcuses(filepath.Join(m.root, "excuses.json")); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range m.cases {
		names = append(names, c.Name)
	}
	for _, cell := range unknownCells(m.excuses, Functions(), names) {
		t.Errorf("excuses.json names a cell that is not in the matrix: %s", cell)
	}
	server := httptest.NewServer(contract.Handler())
	defer server.Close()
	m.reference = askAll(t, server.URL, m.cases)
	return m
}

// sampleEvents is the directory of AWS's test events in the sources of
// aws-lambda-go, which go.sum pins.
func sampleEvents(t testing.TB) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "events", "testdata")
}

// complete reports whether every cell has been entered: not if -run has selected
// some of the rows.
func (m *matrix) complete() bool {
	for _, fn := range Functions() {
		for _, f := range fn.Formats {
			for _, c := range m.cases {
				if m.cells[cellKey{fn.Name, f, c.Name}].state == missing {
					return false
				}
			}
		}
	}
	return true
}

// row runs one function.
func (m *matrix) row(t *testing.T, fn Function) {
	want := m.wanted(t, fn)
	for _, format := range fn.Formats {
		command := fn.command(m.root, format)
		var log lockedBuffer
		command.Log = &log
		calls := &recorder{next: command}
		client := &http.Client{
			Transport: &vialambda.Transport{
				Invoker: locallambda.Functions{fn.Name: calls},
				Targets: vialambda.Targets{fn.Name: {Format: format, Mode: fn.Mode, Routes: fn.Routes}},
			},
			CheckRedirect: follownone,
		}
		failed := false // to give an HTTP response at all
		for _, c := range m.cases {
			if fn.NotServed[c.Name] != "" {
				m.set(fn, format, c, cell{state: notServed, detail: fn.NotServed[c.Name]})
				continue
			}
			got, err := ask(t, client, "http+lambda://"+fn.Name, c)
			var diff string
			if err != nil {
				diff, failed = err.Error(), true
				if c.Name == m.cases[0].Name {
					t.Errorf("%s: does not run: %v", format, err)
					break
				}
			} else {
				diff = Diff(want[c.Name], got)
			}
			m.judge(t, fn, format, c, diff, calls, command)
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Second)
		if err := command.Close(ctx); err != nil {
			t.Errorf("%s: Close: %v", format, err)
		}
		cancel()
		if failed {
			t.Logf("%s wrote:\n%s", format, log.tail(2000))
		}
	}
}

// wanted returns the answers of the function's own server; the reference's where
// there is none.
func (m *matrix) wanted(t *testing.T, fn Function) map[string]*Answer {
	if fn.Server == "" {
		return m.reference
	}
	key := strings.Join(append(fn.plain.args, fn.plain.env...), " ")
	m.mu.Lock()
	once := m.own[key]
	if once == nil {
		once = new(sync.Once)
		m.own[key] = once
	}
	m.mu.Unlock()
	once.Do(func() {
		answers := askAll(t, startPlain(t, m.root, fn.plain), m.cases)
		for _, c := range m.cases {
			if fn.NotServed[c.Name] != "" {
				continue
			}
			diff := diffContract(c, m.reference[c.Name], answers[c.Name])
			switch why := fn.OwnServerFails[c.Name]; {
			case diff == "" && why != "":
				t.Errorf("%s over plain HTTP: %s: keeps the contract now; %q no longer holds", fn.Server, c.Name, why)
			case diff != "" && why == "":
				t.Errorf("%s over plain HTTP: %s: %s", fn.Server, c.Name, diff)
			case why != "":
				answers[c.Name] = m.reference[c.Name]
			}
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.plain[key] = answers
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.plain[key] == nil {
		t.Fatalf("%s over plain HTTP did not start", fn.Server)
	}
	return m.plain[key]
}

// judge enters a cell. diff is "" if vialambda's answer was the wanted one.
func (m *matrix) judge(t *testing.T, fn Function, f vialambda.Format, c contract.Case, diff string, calls *recorder, command *locallambda.Command) {
	excuse := m.excuses[cellKey{fn.Name, f, c.Name}]
	if diff == "" {
		m.set(fn, f, c, cell{state: green})
		if excuse != nil {
			t.Errorf("%s: %s is green: take it out of excuses.json (%s)", f, c.Name, excuse.Cause)
		}
		return
	}
	m.set(fn, f, c, cell{state: excused, excuse: excuse})
	event, err := newWitness(m.samples, f, c, fn.Routes)
	if err != nil {
		t.Fatal(err)
	}
	through := calls.answer(c)
	without, err := invokeRaw(t.Context(), command, fn.Name, fn.Mode == vialambda.Stream, c, event)
	if err != nil {
		without = err.Error()
	}
	switch {
	case through != without:
		t.Errorf("%s: %s: %s\n  through vialambda: %s\n  AWS's event:       %s", f, c.Name, diff, clip(through), clip(without))
	case excuse == nil:
		t.Errorf("%s: %s: %s\n  The function answers AWS's own event in the same way: excuses.json may say why.\n  answer: %s", f, c.Name, diff, clip(through))
	}
}

func (m *matrix) set(fn Function, f vialambda.Format, c contract.Case, value cell) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cells[cellKey{fn.Name, f, c.Name}] = value
}

func clip(text string) string {
	if len(text) > 700 {
		return text[:700] + "…"
	}
	return text
}

// lockedBuffer is a Command's log.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) tail(n int) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.buf.Bytes()[max(0, b.buf.Len()-n):])
}
