package main

import (
	"maps"
	"slices"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/localset"
	"github.com/vialambda/vialambda/internal/samples"
)

// completeURL offers the functions of --local, as URLs and as what may be
// written for them.
func completeURL(w *words) []candidate {
	const prefix = vialambda.Scheme + "://"
	names := localNames(callFlags(), w.args)
	if len(names) == 0 {
		return []candidate{{word: prefix, note: "the URL of a function"}}
	}
	var all []candidate
	for _, name := range names {
		if w.current != "" {
			all = append(all, candidate{word: name + "/"})
		}
		all = append(all, candidate{word: prefix + name + "/"})
	}
	return all
}

// completeFunction offers the functions of --local.
func completeFunction(w *words) []candidate {
	var all []candidate
	for _, name := range localNames(newServeOptions().set, w.args) {
		all = append(all, candidate{word: name})
	}
	return all
}

func completeFile(*words) []candidate { return []candidate{{files: true}} }

// localNames are the names of the functions that --local on a command line
// gives; none if there is no --local, or its file cannot be read.
func localNames(f *pflag.FlagSet, args []string) []string {
	f.ParseErrorsAllowlist.UnknownFlags = true
	_ = f.Parse(args) // half a command line; what precedes the mistake counts
	switch local := f.Lookup("local").Value.String(); local {
	case "":
		return nil
	case samplesSet:
		return slices.Sorted(maps.Keys(samples.Functions()))
	default:
		set, err := localset.Load(local)
		if err != nil {
			return nil
		}
		var names []string
		for _, f := range set.Functions {
			names = append(names, f.Name)
		}
		return names
	}
}
