package docscheck

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

var (
	inlineLink    = regexp.MustCompile(`\]\(([^()\s]+)\)`)
	referenceLink = regexp.MustCompile(`(?m)^\[[^\]]+\]:\s+(\S+)`)
	heading       = regexp.MustCompile(`(?m)^#+ +(.+?) *$`)
	fence         = regexp.MustCompile("(?ms)^```.*?^```[ \t]*$")
	codeSpan      = regexp.MustCompile("`[^`\n]*`")
	notInAnchor   = regexp.MustCompile(`[^\p{L}\p{N}\-_ ]`)
)

// TestLinks checks that every relative link in a Markdown file leads to a file
// and, if it says so, to a heading of it.
func TestLinks(t *testing.T) {
	tree := os.DirFS(root)
	for _, page := range files(t, ".md") {
		for _, problem := range brokenLinks(tree, page, read(t, page)) {
			t.Errorf("%s: %s", page, problem)
		}
	}
}

func TestBrokenLinks(t *testing.T) {
	got := brokenLinks(os.DirFS(root), "docs/x.md", strings.Join([]string{
		"# A `b` c, d", "[ok](../README.md) [ok](#a-b-c-d) [ok](errors.md#what-is-sent-again) [ok](https://example.com/x.md)",
		"[no](missing.md) [no](#nowhere) [no](errors.md#nowhere)", "[ref]: missing2.md", "`[no](code.md)`", "```", "[no](code.md)", "```",
	}, "\n"))
	if want := "missing.md leads nowhere|#nowhere is no heading of docs/x.md|errors.md#nowhere is no heading of docs/errors.md|missing2.md leads nowhere"; strings.Join(got, "|") != want {
		t.Errorf("got %q\nwant %s", got, want)
	}
}

// brokenLinks says which links of page, whose text is given, lead nowhere.
func brokenLinks(tree fs.FS, page, text string) (problems []string) {
	prose := codeSpan.ReplaceAllString(fence.ReplaceAllString(text, ""), "")
	links := inlineLink.FindAllStringSubmatch(prose, -1)
	links = append(links, referenceLink.FindAllStringSubmatch(prose, -1)...)
	for _, link := range links {
		u, err := url.Parse(link[1])
		if err != nil {
			problems = append(problems, link[1]+" is no URL")
			continue
		}
		if u.Scheme != "" {
			continue
		}
		target, content := page, text
		if u.Path != "" {
			target = path.Join(path.Dir(page), u.Path)
			if _, err := fs.Stat(tree, target); err != nil {
				problems = append(problems, link[1]+" leads nowhere")
				continue
			}
		}
		if u.Fragment == "" {
			continue
		}
		if target != page {
			data, err := fs.ReadFile(tree, target)
			if err != nil {
				problems = append(problems, link[1]+" is no page with headings")
				continue
			}
			content = string(data)
		}
		if !hasAnchor(content, u.Fragment) {
			problems = append(problems, link[1]+" is no heading of "+target)
		}
	}
	return problems
}

// hasAnchor reports whether a heading of text has this anchor, which GitHub
// makes of it: lower case, punctuation away, blanks to dashes.
func hasAnchor(text, anchor string) bool {
	for _, h := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		name := notInAnchor.ReplaceAllString(strings.ToLower(h[1]), "")
		if strings.ReplaceAll(name, " ", "-") == anchor {
			return true
		}
	}
	return false
}
