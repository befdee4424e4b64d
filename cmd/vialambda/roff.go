package main

import "strings"

// page is a manual page in the macros of man(7).
type page struct{ b strings.Builder }

// macro is a line that begins with a macro; its arguments are quoted.
func (p *page) macro(name string, args ...string) {
	p.b.WriteString("." + name)
	for _, arg := range args {
		p.b.WriteString(` "` + strings.ReplaceAll(escape(arg), `"`, `\(dq`) + `"`)
	}
	p.b.WriteByte('\n')
}

// text is a line of text that is escaped already.
func (p *page) text(line string) {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		line = `\&` + line
	}
	p.b.WriteString(line + "\n")
}

// item is an entry of a list.
func (p *page) item(tag, text string) {
	p.macro("TP")
	p.text(tag)
	p.text(text)
}

// paragraphs is plain text: paragraphs between empty lines, and lines indented by
// two, which are shown as they stand.
func (p *page) paragraphs(plain string) {
	for paragraph := range strings.SplitSeq(plain, "\n\n") {
		switch {
		case paragraph == "":
		case strings.HasPrefix(paragraph, "  "):
			p.macro("PP")
			p.macro("RS", "4")
			p.macro("EX")
			for line := range strings.SplitSeq(paragraph, "\n") {
				p.text(escape(strings.TrimPrefix(line, "  ")))
			}
			p.macro("EE")
			p.macro("RE")
		default:
			p.macro("PP")
			for line := range strings.SplitSeq(paragraph, "\n") {
				p.text(escape(line))
			}
		}
	}
}

// escape makes plain text safe: backslashes, and the characters that roff sets as
// others, are written so that they can be copied.
func escape(plain string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `^`, `\(ha`, `~`, `\(ti`, `…`, `\&...`).Replace(plain)
}

func bold(plain string) string   { return `\fB` + escape(plain) + `\fR` }
func italic(plain string) string { return `\fI` + escape(plain) + `\fR` }
