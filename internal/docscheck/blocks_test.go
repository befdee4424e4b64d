package docscheck

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// block is a block of code of a page.
type block struct {
	lang string // what stands behind the fence; "" if there is none
	code string
	line int // of its first line of code, from 1
}

var (
	fenceLine = regexp.MustCompile("^( *)(`{3,}|~{3,})(.*)$")
	indented  = regexp.MustCompile("^(    |\t)")
)

// blocks are the blocks of code of a page, those of lists without their indent.
func blocks(text string) (all []block) {
	var open []string // the fence that the block began with
	begun := false    // a block that is indented
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if open == nil && indented.MatchString(line) && (begun || i > 0 && lines[i-1] == "") {
			if !begun {
				all = append(all, block{line: i + 1})
			}
			begun = true
			last := &all[len(all)-1]
			last.code += indented.ReplaceAllString(line, "") + "\n"
			continue
		}
		begun = false
		m := fenceLine.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			open = m
			all = append(all, block{lang: strings.TrimSpace(m[3]), line: i + 2})
		case m != nil && m[2] == open[2] && strings.TrimSpace(m[3]) == "":
			open = nil
		case open != nil:
			last := &all[len(all)-1]
			last.code += strings.TrimPrefix(line, open[1]) + "\n"
		}
	}
	return all
}

func TestBlocks(t *testing.T) {
	got := blocks("a\n```go\nx\n\ny\n```\n1. b\n\n   ```\n   c\n     d\n   ```\n~~~ sh\n```\n~~~\n\n    e\n     f\ng\n    h\n")
	want := []block{{"go", "x\n\ny\n", 3}, {"", "c\n  d\n", 10}, {"sh", "```\n", 14}, {"", "e\n f\n", 17}}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v", got)
	}
}

// TestEveryBlockIsChecked: there is no block that no test looks at. Commands
// ("sh" or no language) are TestCommands's, Go TestGoCode's, Caddyfiles those of
// the module caddy, and "text" is for what is no code.
func TestEveryBlockIsChecked(t *testing.T) {
	for _, page := range files(t, ".md") {
		for _, b := range blocks(read(t, page)) {
			switch b.lang {
			case "go", "sh", "", "text":
			case "json":
				if !json.Valid([]byte(b.code)) {
					t.Errorf("%s:%d: no JSON", page, b.line)
				}
			case "yaml":
				var v any
				if err := yaml.Unmarshal([]byte(b.code), &v); err != nil {
					t.Errorf("%s:%d: %v", page, b.line, err)
				}
			case "python":
				t.Run("python", func(t *testing.T) { parsePython(t, b.code) })
			case "caddyfile":
				if page != "docs/caddy.md" {
					t.Errorf("%s:%d: only the Caddyfiles of docs/caddy.md are tested", page, b.line)
				}
			default:
				t.Errorf("%s:%d: no test looks at blocks of %q", page, b.line, b.lang)
			}
		}
	}
}

// parsePython has Python parse code, in which "…" may stand for more of a list.
func parsePython(t *testing.T, code string) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("NOT RUN: no python3")
	}
	const parse = "import ast, sys; compile(sys.stdin.read(), 'block', 'exec', ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)"
	cmd := exec.CommandContext(t.Context(), python, "-c", parse)
	cmd.Stdin = strings.NewReader(strings.ReplaceAll(code, ", …", ""))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, code)
	}
}
