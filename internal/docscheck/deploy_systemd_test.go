package docscheck

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/serve"
)

// installed is where the units expect the program.
const installed = "/usr/local/bin/vialambda"

// testUnits checks the unit, and the unit with each of its drop-ins.
func testUnits(t *testing.T, program string) {
	const config = "deploy/gateway.yaml"
	unit := read(t, "deploy/systemd/vialambda.service")
	stop, err := strconv.Atoi(setting(unit, "TimeoutStopSec"))
	if err != nil {
		t.Error(err)
	}
	loaded, err := serve.Load(filepath.Join(root, config))
	if err != nil {
		t.Fatal(err)
	}
	if drain := loaded.DrainTimeout; time.Duration(stop)*time.Second <= drain {
		t.Errorf("systemd kills after %d s what may drain for %v", stop, drain)
	}
	for _, file := range append(files(t, ".service"), files(t, ".conf")...) {
		if path.Dir(file) != "deploy/systemd" {
			continue
		}
		t.Run(path.Base(file), func(t *testing.T) {
			text := read(t, file)
			n := 0
			for line := range strings.Lines(text) {
				name, command, _ := strings.Cut(strings.TrimSpace(line), "=")
				if args := strings.Fields(command); strings.HasPrefix(name, "Exec") && len(args) > 0 && args[0] == installed {
					checkConfig(t, program, filepath.Join(root, config), args[1:], nil)
					n++
				}
			}
			if n < 2 {
				t.Errorf("the program is started %d times: want a check and a start", n)
			}
			verify(t, program, unit, file, text)
		})
	}
}

// verify asks systemd itself about the unit with the drop-in file.
func verify(t *testing.T, program, unit, file, text string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("NOT RUN: there is no systemd-analyze here")
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(strings.ReplaceAll(text, installed, program)), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	service := write("vialambda.service", unit)
	if path.Ext(file) == ".conf" {
		write("vialambda.service.d/"+path.Base(file), text)
	}
	// It warns of unknown words and exits with 0.
	out, err := exec.CommandContext(t.Context(), analyze, "verify", service).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// setting is the last value of name in a unit.
func setting(unit, name string) (value string) {
	for line := range strings.Lines(unit) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), name+"="); ok {
			value = v
		}
	}
	return value
}
