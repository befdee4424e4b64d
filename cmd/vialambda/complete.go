package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
)

// completeCommand is what the shells' functions call: see completion.go.
const completeCommand = "__complete"

// candidate is a word that may stand at the cursor.
type candidate struct {
	word, note string
	files      bool // word is what precedes the name of a file
}

// runComplete is "vialambda __complete LINE [BREAKS]": LINE is the command line up
// to the cursor, BREAKS bash's COMP_WORDBREAKS. A line of output is a word and,
// after a tab, what it means; or ":files PATH", and before that ":prefix TEXT" if
// some of the word is no part of the path.
func runComplete(t *terminal, args []string) int {
	if len(args) == 0 {
		return exitUsage
	}
	w := splitLine(args[0], strings.Join(args[1:], ""))
	for _, c := range w.candidates() {
		word := c.word[min(w.kept, len(c.word)):]
		switch {
		case c.files:
			if word != "" {
				fmt.Fprintln(t.out, ":prefix", word)
			}
			fmt.Fprintln(t.out, ":files", w.current[len(c.word):])
		case c.note == "":
			fmt.Fprintln(t.out, word)
		default:
			fmt.Fprintf(t.out, "%s\t%s\n", word, c.note)
		}
	}
	return exitOK
}

// candidates are the words that may stand at the cursor and begin with what is there.
func (w *words) candidates() []candidate {
	v, args, named := verbOf(w.args)
	if len(w.args) > 0 && w.args[0] == "help" {
		return w.matching(verbNames())
	}
	var all []candidate
	if !named && len(w.args) == 0 {
		all = append(verbNames(), candidate{word: "help", note: "show the flags of a verb"}, candidate{word: "version", note: "show the version"})
	}
	at := place(v.flags(), args)
	name, _, isValue := strings.Cut(w.current, "=")
	switch {
	case at.value != nil:
		return w.matching(w.values(at.value, ""))
	case at.onlyArguments:
	case isValue && strings.HasPrefix(name, "--"):
		if f := v.flags().Lookup(name[2:]); f != nil && f.Value.Type() != "bool" {
			return w.matching(w.values(f, name+"="))
		}
		return nil
	case strings.HasPrefix(w.current, "-"):
		return w.matching(flagWords(v.flags()))
	}
	if v.complete != nil {
		all = append(all, v.complete(&words{args: args, current: w.current})...)
	}
	return w.matching(all)
}

// matching keeps what begins with the word at the cursor.
func (w *words) matching(all []candidate) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool {
		return !c.files && !strings.HasPrefix(c.word, w.current)
	})
}

// position is where on its command line a word stands.
type position struct {
	value         *pflag.Flag // it is the value of this flag
	onlyArguments bool        // "--" came before it
}

// place reads args as pflag does.
func place(f *pflag.FlagSet, args []string) position {
	var at position
	for _, arg := range args {
		switch {
		case at.value != nil:
			at.value = nil
		case at.onlyArguments || arg == "-" || !strings.HasPrefix(arg, "-"):
		case arg == "--":
			at.onlyArguments = true
		case strings.HasPrefix(arg, "--"):
			if flag := f.Lookup(arg[2:]); flag != nil && flag.NoOptDefVal == "" {
				at.value = flag
			}
		default:
			at.value = valueOfShort(f, arg[1:])
		}
	}
	return at
}

// valueOfShort is the flag that -letters leaves without its value, or nil.
func valueOfShort(f *pflag.FlagSet, letters string) *pflag.Flag {
	for i := range len(letters) {
		flag := f.ShorthandLookup(letters[i : i+1])
		if flag == nil {
			return nil
		}
		if flag.NoOptDefVal == "" {
			if i == len(letters)-1 {
				return flag
			}
			return nil
		}
	}
	return nil
}

// values are the values of a flag; prefix is what precedes them in the word.
func (w *words) values(f *pflag.Flag, prefix string) []candidate {
	var all []candidate
	for _, value := range offered(f) {
		all = append(all, candidate{word: prefix + value})
	}
	name, usage := pflag.UnquoteUsage(f)
	value := w.current[min(len(prefix), len(w.current)):]
	before, _, hasAt := strings.Cut(value, "@")
	switch {
	case name == "FILE":
		all = append(all, candidate{word: prefix, files: true})
	case hasAt && (before == "" && strings.Contains(usage, "@FILE") || strings.HasSuffix(before, "=") && strings.Contains(usage, "=@FILE")):
		all = append(all, candidate{word: prefix + before + "@", files: true})
	case value == "" && strings.Contains(usage, " @FILE"):
		all = append(all, candidate{word: prefix + "@", note: "of a file"})
	}
	return all
}

const offeredValues = "vialambda_values"

// offer says which values a flag takes.
func offer(f *pflag.FlagSet, name string, values ...string) {
	if err := f.SetAnnotation(name, offeredValues, values); err != nil {
		panic(err) // no such flag
	}
}

// offered are the values that a flag is known to take.
func offered(f *pflag.Flag) []string {
	values := f.Annotations[offeredValues]
	if f.NoOptDefVal != "" && f.Value.Type() != "bool" {
		values = append([]string{f.NoOptDefVal}, values...)
	}
	return values
}

func formatNames() []string {
	var names []string
	for f := vialambda.RESTAPI; f <= vialambda.Raw; f++ {
		names = append(names, f.String())
	}
	return names
}

func modeNames() []string {
	return []string{vialambda.Buffered.String(), vialambda.Stream.String(), vialambda.Auto.String()}
}

func verbNames() []candidate {
	var all []candidate
	for _, v := range verbs() {
		all = append(all, candidate{word: v.name, note: v.summary})
	}
	return all
}

// flagWords are --name and -n of every flag that --help shows, and --name= of
// those whose value may be left out.
func flagWords(f *pflag.FlagSet) []candidate {
	var all []candidate
	f.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		_, usage := pflag.UnquoteUsage(f)
		all = append(all, candidate{word: "--" + f.Name, note: usage})
		if f.NoOptDefVal != "" && f.Value.Type() != "bool" {
			all = append(all, candidate{word: "--" + f.Name + "=", note: usage})
		}
		if f.Shorthand != "" {
			all = append(all, candidate{word: "-" + f.Shorthand, note: usage})
		}
	})
	return all
}
