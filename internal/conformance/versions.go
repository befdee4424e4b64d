package conformance

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// versions are the pinned versions by package name, as the lock files have them.
type versions map[string]string

// readVersions reads the lock files of the module in root.
func readVersions(root string) (versions, error) {
	v := versions{}
	for _, lock := range []struct {
		file    string
		pattern string // with a name and a version
	}{
		{"python/functions.txt", `(?m)^([a-z0-9-]+)==([^ ]+)`},
		{"python/clients.txt", `(?m)^([a-z0-9-]+)==([^ ]+)`},
		{"python/ports.txt", `(?m)^([a-z0-9-]+)==([^ ]+)`},
		{"go.mod", `(?m)^\s*(?:require )?([a-z]+\.\S+) v(\S+)`},
		{"rust/Cargo.lock", `(?m)^name = "(.+)"\nversion = "(.+)"`},
		{"java/checksums.txt", `(?m)^\w+  (.+)-(\d[^-]*)\.jar$`},
	} {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(lock.file)))
		if err != nil {
			return nil, err
		}
		for _, m := range regexp.MustCompile(lock.pattern).FindAllStringSubmatch(string(text), -1) {
			if _, ok := v[m[1]]; !ok {
				v[m[1]] = m[2]
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(root, "node", "package-lock.json"))
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct{ Version string }
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, err
	}
	for path, p := range lock.Packages {
		if name, ok := strings.CutPrefix(path, "node_modules/"); ok {
			v[name] = p.Version
		}
	}
	return v, nil
}

// label appends their versions to the names of packages in text: words that a
// lock file knows, or a Maven coordinate without a version.
func (v versions) label(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		name := strings.TrimSuffix(word, ",")
		key := name
		if group, artifact, ok := strings.Cut(name, ":"); ok && strings.Contains(group, ".") {
			key = artifact
		}
		if j := strings.LastIndex(name, "/"); j > 0 && v[name] == "" && v[name[:j]] != "" {
			key = name[:j] // hono/aws-lambda is a part of hono
		}
		if v[key] != "" {
			words[i] = fmt.Sprintf("%s %s%s", name, v[key], word[len(name):])
		}
	}
	return strings.Join(words, " ")
}
