// Command vialambda calls Lambda functions over HTTP with the habits of curl,
// shows the events it would send, and runs functions on this machine.
//
//	vialambda [call] [flags] URL     call a function
//	vialambda event [flags] URL      print the event, send nothing
//	vialambda local [flags]          run functions on this machine
//	vialambda serve [flags]          put functions behind HTTP
//	vialambda completion SHELL       print what completes this command in a shell
//	vialambda man                    print the manual page
//
// "vialambda help" lists the flags and the exit codes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is the program: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &terminal{in: stdin, out: stdout, err: stderr}
	v, rest, named := verbOf(args)
	if named || len(args) == 0 {
		return v.run(ctx, t, rest)
	}
	switch args[0] {
	case "help":
		about, _, _ := verbOf(args[1:])
		fmt.Fprint(stdout, about.help())
		return exitOK
	case "version":
		fmt.Fprintln(stdout, "vialambda", version())
		return exitOK
	case completeCommand:
		return runComplete(t, args[1:])
	}
	return v.run(ctx, t, rest)
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}
