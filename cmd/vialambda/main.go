// Command vialambda calls Lambda functions over HTTP with the habits of curl,
// shows the events it would send, and runs functions on this machine.
//
//	vialambda [call] [flags] URL     call a function
//	vialambda event [flags] URL      print the event, send nothing
//	vialambda local [flags]          run functions on this machine
//	vialambda serve [flags]          put functions behind HTTP
//
// "vialambda help" lists the flags and the exit codes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
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
	verb := ""
	if len(args) > 0 {
		verb = args[0]
	}
	switch verb {
	case "call":
		return runCall(ctx, t, args[1:])
	case "event":
		return runEvent(ctx, t, args[1:])
	case "local":
		return runLocal(ctx, t, args[1:])
	case "serve":
		return runServe(ctx, t, args[1:])
	case "help", "--help", "-h":
		fmt.Fprint(stdout, usage())
		return exitOK
	case "version", "--version", "-V":
		fmt.Fprintln(stdout, "vialambda", version())
		return exitOK
	}
	return runCall(ctx, t, args)
}

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// version is the module's version, as far as the build knows it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := strings.TrimPrefix(info.Main.Version, "v")
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return v + " (" + info.GoVersion + ")"
}
