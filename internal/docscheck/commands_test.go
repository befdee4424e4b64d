package docscheck

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// programs are those that commands of the pages start. Of the ones that are not
// this project's, only the shell's grammar and the files that they name are checked.
var programs = []string{"vialambda", "go", "make", "curl", "git", "aws", "docker", "xcaddy", "systemctl", "journalctl", "sam"}

// command is a program that a block starts.
type command struct {
	dir  string // from the root
	args []string
}

// TestCommands has a shell run the commands of every page, with programs that do
// nothing but write down how they were started. What vialambda was given must be
// what it takes; calls of the sample functions are made, and what a page shows
// beneath one is what comes of it.
func TestCommands(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("NOT RUN: no sh")
	}
	vialambda := filepath.Join(t.TempDir(), "vialambda")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", vialambda, "./cmd/vialambda")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	n := 0
	for _, page := range files(t, ".md") {
		all := blocks(read(t, page))
		for i, b := range all {
			if b.lang != "" && b.lang != "sh" {
				continue
			}
			where := fmt.Sprintf("%s:%d", page, b.line)
			commands, err := started(t, b.code)
			if err != nil {
				t.Errorf("%s: %v", where, err)
			}
			for _, c := range commands {
				n++
				args := c.args
				if len(args) > 2 && slices.Equal(args[:3], []string{"go", "run", "./cmd/vialambda"}) {
					args = append([]string{"vialambda"}, args[3:]...)
				}
				if args[0] != "vialambda" {
					if problem := missing(c); problem != "" {
						t.Errorf("%s: %q: %s", where, args, problem)
					}
					continue
				}
				out := vialambdaTakes(t, vialambda, where, args[1:])
				if out != nil && len(commands) == 1 && i+1 < len(all) && all[i+1].lang == "json" && all[i+1].line < b.line+6 {
					var got, want any
					if json.Unmarshal(out, &got) != nil || json.Unmarshal([]byte(all[i+1].code), &want) != nil || !reflect.DeepEqual(got, want) {
						t.Errorf("%s: prints %s, the page shows %s", where, out, all[i+1].code)
					}
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("found %d commands", n)
	}
}

// started runs a block of commands and returns what it has started.
func started(t *testing.T, code string) (commands []command, err error) {
	t.Helper()
	dir, bin, record := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "record")
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	abs, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries { // so that cd works, and > hits nothing
		if err := os.Symlink(filepath.Join(abs, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range programs {
		script := "#!/bin/sh\nprintf '%s\\0' \"${PWD#$TOP}\" \"${0##*/}\" \"$@\" >>\"$RECORD\"\nprintf '\\036' >>\"$RECORD\"\n"
		if err := os.WriteFile(filepath.Join(bin, name), []byte(script), 0o700); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-e", "-c", code)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + bin, "TOP=" + dir, "RECORD=" + record, "VERSION=v0.2.0"}
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("a shell: %w\n%s%s", err, out, code)
	}
	text, err := os.ReadFile(record)
	if err != nil {
		if onlyExports.MatchString(code) {
			return nil, nil
		}
		return nil, fmt.Errorf("no program is started: a block that is no commands is of the language text\n%s", code)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(text), "\x1e"), "\x1e") {
		words := strings.Split(strings.TrimSuffix(line, "\x00"), "\x00")
		commands = append(commands, command{dir: strings.TrimPrefix(words[0], "/"), args: words[1:]})
	}
	return commands, nil
}

// vialambdaTakes checks arguments of vialambda: that they can be parsed, and, as
// far as that needs no AWS account, that what they say works. It returns what a call
// of a sample function prints, else nil.
func vialambdaTakes(t *testing.T, program, where string, args []string) []byte {
	t.Helper()
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(cmd.Dir, "gateway.yaml"), []byte(read(t, "deploy/gateway.yaml")), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd.Env = []string{"HOME=" + cmd.Dir, "AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY=x", "AWS_EC2_METADATA_DISABLED=true"}
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: vialambda %q: %v\n%s", where, args, err, stderr.Bytes())
		}
		return out
	}
	run(append(slices.Clone(args), "--help")...)
	switch verb := args[0]; {
	case verb == "serve":
		run(append(slices.Clone(args), "--check")...)
	case verb == "event":
		run(args...)
	case slices.Contains(args, "--local") && verb != "local":
		return run(args...)
	case slices.ContainsFunc(args, func(arg string) bool { return strings.Contains(arg, "://") && !strings.HasPrefix(arg, "-") }) &&
		!slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "--local=") }):
		run(append([]string{"event"}, args...)...)
	}
	return nil
}

var (
	onlyExports = regexp.MustCompile(`^(export .*\n)+$`)
	ownPackage  = regexp.MustCompile(`^` + regexp.QuoteMeta(module) + `(/[^@]*)?(@.*)?$`)
	ownFile     = regexp.MustCompile(`^file://(deploy/.*)$|^(examples/.*|deploy/.*)$`)
)

// missing says what a command names that the repository does not have.
func missing(c command) string {
	exists := func(name string) bool {
		_, err := fs.Stat(os.DirFS(root), filepath.ToSlash(filepath.Clean(filepath.Join(c.dir, name))))
		return err == nil
	}
	for _, arg := range c.args[1:] {
		name := ""
		if m := ownPackage.FindStringSubmatch(arg); m != nil {
			name = strings.TrimPrefix(m[1], "/")
		} else if m := ownFile.FindStringSubmatch(arg); m != nil {
			name = m[1] + m[2]
		} else if c.args[0] == "go" && strings.HasPrefix(arg, "./") {
			name = strings.TrimSuffix(arg, "/...")
		}
		if name != "" && !exists(name) {
			return arg + " does not exist"
		}
	}
	if c.args[0] != "make" {
		return ""
	}
	dir, args := c.dir, c.args[1:]
	if len(args) > 1 && args[0] == "-C" {
		dir, args = filepath.Join(dir, args[1]), args[2:]
	}
	makefile, err := os.ReadFile(filepath.Join(root, dir, "Makefile"))
	if err != nil {
		return "there is no Makefile"
	}
	for _, target := range args {
		if !strings.Contains(target, "=") && !regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(target)+`:`).Match(makefile) {
			return "make has no target " + target
		}
	}
	return ""
}

func TestMissing(t *testing.T) {
	for _, args := range []string{
		"make unit", "make -C examples/go-http", "make release-check VERSION=v1", "go run ./cmd/vialambda", "go test ./...",
		"go get " + module, "go get " + module + "/otel@v1", "docker build -f deploy/Dockerfile .", "git push",
	} {
		if problem := missing(command{args: strings.Fields(args)}); problem != "" {
			t.Errorf("%s: %s", args, problem)
		}
	}
	for _, args := range []string{"make units", "make -C nowhere", "go run ./cmd/other", "go get " + module + "/no@v1", "docker build -f deploy/No .", "aws x file://deploy/no.json"} {
		if missing(command{args: strings.Fields(args)}) == "" {
			t.Errorf("%s: nothing is missing", args)
		}
	}
}
