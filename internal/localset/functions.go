package localset

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kballard/go-shellquote"

	"github.com/vialambda/vialambda"
)

// readFunctions reads the file of functions:
//
//	functions:
//	  orders:
//	    command: ./bootstrap        # as for a shell, or a list
//	    dir: orders                 # relative to the file
//	    handler: app.handler
//	    env: {TABLE: orders}
//	    env-file: .env              # KEY=value lines
//	    timeout: 10s
//	    memory: 256                 # MB
//	    concurrency: 4
//	    format: http-api
//	    routes: ["GET /items/{id}", "$default"]
func readFunctions(root *node, dir string) (*Set, error) {
	if err := root.only("the file", "functions"); err != nil {
		return nil, err
	}
	functions := root.get("functions")
	if functions == nil || functions.kind != mapping || len(functions.keys) == 0 {
		return nil, root.errorf("there are no functions: write functions: and below it a name with a command")
	}
	set := &Set{}
	for _, name := range functions.keys {
		f, err := readFunction(name, functions.members[name], dir)
		if err != nil {
			return nil, err
		}
		if err := CheckNames([]Function{f}); err != nil {
			return nil, functions.keyAt[name].errorf("%v", err)
		}
		set.Functions = append(set.Functions, f)
	}
	return set, nil
}

func readFunction(name string, n *node, dir string) (Function, error) {
	f := Function{Name: name, Dir: dir}
	err := n.only("function "+name, "command", "dir", "handler", "env", "env-file", "timeout", "memory", "concurrency", "format", "routes")
	if err != nil {
		return f, err
	}
	for _, key := range n.keys {
		if err := f.read(key, n.members[key], dir); err != nil {
			return f, err
		}
	}
	if len(f.Command) == 0 {
		return f, n.errorf("function %s has no command", name)
	}
	setIfEmpty(&f.Handler, handlerOf(f.Command))
	return f, nil
}

func (f *Function) read(key string, n *node, dir string) (err error) {
	var text string
	switch key {
	case "command":
		f.Command, err = readCommand(n)
	case "dir":
		if text, err = n.asText(); err == nil {
			f.Dir = under(dir, text)
		}
	case "handler":
		f.Handler, err = n.asText()
	case "env":
		return f.readEnv(n)
	case "env-file":
		return f.readEnvFile(n, dir)
	case "timeout":
		if text, err = n.asText(); err == nil {
			if f.Timeout, err = time.ParseDuration(text); err != nil || f.Timeout <= 0 {
				return n.errorf("timeout %q is no duration: write 10s or 1m30s", text)
			}
		}
	case "memory":
		f.MemoryMB, err = n.asInt("memory (MB)")
	case "concurrency":
		f.Concurrency, err = n.asInt("concurrency")
	case "format":
		if text, err = n.asText(); err == nil {
			if f.Format, err = vialambda.ParseFormat(text); err != nil {
				return n.errorf("%v", err)
			}
		}
	case "routes":
		f.Routes, err = n.asTexts()
	}
	return err
}

func readCommand(n *node) ([]string, error) {
	if n.kind == list {
		return n.asTexts()
	}
	text, err := n.asText()
	if err != nil {
		return nil, err
	}
	args, err := shellquote.Split(text)
	if err != nil || len(args) == 0 {
		return nil, n.errorf("the command %q cannot be read: write it as for a shell, or as a list", text)
	}
	return args, nil
}

func (f *Function) readEnv(n *node) error {
	if n.kind != mapping {
		return n.errorf("env is a mapping of names to values, not %s", n.kind)
	}
	for _, key := range n.keys {
		value, err := n.members[key].asText()
		if err != nil {
			return err
		}
		f.Env = append(f.Env, key+"="+value)
	}
	return nil
}

func (f *Function) readEnvFile(n *node, dir string) error {
	name, err := n.asText()
	if err != nil {
		return err
	}
	file, err := os.Open(under(dir, name))
	if err != nil {
		return n.errorf("the env file cannot be read: %v", err)
	}
	defer file.Close()
	var env []string
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		if !ok {
			return n.errorf("%s:%d: write KEY=value", name, number)
		}
		env = append(env, strings.TrimSpace(key)+"="+unquote(strings.TrimSpace(value)))
	}
	f.Env = append(env, f.Env...) // env comes after and wins
	return lines.Err()
}

func unquote(s string) string {
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		return s[1 : len(s)-1]
	}
	return s
}

func under(dir, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

func setIfEmpty(to *string, from string) {
	if *to == "" {
		*to = from
	}
}
