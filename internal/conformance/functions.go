package conformance

import (
	"path/filepath"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// Function is one row of the matrix: an application on a framework, behind an
// adapter, in one or more processes, for adapters with typed events need a
// handler for each format.
type Function struct {
	Name     string
	Language string
	// Framework, Adapter and Server name packages; their versions come from the
	// lock files. An empty Server means that the framework has none, so that the
	// reference server takes its place.
	Framework, Adapter, Server string
	// Formats are those that the adapter documents.
	Formats []vialambda.Format
	// Mode is how the function is called; zero means Buffered.
	Mode vialambda.Mode
	// Routes are the function's routes, if it needs any.
	Routes []string
	// NotServed are the cases that the function does not serve, and why.
	NotServed map[string]string
	// OwnServerFails are the cases in which the application's own server does
	// not keep the contract, and why; the reference server stands in.
	OwnServerFails map[string]string

	// program starts the function for a format.
	program func(f vialambda.Format) program
	// plain starts the application's own server.
	plain program
}

// program is a command in one of the languages' directories.
type program struct {
	dir     string
	args    []string
	env     []string
	handler string
}

var allFive = []vialambda.Format{
	vialambda.RESTAPI, vialambda.HTTPAPI, vialambda.FunctionURL, vialambda.ALB, vialambda.ALBMultiValue,
}

// command returns the function as a locallambda.Command for a format. root is
// the module's directory. A busy machine starts several at once, so that
// a worker has a minute to get ready.
func (fn Function) command(root string, f vialambda.Format) *locallambda.Command {
	p := fn.program(f)
	return &locallambda.Command{
		Name:        fn.Name,
		Args:        p.resolve(root),
		Dir:         filepath.Join(root, p.dir),
		Env:         p.env,
		Handler:     p.handler,
		Timeout:     30 * time.Second,
		InitTimeout: time.Minute,
		MemoryMB:    512,
	}
}

// resolve puts the directory of what setup has installed where "@/" stands.
func (p program) resolve(root string) []string {
	args := make([]string, len(p.args))
	for i, arg := range p.args {
		args[i] = strings.ReplaceAll(arg, "@/", filepath.Join(root, ".cache")+"/")
	}
	return args
}

// Functions returns the rows of the matrix.
func Functions() []Function {
	var all []Function
	add := func(language string, rows []Function) {
		for _, fn := range rows {
			fn.Language = language
			all = append(all, fn)
		}
	}
	add("python", pythonFunctions())
	add("node", nodeFunctions())
	add("go", goFunctions())
	add("rust", rustFunctions())
	add("java", javaFunctions())
	return all
}
