package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSBOM has the command of .goreleaser.yaml say what a binary is made of: every
// module that Go recorded in it, and the standard library.
func TestSBOM(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(root, ".goreleaser.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^sboms:\n  - artifacts: binary\n    cmd: go\n    args: \[(.*)\]$`).FindSubmatch(config)
	if m == nil {
		t.Fatal(".goreleaser.yaml has no SBOM of the binary that go makes")
	}
	program, document := filepath.Join(t.TempDir(), "vialambda"), filepath.Join(t.TempDir(), "sbom.json")
	run := func(dir string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir = filepath.Join(root, dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	run("", "build", "-trimpath", "-o", program, "./cmd/vialambda")
	args := strings.NewReplacer("$document", document, "$artifact", program).Replace(string(m[1]))
	run("cmd", strings.Split(args, ", ")...) // as in dist, the root is one above

	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	var sbom struct {
		BOMFormat  string
		Components []struct {
			Name, Version string
			Hashes        []struct{ Content string }
		}
	}
	if err := json.Unmarshal(text, &sbom); err != nil || sbom.BOMFormat != "CycloneDX" {
		t.Fatalf("%v, a document of format %q", err, sbom.BOMFormat)
	}
	named := map[string]string{}
	for _, c := range sbom.Components {
		named[c.Name] = c.Version
		if c.Name != "std" && len(c.Hashes) == 0 {
			t.Errorf("%s has no hash", c.Name)
		}
	}
	if named["std"] == "" {
		t.Error("the standard library is not named")
	}
	linked := regexp.MustCompile(`(?m)^\tdep\t(\S+)\t(\S+)`).FindAllStringSubmatch(run("", "version", "-m", program), -1)
	if len(linked) < 5 {
		t.Errorf("%d modules are linked", len(linked))
	}
	for _, dep := range linked {
		if named[dep[1]] != dep[2] {
			t.Errorf("%s %s is linked, the document has %q", dep[1], dep[2], named[dep[1]])
		}
	}
}
