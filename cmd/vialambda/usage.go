package main

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// flagUsages lists flags, without the values that a switch may be given.
func flagUsages(f *pflag.FlagSet) string {
	const values = "[=true|false]"
	return strings.ReplaceAll(f.FlagUsagesWrapped(100), values, strings.Repeat(" ", len(values)))
}

// usage is the help of the command as a whole, and of call and event.
func usage() string {
	var b strings.Builder
	fmt.Fprintln(&b, "Usage:")
	var others []string
	for _, v := range verbs() {
		fmt.Fprintf(&b, "  vialambda %-29s   %s\n", v.synopsisOf(), v.summary)
		if !v.isCall() {
			others = append(others, v.name)
		}
	}
	fmt.Fprintf(&b, "\n--help after %s shows what that takes.\n", orList(others))
	call := callVerb()
	fmt.Fprintf(&b, "\n%s\n\nFlags:\n%s\nExit codes: %s.\n", call.about, flagUsages(call.flags()), exitCodeList())
	return b.String()
}

// usage is the help of a verb with flags of its own.
func (v verb) usage() string {
	text := fmt.Sprintf("Usage:\n  vialambda %s   %s\n\n%s\n\nFlags:\n%s", v.synopsisOf(), v.summary, v.about, flagUsages(v.flags()))
	if v.after != "" {
		text += "\n" + v.after + "\n"
	}
	return text
}

// help is what --help prints: the verbs of calls have the general one.
func (v verb) help() string {
	if v.isCall() {
		return usage()
	}
	return v.usage()
}

// synopsisOf is the verb with its arguments; call may be left out.
func (v verb) synopsisOf() string {
	if v.name == "call" {
		return "[call] " + v.synopsis
	}
	return strings.TrimSpace(v.name + " " + v.synopsis)
}

// isCall reports whether the verb takes the flags of a call.
func (v verb) isCall() bool { return v.name == "call" || v.name == "event" }

// orList is a, b or c.
func orList(names []string) string {
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func exitCodeList() string {
	var list []string
	for _, c := range exitCodes() {
		list = append(list, fmt.Sprintf("%d %s", c.code, c.meaning))
	}
	return wrap(strings.Join(list, ", "), 100-len("Exit codes: "), 100)
}

// wrap breaks text at spaces into lines of at most width bytes, the first one of
// at most first.
func wrap(text string, first, width int) string {
	var b strings.Builder
	room := first
	for i, word := range strings.Fields(text) {
		switch {
		case i == 0:
		case len(word) >= room:
			b.WriteByte('\n')
			room = width
		default:
			b.WriteByte(' ')
			room--
		}
		b.WriteString(word)
		room -= len(word)
	}
	return b.String()
}
