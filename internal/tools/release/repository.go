package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// repository is a working tree of git, at its root.
type repository struct{ dir string }

// module is a Go module that is published.
type module struct {
	name string // its directory, "" for the root
	tag  string // what precedes the version in its tags
}

// published are the modules that get tags. The others (examples, internal/…) are
// never published and go on requiring v0.0.0 of the root.
func (r *repository) published() []module {
	all := []module{{}}
	for _, name := range []string{"otel", "caddy"} {
		if _, err := os.Stat(r.path(name, "go.mod")); err == nil {
			all = append(all, module{name: name, tag: name + "/"})
		}
	}
	return all
}

func (r *repository) path(elem ...string) string {
	return filepath.Join(append([]string{r.dir}, elem...)...)
}

func (r *repository) git(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = r.dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// lastTag is the highest version's tag of m that HEAD descends from; "" if there
// is none.
func (r *repository) lastTag(ctx context.Context, m module) (string, error) {
	tags, err := r.git(ctx, "tag", "--merged", "HEAD", "--list", m.tag+"v*")
	if err != nil {
		return "", err
	}
	last := ""
	for tag := range strings.FieldsSeq(tags) {
		version := strings.TrimPrefix(tag, m.tag)
		if semver.IsValid(version) && (last == "" || semver.Compare(version, last) > 0) {
			last = version
		}
	}
	if last == "" {
		return "", nil
	}
	return m.tag + last, nil
}

// export writes the tree of a tag to a directory.
func (r *repository) export(ctx context.Context, tag, to string) error {
	cmd := exec.CommandContext(ctx, "git", "archive", "--format=tar", tag)
	cmd.Dir = r.dir
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("git archive %s: %w", tag, err)
	}
	files := tar.NewReader(bytes.NewReader(out))
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := write(to, header, files); err != nil {
			return err
		}
	}
}

func write(to string, header *tar.Header, content io.Reader) error {
	if !filepath.IsLocal(header.Name) || header.Typeflag != tar.TypeReg {
		return nil // directories come with their files; Go reads no symbolic links
	}
	name := filepath.Join(to, header.Name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return os.WriteFile(name, data, fs.FileMode(0o600))
}
