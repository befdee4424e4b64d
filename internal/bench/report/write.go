package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/vialambda/vialambda/internal/bench/harness"
)

// Names of what Write writes.
const (
	document = "benchmarks.md"
	picture  = "benchmarks.svg"
)

// sections are what Write puts between markers.
func sections(r *harness.Results) map[string]string {
	return map[string]string{
		"targets":       verdicts(Targets(r)),
		"summary":       summary(r),
		"scale":         curves(r),
		"gateway":       gateways(r),
		"hop":           hops(r),
		"details":       details(r),
		"circumstances": circumstances(r),
	}
}

// Write puts r into the document in dir, between its markers, and draws the
// chart beside it. The prose around the markers is left alone; a section whose
// markers are missing is an error.
func Write(dir string, r *harness.Results) error {
	file := filepath.Join(dir, document)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: it holds the prose, and the markers that figures go between", err)
	} else if err != nil {
		return err
	}
	for name, section := range sections(r) {
		if text, err = replace(text, name, section); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := os.WriteFile(file, text, 0o644); err != nil { //nolint:gosec // documentation
		return err
	}
	return drawChart(filepath.Join(dir, picture), r)
}

// replace returns text with what stands between the markers of that name
// replaced by section.
func replace(text []byte, name, section string) ([]byte, error) {
	begin := []byte("<!-- generated: " + name + " -->\n")
	end := []byte("<!-- end of " + name + " -->\n")
	before, rest, ok := bytes.Cut(text, begin)
	_, after, ok2 := bytes.Cut(rest, end)
	if !ok || !ok2 {
		return nil, fmt.Errorf("no %q, or no %q after it", bytes.TrimSpace(begin), bytes.TrimSpace(end))
	}
	return slices.Concat(before, begin, []byte("\n"+section+"\n"), end, after), nil
}

// WriteText writes what a person at a terminal wants to see.
func WriteText(w io.Writer, r *harness.Results, targets []Target) error {
	_, err := fmt.Fprintf(w, "CPU of the client per call\n\n%s\n%s\nThe gateway\n\n%s\nTargets\n\n%s", summary(r), failures(r), gateways(r), verdicts(targets))
	return err
}
