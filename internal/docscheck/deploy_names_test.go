package docscheck

import (
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// TestImageContext: the image's build sees every file that git tracks, else Go takes
// those that are missing for changes and stamps VERSION+dirty.
func TestImageContext(t *testing.T) {
	var left []string
	for line := range strings.Lines(read(t, "deploy/Dockerfile.dockerignore")) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, ok := strings.CutPrefix(line, "**/")
		if !ok || strings.ContainsAny(name, "*?!/") {
			t.Errorf("%q: this test knows **/NAME only", line)
		}
		left = append(left, name)
	}
	cmd := exec.CommandContext(t.Context(), "git", "ls-files", "-z")
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		t.Skip("NOT RUN: not a git repository")
	}
	for file := range strings.SplitSeq(strings.TrimSuffix(string(out), "\x00"), "\x00") {
		if slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool { return slices.Contains(left, part) }) {
			t.Errorf("%s is tracked and left out of the image's context", file)
		}
	}
}

// TestDynamicUser: systemd makes a user of the unit's name and refuses to (EILSEQ)
// if that is the name of a static group; systemd-analyze does not see it.
func TestDynamicUser(t *testing.T) {
	for _, file := range append(files(t, ".service"), files(t, ".conf")...) {
		if path.Dir(file) != "deploy/systemd" {
			continue
		}
		if group := setting(read(t, file), "Group"); group == "vialambda" {
			t.Errorf("%s: Group=%s is the user that DynamicUser makes for vialambda.service", file, group)
		}
	}
}
