package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// TestVersionOfBuilds builds the command as a release does: what it prints comes
// from git, through Go's build information.
func TestVersionOfBuilds(t *testing.T) {
	r := &repository{dir: t.TempDir()}
	here, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	git(t, r, "clone", "-q", "--no-tags", here, ".")
	git(t, r, "tag", "v0.9.9")
	git(t, r, "tag", "otel/v0.9.10") // another module's
	program := filepath.Join(t.TempDir(), "vialambda")
	version := func() string {
		build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=true", "-o", program, "./cmd/vialambda")
		build.Dir = r.dir
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		out, err := exec.CommandContext(t.Context(), program, "--version").Output()
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSuffix(string(out), " ("+runtime.Version()+")\n")
	}
	for _, test := range []struct {
		name   string
		change func()
		want   string
	}{
		{"at the tag", func() {}, `^vialambda 0\.9\.9$`},
		{"with changes", func() { put(t, r, "new.txt", "") }, `^vialambda 0\.9\.9\+dirty$`},
		{"after the tag", func() {
			git(t, r, "add", "new.txt")
			git(t, r, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", "x")
		}, `^vialambda 0\.9\.10-0\.\d{14}-[0-9a-f]{12}$`},
	} {
		test.change()
		if got := version(); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("%s: got %q, want %s", test.name, got, test.want)
		}
	}
}
