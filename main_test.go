package vialambda_test

import (
	"os/exec"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestStandardLibraryOnly: a program that uses the root package alone links
// nothing but the standard library and what is here.
func TestStandardLibraryOnly(t *testing.T) {
	const module = "github.com/vialambda/vialambda"
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}",
		module, module+"/internal/event").CombinedOutput()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, out)
	}
	seen := false
	for path := range strings.FieldsSeq(string(out)) {
		seen = seen || path == module
		switch strings.TrimPrefix(path, module) {
		case "", "/internal/event", "/internal/memo":
		default:
			t.Errorf("imports %s", path)
		}
	}
	if !seen {
		t.Errorf("go list named %q and not %s", out, module)
	}
}
