package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const notes = `# Changelog

## [Unreleased]

## [0.2.0] - 2026-01-02

### Added

- F.

## [0.1.0] - 2026-01-01

- Everything.
`

// history is a repository of a root module and a nested one, both at v0.1.0, and
// a commit after that in which everything is ready for v0.2.0.
func history(t *testing.T) *repository {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_AUTHOR_NAME": "test", "GIT_AUTHOR_EMAIL": "test@example.com",
		"GIT_COMMITTER_NAME": "test", "GIT_COMMITTER_EMAIL": "test@example.com",
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_SYSTEM": os.DevNull,
	} {
		t.Setenv(name, value)
	}
	r := &repository{dir: t.TempDir()}
	git(t, r, "init", "-q", "-b", "main")
	for name, text := range map[string]string{
		"go.mod":               "module example.com/m\n\ngo 1.26\n",
		"m.go":                 "package m\n\nfunc Old() {}\n\ntype T struct{ A int }\n",
		"sub/sub.go":           "package sub\n\nconst C = 1\n",
		"internal/in/in.go":    "package in\n\nfunc Hidden() {}\n",
		"cmd/m/main.go":        "package main\n\nfunc main() {}\n\nfunc Exported() {}\n",
		"otel/go.mod":          "module example.com/m/otel\n\ngo 1.26\n\nreplace example.com/m => ..\n\nrequire example.com/m v0.1.0\n",
		"otel/otel.go":         "package otel\n\nimport \"example.com/m\"\n\nfunc Trace(m.T) {}\n",
		"CHANGELOG.md":         "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-01\n\n- Everything.\n",
		"internal/tools/.keep": "",
	} {
		put(t, r, name, text)
	}
	commit(t, r)
	git(t, r, "tag", "v0.1.0")
	git(t, r, "tag", "otel/v0.1.0")
	put(t, r, "m.go", "package m\n\nfunc Old() {}\n\nfunc New() {}\n\ntype T struct{ A int }\n")
	put(t, r, "CHANGELOG.md", notes)
	if err := raise(r, "v0.2.0"); err != nil {
		t.Fatal(err)
	}
	commit(t, r)
	return r
}

func TestAPI(t *testing.T) {
	for _, test := range []struct {
		name, file, text string
		accepted         string
		want             string // "": good
	}{
		{"an addition", "m.go", "package m\n\nfunc Old() {}\n\nfunc New() {}\n\ntype T struct{ A, B int }\n", "", ""},
		{"a removal", "m.go", "package m\n\ntype T struct{ A int }\n", "", "incompatible with v0.1.0: vialambda: Old: removed"},
		{"a removal that is meant", "m.go", "package m\n\ntype T struct{ A int }\n", "# why\nvialambda: Old: removed\n", ""},
		{"another removal than is meant", "sub/sub.go", "package sub\n", "vialambda: Old: removed\n", "vialambda: ./sub.C: removed"},
		{"a field of another type", "m.go", "package m\n\nfunc Old() {}\n\ntype T struct{ A string }\n", "", "T.A: changed from int to string"},
		{"a constant of another value", "sub/sub.go", "package sub\n\nconst C = 2\n", "", "./sub.C"},
		{"a nested module", "otel/otel.go", "package otel\n", "", "incompatible with otel/v0.1.0: otel: Trace: removed"},
		{"a command", "cmd/m/main.go", "package main\n\nfunc main() { println() }\n", "", ""},
		{"what nobody can import", "internal/in/in.go", "package in\n", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := history(t)
			put(t, r, test.file, test.text)
			put(t, r, acceptedFile, test.accepted)
			var out bytes.Buffer
			err := checkAPI(t.Context(), r, &out)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q; %s", got, test.want, &out)
			}
		})
	}
}

func TestAPIWithoutTag(t *testing.T) {
	r := history(t)
	git(t, r, "tag", "-d", "v0.1.0", "otel/v0.1.0")
	var out bytes.Buffer
	if err := checkAPI(t.Context(), r, &out); err != nil || !strings.Contains(out.String(), "no tag yet") {
		t.Errorf("%v: %s", err, &out)
	}
}

func TestCheck(t *testing.T) {
	const ready = ""
	for _, test := range []struct {
		name    string
		change  func(t *testing.T, r *repository)
		version string
		want    string
	}{
		{"ready", nil, "v0.2.0", ready},
		{"a file that is not committed", func(t *testing.T, r *repository) { put(t, r, "x", "") }, "v0.2.0", "not clean: ?? x"},
		{"a tag that is taken", func(t *testing.T, r *repository) { git(t, r, "tag", "otel/v0.2.0") }, "v0.2.0", "otel/v0.2.0 is taken"},
		{"an older version", nil, "v0.0.9", "v0.0.9 is older than v0.1.0"},
		{"no section", nil, "v0.3.0", "no section [0.3.0]"},
		{"an old section", nil, "v0.1.0", "the newest section of CHANGELOG.md is 0.2.0"},
		{"no date", edit("CHANGELOG.md", "[0.2.0] - 2026-01-02", "[0.2.0]"), "v0.2.0", "has no date"},
		{"an empty section", edit("CHANGELOG.md", "### Added\n\n- F.\n", ""), "v0.2.0", "says nothing under v0.2.0"},
		{"something unreleased", edit("CHANGELOG.md", "[Unreleased]\n", "[Unreleased]\n\n- G.\n"), "v0.2.0", "still has something under Unreleased"},
		{"a nested module that was forgotten", edit("otel/go.mod", "v0.2.0", "v0.1.0"), "v0.2.0", "otel/go.mod requires v0.1.0 of the root, not v0.2.0"},
		{"a replace in the root", edit("go.mod", "go 1.26\n", "go 1.26\n\nreplace example.com/x => ./sub\n"), "v0.2.0", "go.mod has a replace"},
		{"a replace of another module", edit("otel/go.mod", "=> ..\n", "=> ..\n\nreplace example.com/x => ../sub\n"), "v0.2.0", "replaces example.com/x"},
		{"an incompatible change in a minor version", edit("m.go", "func Old() {}\n", ""), "v0.2.0", ready},
		{"an incompatible change in a patch", func(t *testing.T, r *repository) {
			edit("m.go", "func Old() {}\n", "")(t, r)
			edit("CHANGELOG.md", "0.2.0", "0.1.1")(t, r)
			edit("otel/go.mod", "v0.2.0", "v0.1.1")(t, r)
		}, "v0.1.1", "Old: removed, and v0.1.1 has the minor version of v0.1.0"},
		{"an incompatible change after v1", func(t *testing.T, r *repository) {
			git(t, r, "tag", "v1.0.0", "v0.1.0")
			edit("m.go", "func Old() {}\n", "")(t, r)
			edit("CHANGELOG.md", "0.2.0", "1.1.0")(t, r)
			edit("otel/go.mod", "v0.2.0", "v1.1.0")(t, r)
		}, "v1.1.0", "Old: removed, and v1.1.0 has the major version of v1.0.0"},
		{"an addition in a patch after v1", func(t *testing.T, r *repository) {
			git(t, r, "tag", "v1.0.0", "v0.1.0")
			edit("CHANGELOG.md", "0.2.0", "1.0.1")(t, r)
			edit("otel/go.mod", "v0.2.0", "v1.0.1")(t, r)
		}, "v1.0.1", "New: added, and v1.0.1 has the minor version of v1.0.0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := history(t)
			if test.change != nil {
				test.change(t, r)
			}
			var out bytes.Buffer
			err := check(t.Context(), r, test.version, &out)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if test.want == ready && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q\n%s", got, test.want, &out)
			}
		})
	}
}

func TestLastTag(t *testing.T) {
	r := history(t)
	for _, tag := range []string{"v0.2.0-rc.1", "v0.2.0", "v0.10.0", "v0.9.0", "vnone"} {
		git(t, r, "tag", tag)
	}
	for name, want := range map[string]string{"": "v0.10.0", "otel": "otel/v0.1.0"} {
		m := module{name: name}
		if name != "" {
			m.tag = name + "/"
		}
		if got, err := r.lastTag(t.Context(), m); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", name, got, err, want)
		}
	}
}

func TestRun(t *testing.T) {
	r := history(t)
	for _, test := range []struct {
		args string
		code int
		want string
	}{
		{"notes v0.2.0", 0, "### Added\n\n- F.\n"},
		{"check v0.2.0", 0, "ok    the tree is clean"},
		{"check v0.3.0", 1, "release: CHANGELOG.md has no section [0.3.0]\n"},
		{"check 0.3.0", 2, "is no version"},
		{"check v0.3", 2, "is no version"},
		{"api", 0, "vialambda: 1 compatible and 0 incompatible changes since v0.1.0"},
		{"other v0.3.0", 2, "usage"},
	} {
		var out, problems bytes.Buffer
		code := run(t.Context(), append([]string{"-C", r.dir}, strings.Fields(test.args)...), &out, &problems)
		if text := out.String() + problems.String(); code != test.code || !strings.Contains(text, test.want) {
			t.Errorf("%s: %d, %s", test.args, code, text)
		}
	}
}

// edit changes a file and commits.
func edit(name, old, replacement string) func(*testing.T, *repository) {
	return func(t *testing.T, r *repository) {
		t.Helper()
		data, err := os.ReadFile(r.path(name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(data, []byte(old)) {
			t.Fatalf("%s has no %q", name, old)
		}
		put(t, r, name, strings.ReplaceAll(string(data), old, replacement))
		commit(t, r)
	}
}

func put(t *testing.T, r *repository, name, text string) {
	t.Helper()
	file := r.path(filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func commit(t *testing.T, r *repository) {
	t.Helper()
	git(t, r, "add", "-A")
	git(t, r, "commit", "-q", "-m", "x")
}

func git(t *testing.T, r *repository, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v: %s", args, err, out)
	}
}
