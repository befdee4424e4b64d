package main

import (
	"context"

	"github.com/spf13/pflag"
)

// verb is a part of the command. Its help, its part of the manual page and its
// completions are made of this and of the FlagSet that parses its arguments.
type verb struct {
	name     string
	synopsis string // what follows the name
	summary  string
	about    string // paragraphs; lines indented by two are examples
	after    string // what comes after the flags
	flags    func() *pflag.FlagSet
	complete func(w *words) []candidate // of an argument that is no flag; nil: nothing
	run      func(ctx context.Context, t *terminal, args []string) int
}

// verbs are all parts. What begins with none of their names is a call.
func verbs() []verb {
	return []verb{callVerb(), eventVerb(), localVerb(), serveVerb(), completionVerb(), manVerb()}
}

// verbOf is the verb that args begin with, and what follows it.
func verbOf(args []string) (v verb, rest []string, named bool) {
	if len(args) > 0 {
		for _, v := range verbs() {
			if v.name == args[0] {
				return v, args[1:], true
			}
		}
	}
	return callVerb(), args, false
}

func callVerb() verb {
	return verb{
		name:     "call",
		synopsis: "[flags] URL",
		summary:  "call a Lambda function",
		about: `The URL is http+lambda://[qualifier.]function/path?query; http+lambda:// may be left out.

  vialambda --local http+lambda://flaskexp-test/health
  vialambda --local --json '{"a":1}' httpbin/anything
  vialambda -v http+lambda://prod.orders/items?limit=10`,
		flags:    callFlags,
		complete: completeURL,
		run:      runCall,
	}
}

func eventVerb() verb {
	return verb{
		name:     "event",
		synopsis: "[flags] URL",
		summary:  "print the event, send nothing",
		about:    "Takes the flags and the URL of a call.",
		flags:    callFlags,
		complete: completeURL,
		run:      runEvent,
	}
}

func callFlags() *pflag.FlagSet {
	var o options
	return o.flagSet()
}
