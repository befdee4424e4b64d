package docscheck

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// packages are what fragments of code may use without an import.
var packages = map[string]string{
	"aws": "github.com/aws/aws-sdk-go-v2/aws", "config": "github.com/aws/aws-sdk-go-v2/config",
	"lambda": "github.com/aws/aws-sdk-go-v2/service/lambda", "sts": "github.com/aws/aws-sdk-go-v2/service/sts",
	"stscreds":  "github.com/aws/aws-sdk-go-v2/credentials/stscreds",
	"vialambda": module, "awslambda": module + "/awslambda", "locallambda": module + "/locallambda", "gateway": module + "/gateway",
	"base64": "encoding/base64", "bufio": "bufio", "bytes": "bytes", "cmp": "cmp", "context": "context", "errors": "errors", "fmt": "fmt", "hex": "encoding/hex", "http": "net/http",
	"httptest": "net/http/httptest", "httputil": "net/http/httputil", "io": "io", "json": "encoding/json", "log": "log",
	"netip": "net/netip", "os": "os", "sha256": "crypto/sha256", "slog": "log/slog", "strconv": "strconv", "strings": "strings", "sync": "sync", "testing": "testing",
	"time": "time", "url": "net/url",
}

const module = "github.com/vialambda/vialambda"

// forgiven is what the compiler may say of a fragment: that it is one.
var forgiven = regexp.MustCompile(`undefined: [a-z]\w*$|declared and not used|imported and not used|missing return|is not used$`)

// TestGoCode compiles the Go code of the pages. What is a whole file
// must compile as it stands; a fragment may use names that it does not declare,
// but whatever of a package it uses must be there, and of the right type.
func TestGoCode(t *testing.T) {
	var fragments []string
	dir := t.TempDir()
	for _, page := range files(t, ".md") {
		for _, b := range blocks(read(t, page)) {
			if b.lang != "go" {
				continue
			}
			code, where := b.code, fmt.Sprintf("%s:%d", page, b.line)
			name := filepath.Join(dir, fmt.Sprintf("block%d.go", len(fragments)))
			whole := regexp.MustCompile(`(?m)^package `).MatchString(code)
			source := code
			var err error
			if whole {
				_, err = parser.ParseFile(token.NewFileSet(), where, code, parser.SkipObjectResolution)
				name = filepath.Join(t.TempDir(), "main.go")
			} else {
				source, err = wrap(where, len(fragments), code)
			}
			if err != nil {
				t.Error(err)
				continue
			}
			if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
				t.Fatal(err)
			}
			if whole {
				for _, problem := range compile(t, name) {
					t.Errorf("%s: %s", where, problem)
				}
				continue
			}
			fragments = append(fragments, name)
		}
	}
	if len(fragments) < 5 {
		t.Errorf("found %d fragments of Go", len(fragments))
	}
	for _, problem := range compile(t, fragments...) {
		if !forgiven.MatchString(problem) {
			t.Error(problem)
		}
	}
}

// TestWrap: the check of fragments finds what it is for, and nothing else.
func TestWrap(t *testing.T) {
	for _, test := range []struct{ name, code, want string }{
		{"statements", "resp, err := client.Get(\"x\")\nif err != nil {\n\treturn err\n}", ""},
		{"an expression", "&vialambda.Transport{Invoker: awslambda.New(cfg)}", ""},
		{"an import and a declaration", "import \"net/http\"\n\nfunc f(c *http.Client) {}", ""},
		{"a type of this module by its bare name", "func f(in *Invocation) {}", ""},
		{"a field that does not exist", "&vialambda.Transport{Region: \"x\"}", "unknown field Region"},
		{"a name that does not exist", "vialambda.NewClient()", "undefined: vialambda.NewClient"},
		{"a value of another type", "vialambda.Targets{\"a\": 1}", "cannot use 1"},
		{"no Go", "client.Get(", "expected"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source, err := wrap("x.md:7", 0, test.code)
			if err != nil {
				if test.want == "" || !strings.Contains(err.Error(), test.want) {
					t.Error(err)
				}
				return
			}
			name := filepath.Join(t.TempDir(), "x.go")
			if err := os.WriteFile(name, []byte(source), 0o600); err != nil {
				t.Fatal(err)
			}
			problems := slices.DeleteFunc(compile(t, name), forgiven.MatchString)
			got := strings.Join(problems, "; ")
			if test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// wrap makes a file of a fragment, which is statements, an expression or
// declarations, and says in it where the fragment comes from.
func wrap(where string, n int, code string) (string, error) {
	line := "//line " + where + "\n"
	imports := ""
	if body, ok := strings.CutPrefix(code, "import "); ok {
		end := strings.Index(body, "\n")
		if strings.HasPrefix(body, "(") {
			end = strings.Index(body, "\n)") + 2
		}
		imports, code = "import "+body[:end]+"\n", strings.Repeat("\n", strings.Count(body[:end], "\n"))+body[end:]
	}
	var first error
	for _, frame := range [][2]string{
		{fmt.Sprintf("func _() error { //%d\n%s", n, line), "\n}\n"},
		{line, "\n"},
	} {
		text := frame[0] + code + frame[1]
		file, err := parser.ParseFile(token.NewFileSet(), "", "package docs\n"+imports+text, parser.SkipObjectResolution)
		if err == nil {
			return "package docs\n\nimport . \"" + module + "\"\n" + imports + missingImports(file) + text, nil
		}
		if first == nil {
			first = fmt.Errorf("%s: %w", where, err)
		}
	}
	return "", first
}

// missingImports imports the packages that a file uses and does not import.
func missingImports(file *ast.File) string {
	used, have := map[string]bool{}, map[string]bool{}
	for _, i := range file.Imports {
		have[strings.Trim(i.Path.Value, `"`)] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && packages[x.Name] != "" && !have[packages[x.Name]] {
				used[packages[x.Name]] = true
			}
		}
		return true
	})
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintf(&b, "import %q\n", path)
	}
	return b.String()
}

// compile compiles files as one package of this module, and returns what the
// compiler has to say, a line each.
func compile(t *testing.T, names ...string) (problems []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"build", "-gcflags=-e", "-o", os.DevNull}, names...)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			problems = append(problems, line)
		}
	}
	if len(problems) == 0 {
		t.Fatalf("go build: %v", err)
	}
	return problems
}
