package toolchain

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// python makes two environments: the functions' and the clients'. Only wheels
// are taken, so that no code of a package runs at installation.
func python() Language {
	return Language{
		Name:   "python",
		Needs:  []string{"python3"},
		inputs: []string{"python/*.txt"},
		install: func(ctx context.Context, s *session) error {
			for _, name := range []string{"functions", "clients", "ports"} {
				dir := filepath.Join(s.cache, "python", name)
				if err := os.RemoveAll(dir); err != nil {
					return err
				}
				if err := s.run(ctx, ".", "python3", "-m", "venv", dir); err != nil {
					return err
				}
				if err := s.run(ctx, "python", filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "--quiet",
					"--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", name+".txt"); err != nil {
					return err
				}
			}
			return nil
		},
	}
}

// node installs without the packages' own scripts, but for those of the runtime
// client, whose native part is compiled where cmake and a compiler are there.
func node() Language {
	return Language{
		Name:   "node",
		Needs:  []string{"node", "npm"},
		inputs: []string{"node/package.json", "node/package-lock.json"},
		install: func(ctx context.Context, s *session) error {
			dir := filepath.Join(s.cache, "node")
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			for _, name := range []string{"package.json", "package-lock.json"} {
				content, err := os.ReadFile(filepath.Join(s.root, "node", name))
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
					return err
				}
			}
			quiet := []string{"--no-audit", "--no-fund", "--loglevel=error"}
			if err := s.run(ctx, ".cache/node", "npm", append([]string{"ci", "--ignore-scripts"}, quiet...)...); err != nil {
				return err
			}
			if canCompile() {
				if err := s.run(ctx, ".cache/node", "npm", append([]string{"rebuild", "aws-lambda-ric"}, quiet...)...); err != nil {
					return err
				}
			}
			return replaceLink("../.cache/node/node_modules", filepath.Join(s.root, "node", "node_modules"))
		},
	}
}

// canCompile reports whether what aws-lambda-ric's scripts call is there.
func canCompile() bool {
	for _, program := range []string{"cmake", "make", "g++", "python3", "xz"} {
		if _, err := exec.LookPath(program); err != nil {
			return false
		}
	}
	return true
}

func replaceLink(target, link string) error {
	if err := os.Remove(link); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(target, link)
}

func golang() Language {
	return Language{
		Name:   "go",
		Needs:  []string{"go"},
		inputs: []string{"go.mod", "go.sum", "go/*/*.go", "contract/*.go"},
		install: func(ctx context.Context, s *session) error {
			return s.run(ctx, ".", "go", "build", "-o", filepath.Join(s.cache, "go")+string(filepath.Separator), "./go/...")
		},
	}
}

func rust() Language {
	return Language{
		Name:   "rust",
		Needs:  []string{"cargo"},
		inputs: []string{"rust/Cargo.*", "rust/src/*.rs"},
		install: func(ctx context.Context, s *session) error {
			env := []string{"CARGO_TARGET_DIR=" + filepath.Join(s.cache, "rust")}
			return s.runEnv(ctx, env, "rust", "cargo", "build", "--locked", "--quiet")
		},
	}
}

// java lets Maven fetch the libraries, compares each with checksums.txt (Maven
// itself has no lock file) and compiles with javac.
func java() Language {
	return Language{
		Name:   "java",
		Needs:  []string{"java", "javac", "mvn"},
		inputs: []string{"java/pom.xml", "java/checksums.txt", "java/*.java"},
		install: func(ctx context.Context, s *session) error {
			lib := filepath.Join(s.cache, "java", "lib")
			if err := os.RemoveAll(filepath.Join(s.cache, "java")); err != nil {
				return err
			}
			if err := s.run(ctx, "java", "mvn", "-B", "-q", "-ntp", "-Dmaven.repo.local="+filepath.Join(s.cache, "m2"),
				"org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
				"-DoutputDirectory="+lib); err != nil {
				return err
			}
			if err := checkSums(filepath.Join(s.root, "java", "checksums.txt"), lib); err != nil {
				return err
			}
			sources, err := filepath.Glob(filepath.Join(s.root, "java", "*.java"))
			if err != nil {
				return err
			}
			args := []string{"-encoding", "UTF-8", "-d", filepath.Join(s.cache, "java", "classes"), "-cp", filepath.Join(lib, "*")}
			return s.run(ctx, "java", "javac", append(args, sources...)...)
		},
	}
}

// checkSums compares the files of dir with list, lines of "sha256  name" as
// sha256sum writes them. Both must name the same files.
func checkSums(list, dir string) error {
	file, err := os.Open(list)
	if err != nil {
		return err
	}
	defer file.Close()
	want := map[string]string{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		if sum, name, ok := strings.Cut(lines.Text(), "  "); ok {
			want[name] = sum
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		if want[entry.Name()] != hex.EncodeToString(sum[:]) {
			return fmt.Errorf("%s: its SHA-256 is %x, %s has %q", entry.Name(), sum, filepath.Base(list), want[entry.Name()])
		}
		delete(want, entry.Name())
	}
	for name := range want {
		return fmt.Errorf("%s is in %s and was not fetched", name, filepath.Base(list))
	}
	return nil
}
