package main

import (
	"context"
	"errors"
	"fmt"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// acceptedFile lists the incompatible changes since the last tag that are meant,
// one a line, as checkAPI prints them.
const acceptedFile = "internal/tools/release/accepted.txt"

// difference is how the exported API of a module differs from its last tag.
type difference struct {
	module                   module
	tag                      string // "" if there is none
	compatible, incompatible []string
}

// checkAPI fails if a module has an incompatible change that is not accepted.
func checkAPI(ctx context.Context, r *repository, out io.Writer) error {
	accepted, err := r.accepted()
	if err != nil {
		return err
	}
	all, err := differences(ctx, r)
	if err != nil {
		return err
	}
	var problems []error
	for _, d := range all {
		if d.tag == "" {
			fmt.Fprintf(out, "%s: no tag yet, nothing to compare with\n", d.module.title())
			continue
		}
		fmt.Fprintf(out, "%s: %d compatible and %d incompatible changes since %s\n", d.module.title(), len(d.compatible), len(d.incompatible), d.tag)
		for _, change := range d.incompatible {
			if !slices.Contains(accepted, change) {
				problems = append(problems, fmt.Errorf("incompatible with %s: %s", d.tag, change))
			}
		}
	}
	if problems != nil {
		problems = append(problems, fmt.Errorf("what is meant goes into %s and CHANGELOG.md", acceptedFile))
	}
	return errors.Join(problems...)
}

// accepted are the lines of acceptedFile; the file may be missing.
func (r *repository) accepted() ([]string, error) {
	data, err := os.ReadFile(r.path(acceptedFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

// differences compares every published module with its last tag.
func differences(ctx context.Context, r *repository) ([]difference, error) {
	var all []difference
	for _, m := range r.published() {
		tag, err := r.lastTag(ctx, m)
		if err != nil {
			return nil, err
		}
		d := difference{module: m, tag: tag}
		if tag != "" {
			if err := d.find(ctx, r); err != nil {
				return nil, fmt.Errorf("%s: %w", m.title(), err)
			}
		}
		all = append(all, d)
	}
	return all, nil
}

func (d *difference) find(ctx context.Context, r *repository) error {
	dir, err := os.MkdirTemp("", "release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := r.export(ctx, d.tag, dir); err != nil {
		return err
	}
	before, err := load(filepath.Join(dir, d.module.name))
	if err != nil {
		return fmt.Errorf("%s: %w", d.tag, err)
	}
	now, err := load(r.path(d.module.name))
	if err != nil {
		return err
	}
	for _, change := range apidiff.ModuleChanges(before, now).Changes {
		text := d.module.title() + ": " + change.Message
		if change.Compatible {
			d.compatible = append(d.compatible, text)
		} else {
			d.incompatible = append(d.incompatible, text)
		}
	}
	return nil
}

// load type-checks the packages of the module in dir that others can import.
func load(dir string) (*apidiff.Module, error) {
	all, err := packages.Load(&packages.Config{
		Dir:  dir,
		Env:  append(os.Environ(), "GOWORK=off"),
		Mode: packages.NeedName | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
	}, "./...")
	if err != nil {
		return nil, err
	}
	m := &apidiff.Module{}
	for _, p := range all {
		if len(p.Errors) > 0 {
			return nil, p.Errors[0]
		}
		if p.Module != nil {
			m.Path = p.Module.Path
		}
		if importable(p.PkgPath, p.Name) {
			m.Packages = append(m.Packages, p.Types)
		}
	}
	slices.SortFunc(m.Packages, func(a, b *types.Package) int { return strings.Compare(a.Path(), b.Path()) })
	return m, nil
}

func importable(path, name string) bool {
	return name != "main" && !slices.Contains(strings.Split(path, "/"), "internal")
}

// title is how a module is called in messages.
func (m module) title() string {
	if m.name == "" {
		return "vialambda"
	}
	return m.name
}
