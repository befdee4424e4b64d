// Package toolchain installs what the functions of the matrix and the real
// clients need, at the versions and hashes of the lock files, into .cache of
// this module. It uses each language's ordinary client and nothing else: no apt,
// no sudo, no global pip.
package toolchain

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Language is one directory of functions or clients.
type Language struct {
	Name string
	// Needs are the programs that must be on the PATH.
	Needs []string
	// inputs are the files, relative to the module, that the installation
	// depends on. If none has changed since, it stands.
	inputs  []string
	install func(ctx context.Context, s *session) error
}

// Languages returns all of them, in the order of the matrix.
func Languages() []Language {
	return []Language{python(), node(), golang(), rust(), java()}
}

// Find returns the language of that name.
func Find(name string) Language {
	for _, l := range Languages() {
		if l.Name == name {
			return l
		}
	}
	panic("toolchain: no language " + name)
}

// ErrMissing says that a program is not on the PATH.
var ErrMissing = errors.New("not on the PATH")

// ErrNotInstalled says that Install has not run since a lock file changed.
var ErrNotInstalled = errors.New("not installed, or a lock file has changed since: go run ./setup")

// Check returns nil if the language is installed in root, this module's
// directory, as its lock files want it.
func (l Language) Check(root string) error {
	for _, program := range l.Needs {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%s: %w", program, ErrMissing)
		}
	}
	want, err := l.stamp(root)
	if err != nil {
		return err
	}
	if have, err := os.ReadFile(l.stampFile(root)); err != nil || string(have) != want {
		return ErrNotInstalled
	}
	return nil
}

// Install installs the language in root unless it is. An error carries the end
// of what the failed command printed.
func (l Language) Install(ctx context.Context, root string) error {
	err := l.Check(root)
	if !errors.Is(err, ErrNotInstalled) {
		return err
	}
	cache := filepath.Join(root, ".cache")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return err
	}
	if err := os.Remove(l.stampFile(root)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	s := &session{root: root, cache: cache}
	if err := l.install(ctx, s); err != nil {
		return err
	}
	stamp, err := l.stamp(root)
	if err != nil {
		return err
	}
	return os.WriteFile(l.stampFile(root), []byte(stamp), 0o644)
}

func (l Language) stampFile(root string) string {
	return filepath.Join(root, ".cache", l.Name+".installed")
}

// stamp is a hash over the inputs and the versions of the programs.
func (l Language) stamp(root string) (string, error) {
	hash := sha256.New()
	for _, pattern := range l.inputs {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		if err != nil {
			return "", err
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(hash, "%s %x\n", filepath.Base(file), sha256.Sum256(content))
		}
	}
	for _, program := range l.Needs {
		path, err := exec.LookPath(program)
		if err != nil {
			return "", err
		}
		info, err := os.Stat(path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %d\n", path, info.Size())
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// A session runs the commands of one installation.
type session struct{ root, cache string }

// run runs a command in dir, which is relative to the module.
func (s *session) run(ctx context.Context, dir string, name string, args ...string) error {
	return s.runEnv(ctx, nil, dir, name, args...)
}

func (s *session) runEnv(ctx context.Context, env []string, dir string, name string, args ...string) error {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(s.root, dir)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		text := strings.TrimSpace(out.String())
		if len(text) > 2000 {
			text = "…" + text[len(text)-2000:]
		}
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, text)
	}
	return nil
}
