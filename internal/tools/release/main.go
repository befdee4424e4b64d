// Command release checks what docs/releasing.md asks for before a tag is made.
//
//	release [-C DIR] api             compare the exported API with the last tag's
//	release [-C DIR] check VERSION   everything that can be checked before tagging
//	release [-C DIR] raise VERSION   make the nested modules require VERSION of the root
//	release [-C DIR] notes VERSION   print that section of CHANGELOG.md
//
// DIR is the repository's root, "." if not given. Exit codes: 0 good, 1 not, 2 usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"golang.org/x/mod/semver"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) }

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	flags.SetOutput(stderr)
	dir := flags.String("C", ".", "the repository's `directory`")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	verb, version := flags.Arg(0), flags.Arg(1)
	if verb != "api" && (!semver.IsValid(version) || semver.Canonical(version) != version) {
		fmt.Fprintf(stderr, "release: %q is no version: write v1.2.3\n", version)
		return 2
	}
	r := &repository{dir: *dir}
	var err error
	switch verb {
	case "api":
		err = checkAPI(ctx, r, stdout)
	case "check":
		err = check(ctx, r, version, stdout)
	case "raise":
		err = raise(r, version)
	case "notes":
		var text string
		text, err = r.notes(version)
		fmt.Fprintln(stdout, text)
	default:
		fmt.Fprintln(stderr, "usage: release [-C DIR] api | check VERSION | raise VERSION | notes VERSION")
		return 2
	}
	if err == nil {
		return 0
	}
	for _, one := range parts(err) {
		fmt.Fprintln(stderr, "release:", one)
	}
	return 1
}

// parts are the errors that were joined.
func parts(err error) []error {
	if joined, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
