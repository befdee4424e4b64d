package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// check returns everything that stands in the way of tagging version at HEAD.
func check(ctx context.Context, r *repository, version string, out io.Writer) error {
	var problems []error
	for _, step := range []struct {
		name string
		run  func(ctx context.Context, r *repository, version string) error
	}{
		{"the tree is clean", cleanTree},
		{"the tags are free", freeTags},
		{"CHANGELOG.md has the version", changelog},
		{"the modules require what is published", requirements},
		{"the version says how the API changed", bump},
	} {
		err := step.run(ctx, r, version)
		if err == nil {
			fmt.Fprintln(out, "ok   ", step.name)
			continue
		}
		fmt.Fprintln(out, "not ok", step.name)
		problems = append(problems, parts(err)...)
	}
	return errors.Join(problems...)
}

func cleanTree(ctx context.Context, r *repository, _ string) error {
	status, err := r.git(ctx, "status", "--porcelain")
	if err != nil {
		return err
	}
	if status != "" {
		first, _, _ := strings.Cut(status, "\n")
		return fmt.Errorf("the tree is not clean: %s …", first)
	}
	return nil
}

// freeTags: a version that was published never changes.
func freeTags(ctx context.Context, r *repository, version string) error {
	var problems []error
	for _, m := range r.published() {
		if taken, err := r.git(ctx, "tag", "--list", m.tag+version); err != nil || taken != "" {
			problems = append(problems, errors.Join(err, fmt.Errorf("the tag %s is taken: a published version is never made again", m.tag+version)))
		}
		last, err := r.lastTag(ctx, m)
		if err != nil {
			return err
		}
		if last = strings.TrimPrefix(last, m.tag); last != "" && semver.Compare(version, last) < 0 {
			problems = append(problems, fmt.Errorf("%s is older than %s%s", version, m.tag, last))
		}
	}
	return errors.Join(problems...)
}

var heading = regexp.MustCompile(`(?m)^## \[([^\]]+)\](.*)$`)

// changelog: the first version is the one to be tagged, with a date and content,
// and nothing is left under Unreleased.
func changelog(_ context.Context, r *repository, version string) error {
	text, err := r.notes(version)
	if err != nil {
		return err
	}
	if text == "" {
		return fmt.Errorf("CHANGELOG.md says nothing under %s", version)
	}
	data, err := os.ReadFile(r.path("CHANGELOG.md"))
	if err != nil {
		return err
	}
	sections := heading.FindAllStringSubmatchIndex(string(data), -1)
	name := func(i int) string { return string(data[sections[i][2]:sections[i][3]]) }
	first := 0
	if name(0) == "Unreleased" {
		first = 1
		if left := strings.TrimSpace(string(data[sections[0][1]:sections[1][0]])); left != "" {
			return fmt.Errorf("CHANGELOG.md still has something under Unreleased")
		}
	}
	if name(first) != strings.TrimPrefix(version, "v") {
		return fmt.Errorf("the newest section of CHANGELOG.md is %s", name(first))
	}
	rest := string(data[sections[first][4]:sections[first][5]])
	if !regexp.MustCompile(`^ - \d{4}-\d{2}-\d{2}$`).MatchString(rest) {
		return fmt.Errorf("the heading of %s in CHANGELOG.md has no date: ## [%s] - 2006-01-02", version, strings.TrimPrefix(version, "v"))
	}
	return nil
}

// notes is the section of a version in CHANGELOG.md, without its heading.
func (r *repository) notes(version string) (string, error) {
	data, err := os.ReadFile(r.path("CHANGELOG.md"))
	if err != nil {
		return "", err
	}
	sections := heading.FindAllStringSubmatchIndex(string(data), -1)
	for i, at := range sections {
		if string(data[at[2]:at[3]]) != strings.TrimPrefix(version, "v") {
			continue
		}
		end := len(data)
		if i+1 < len(sections) {
			end = sections[i+1][0]
		}
		return strings.TrimSpace(string(data[at[1]:end])), nil
	}
	return "", fmt.Errorf("CHANGELOG.md has no section [%s]", strings.TrimPrefix(version, "v"))
}

// requirements: consumers ignore the replace lines of nested modules, so that what
// these require must be the version that is tagged with them. The root has no
// replace (go install would refuse it) and requires no nested module.
func requirements(_ context.Context, r *repository, version string) error {
	var problems []error
	root, err := r.goMod("")
	if err != nil {
		return err
	}
	path := root.Module.Mod.Path
	if len(root.Replace) > 0 {
		problems = append(problems, fmt.Errorf("go.mod has a replace, which go install …@%s refuses", version))
	}
	for _, m := range r.published() {
		file, err := r.goMod(m.name)
		if err != nil {
			return err
		}
		found := m.name == ""
		for _, q := range file.Require {
			switch {
			case m.name != "" && q.Mod.Path == path:
				found = true
				if q.Mod.Version != version {
					problems = append(problems, fmt.Errorf("%s/go.mod requires %s of the root, not %s: make release-raise VERSION=%s", m.name, q.Mod.Version, version, version))
				}
			case strings.HasPrefix(q.Mod.Path, path+"/"):
				problems = append(problems, fmt.Errorf("%s requires %s, another module of this repository", m.title(), q.Mod.Path))
			}
		}
		if !found {
			problems = append(problems, fmt.Errorf("%s/go.mod does not require the root", m.name))
		}
		for _, p := range file.Replace {
			if p.Old.Path != path {
				problems = append(problems, fmt.Errorf("%s/go.mod replaces %s: consumers get what is required", m.name, p.Old.Path))
			}
		}
	}
	return errors.Join(problems...)
}

func (r *repository) goMod(name string) (*modfile.File, error) {
	file := r.path(name, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return modfile.Parse(file, data, nil)
}

// raise makes the nested modules require version of the root.
func raise(r *repository, version string) error {
	root, err := r.goMod("")
	if err != nil {
		return err
	}
	for _, m := range r.published()[1:] {
		file, err := r.goMod(m.name)
		if err != nil {
			return err
		}
		if err := file.AddRequire(root.Module.Mod.Path, version); err != nil {
			return err
		}
		data, err := file.Format()
		if err != nil {
			return err
		}
		if err := os.WriteFile(r.path(m.name, "go.mod"), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// bump: an incompatible change needs a new minor version before v1 and is refused
// after it; an addition needs a new minor version after v1.
func bump(ctx context.Context, r *repository, version string) error {
	all, err := differences(ctx, r)
	if err != nil {
		return err
	}
	var problems []error
	for _, d := range all {
		if d.tag == "" {
			continue
		}
		last := strings.TrimPrefix(d.tag, d.module.tag)
		sameMinor := semver.MajorMinor(last) == semver.MajorMinor(version) && semver.Prerelease(last) == ""
		switch {
		case len(d.incompatible) > 0 && semver.Major(version) == semver.Major(last) && semver.Major(version) != "v0":
			problems = append(problems, fmt.Errorf("%s, and %s has the major version of %s", d.incompatible[0], version, d.tag))
		case len(d.incompatible) > 0 && sameMinor:
			problems = append(problems, fmt.Errorf("%s, and %s has the minor version of %s", d.incompatible[0], version, d.tag))
		case len(d.compatible) > 0 && sameMinor && semver.Major(version) != "v0":
			problems = append(problems, fmt.Errorf("%s, and %s has the minor version of %s", d.compatible[0], version, d.tag))
		}
	}
	return errors.Join(problems...)
}
