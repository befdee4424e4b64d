package docscheck

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// traps are wrong behaviours that were seen in systems which do the same job:
// errors (A), responses (B), requests (C), streams (D), the client's
// environment (E). The number is how many there are of a kind.
var traps = []struct {
	kind  string
	count int
}{{"A", 8}, {"B", 18}, {"C", 20}, {"D", 9}, {"E", 12}}

var (
	trapTest  = regexp.MustCompile(`^TestTrap((?:[A-E][0-9]+)+)`)
	trapID    = regexp.MustCompile(`[A-E][0-9]+`)
	trapLabel = regexp.MustCompile(`^([A-E][0-9]+)[ :]`)
)

// TestEveryTrapHasATest looks for each trap in the names of tests (TestTrapB13…)
// and in strings that begin with it ("B13 HEAD keeps its length"), which are the
// names of subtests. What needs more than Go to run does not count.
func TestEveryTrapHasATest(t *testing.T) {
	named := map[string]bool{}
	for _, path := range files(t, "_test.go") {
		if strings.HasPrefix(path, "internal/docscheck/") || strings.HasPrefix(path, "internal/live/") || strings.HasPrefix(path, "internal/conformance/") {
			continue
		}
		for _, id := range trapsOf(t, path, read(t, path)) {
			named[id] = true
		}
	}
	for _, id := range missingTraps(named) {
		t.Errorf("trap %s has no test: name one TestTrap%s…, or a subtest %q", id, id, id+" …")
	}
}

func TestTrapsOf(t *testing.T) {
	named := map[string]bool{}
	for _, id := range trapsOf(t, "x_test.go", `package x
		func TestTrapA1A2Errors(t *testing.T) { t.Run("B13 HEAD", nil); t.Run("B14: 204", nil); t.Run("C1x", nil) }
		func TestTrapsOf() { _ = "see D1 there" } // E1 is a comment`) {
		named[id] = true
	}
	if got, want := len(named), 4; got != want || !named["A1"] || !named["A2"] || !named["B13"] || !named["B14"] {
		t.Errorf("found %v", named)
	}
	if got, want := len(missingTraps(named)), 8+18+20+9+12-4; got != want {
		t.Errorf("%d are missing, want %d", got, want)
	}
}

// trapsOf returns the traps that a test file names.
func trapsOf(t *testing.T, path, source string) (ids []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if m := trapTest.FindStringSubmatch(n.Name.Name); m != nil {
				ids = append(ids, trapID.FindAllString(m[1], -1)...)
			}
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				if m := trapLabel.FindStringSubmatch(text); m != nil {
					ids = append(ids, m[1])
				}
			}
		}
		return true
	})
	return ids
}

func missingTraps(named map[string]bool) (missing []string) {
	for _, k := range traps {
		for n := 1; n <= k.count; n++ {
			if id := fmt.Sprint(k.kind, n); !named[id] {
				missing = append(missing, id)
			}
		}
	}
	return missing
}
