package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// The functions of the shells know nothing of the command: they ask it, with
// completeCommand, so that they fit any version of it.
var (
	//go:embed completion/vialambda.bash
	bashCompletion string
	//go:embed completion/vialambda.zsh
	zshCompletion string
	//go:embed completion/vialambda.fish
	fishCompletion string
)

func completionVerb() verb {
	return verb{
		name:     "completion",
		synopsis: "SHELL",
		summary:  "print what completes this command in a shell",
		about: `SHELL is bash, zsh or fish. For the shell that runs:

  source <(vialambda completion bash)
  source <(vialambda completion zsh)
  vialambda completion fish | source

For every new one, write it where the shell looks; the directory must be there:

  vialambda completion bash > ~/.local/share/bash-completion/completions/vialambda
  vialambda completion zsh > "${fpath[1]}/_vialambda"
  vialambda completion fish > ~/.config/fish/completions/vialambda.fish

bash looks there if the package bash-completion is installed; without it, put the first line above
into ~/.bashrc. zsh needs compinit before. What is offered comes from the vialambda that is run, so
the file fits every version of it.`,
		flags:    func() *pflag.FlagSet { return helpFlag("completion", new(bool)) },
		complete: func(*words) []candidate { return []candidate{{word: "bash"}, {word: "zsh"}, {word: "fish"}} },
		run:      runCompletion,
	}
}

// runCompletion is "vialambda completion SHELL".
func runCompletion(ctx context.Context, t *terminal, args []string) int {
	var help bool
	f := helpFlag("completion", &help)
	if err := f.Parse(args); err != nil {
		return t.fail(ctx, flagError(err))
	}
	if help {
		fmt.Fprint(t.out, completionVerb().help())
		return exitOK
	}
	switch shell := strings.Join(f.Args(), " "); shell {
	case "bash":
		fmt.Fprint(t.out, bashCompletion)
	case "zsh":
		fmt.Fprint(t.out, zshCompletion)
	case "fish":
		fmt.Fprint(t.out, fishCompletion)
	case "":
		return t.fail(ctx, usagef("no shell: write bash, zsh or fish; vialambda completion --help says where to put it"))
	default:
		return t.fail(ctx, usagef("no completion for %q: write bash, zsh or fish", shell))
	}
	return exitOK
}

// helpFlag is the FlagSet of a verb that has no flag of its own.
func helpFlag(verb string, help *bool) *pflag.FlagSet {
	f := pflag.NewFlagSet("vialambda "+verb, pflag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.BoolVarP(help, "help", "h", false, "show this")
	return f
}
