package main

import "strings"

// words is a command line up to the cursor, as a shell would split it.
type words struct {
	args    []string // after the program's name, before the word at the cursor
	current string   // that word, so far, without its quotes
	kept    int      // how many bytes of it the shell does not replace: see splitLine
}

// splitLine splits line into words by the quoting that shells have in common.
//
// breaks are the characters besides blanks and quotes at which the shell begins
// what it replaces: bash's COMP_WORDBREAKS, among them ":" and "=". They separate
// no arguments, so http+lambda://f stays one word, of which bash replaces what
// follows the colon. "" for shells that replace whole words.
func splitLine(line, breaks string) *words {
	breaks = strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\"'\\", r) {
			return -1
		}
		return r
	}, breaks)
	var (
		all   []string
		word  strings.Builder
		begun bool
		kept  int
		quote rune
		slash bool
	)
	for _, r := range line {
		switch {
		case slash:
			slash = false
			if quote != '"' || strings.ContainsRune("\"\\$`", r) {
				word.WriteRune(r)
			} else {
				word.WriteString(`\` + string(r))
			}
		case r == '\\' && quote != '\'':
			slash, begun = true, true
		case quote != 0:
			if r == quote {
				quote = 0
			} else {
				word.WriteRune(r)
			}
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if begun {
				all = append(all, word.String())
				word.Reset()
				begun, kept = false, 0
			}
		default:
			begun = true
			word.WriteRune(r)
			if strings.ContainsRune(breaks, r) {
				kept = word.Len()
			}
		}
	}
	if len(all) > 0 {
		all = all[1:]
	}
	return &words{args: all, current: word.String(), kept: kept}
}
