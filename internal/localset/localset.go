// Package localset reads what "vialambda local" runs: functions given as flags, in
// a file of its own, or in an AWS SAM template.
package localset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"

	"github.com/vialambda/vialambda"
)

// Function is one function to run on this machine.
type Function struct {
	Name        string
	Command     []string // the program and its arguments
	Dir         string   // "" for the current directory
	Handler     string   // _HANDLER; "" for the default
	Env         []string // "key=value", on top of the environment
	Timeout     time.Duration
	MemoryMB    int
	Concurrency int
	Format      vialambda.Format // 0 for the caller's
	Routes      []string
}

// Set is what a file says: the functions in its order, and what of the file
// cannot be run here, one line each.
type Set struct {
	Functions []Function
	Notes     []string
}

// Load reads a file: a SAM template if it has Resources, else one of functions.
// Errors name file, line and column.
func Load(file string) (*Set, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the functions: %w", err)
	}
	root, err := parse(file, data)
	if err != nil {
		return nil, err
	}
	if root.get("Resources") != nil {
		return readTemplate(root, filepath.Dir(file))
	}
	return readFunctions(root, filepath.Dir(file))
}

// ParseFlag reads NAME=COMMAND, where the command is written as for a shell.
func ParseFlag(flag string) (Function, error) {
	name, command, ok := strings.Cut(flag, "=")
	if !ok || name == "" || strings.TrimSpace(command) == "" {
		return Function{}, fmt.Errorf("function %q cannot be read: write NAME='COMMAND ARGS'", flag)
	}
	args, err := shellquote.Split(command)
	if err != nil {
		return Function{}, fmt.Errorf("function %s: the command cannot be read: %w", name, err)
	}
	return Function{Name: name, Command: args, Handler: handlerOf(args)}, nil
}

// handlerOf finds the handler that a runtime interface client gets as its
// argument: some want it in _HANDLER too.
func handlerOf(args []string) string {
	at := slices.IndexFunc(args, func(arg string) bool {
		base := filepath.Base(arg)
		return base == "awslambdaric" || base == "aws-lambda-ric"
	})
	if at < 0 || at+1 >= len(args) {
		return ""
	}
	return args[at+1]
}

// CheckNames returns an error for a name that no function can have, or that two have.
func CheckNames(functions []Function) error {
	seen := map[string]bool{}
	for _, f := range functions {
		switch {
		case seen[f.Name]:
			return fmt.Errorf("two functions are called %s", f.Name)
		case f.Name == "" || len(f.Name) > 64 || strings.Trim(f.Name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "":
			return fmt.Errorf("%q is no name of a function: up to 64 letters, digits, - and _", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}
