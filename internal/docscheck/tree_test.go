package docscheck

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// root is the repository's, seen from this package.
const root = "../.."

// files returns the files below root whose names end in suffix, with paths from
// root. What the build makes or installs is left out.
func files(t *testing.T, suffix string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && made(path, d.Name()):
			return fs.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(path, suffix):
			paths = append(paths, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) == 0 {
		t.Fatalf("no file ends in %s", suffix)
	}
	return paths
}

func made(path, name string) bool {
	switch name {
	case "node_modules", "target", "bin", "__pycache__", "testdata":
		return true
	}
	return path != "." && strings.HasPrefix(name, ".")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
