package docscheck

import (
	"bufio"
	"context"
	"debug/elf"
	"fmt"
	"go/version"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDeploy builds the command as deploy/Dockerfile does, and has it check, and
// where that is possible without AWS, serve, what the files of deploy give it.
func TestDeploy(t *testing.T) {
	program := buildAsImage(t)
	t.Run("the image's program needs no other file", func(t *testing.T) { testStatic(t, program) })
	if runtime.GOOS != "linux" {
		t.Skip("NOT RUN: what the image holds runs on Linux only")
	}
	t.Run("systemd", func(t *testing.T) { testUnits(t, program) })
	t.Run("Kubernetes", func(t *testing.T) { testSidecar(t, program) })
}

// TestDeployIsDocumented: every file of deploy is linked from its page.
func TestDeployIsDocumented(t *testing.T) {
	page := read(t, "docs/deployment.md")
	for _, file := range files(t, "") {
		if strings.HasPrefix(file, "deploy/") && !strings.Contains(page, "(../"+file+")") {
			t.Errorf("docs/deployment.md has no link to %s", file)
		}
	}
}

// buildLine is the command in deploy/Dockerfile that builds the program.
var buildLine = regexp.MustCompile(`(?m)^RUN (CGO_ENABLED=0 go build .*) -o /out/vialambda (\./cmd/vialambda)$`)

// buildAsImage builds the program with the very command of deploy/Dockerfile.
func buildAsImage(t *testing.T) string {
	t.Helper()
	dockerfile := read(t, "deploy/Dockerfile")
	m := buildLine.FindStringSubmatch(dockerfile)
	if m == nil {
		t.Fatalf("deploy/Dockerfile has no line like %s", buildLine)
	}
	image := regexp.MustCompile(`(?m)^FROM golang:([0-9.]+)-`).FindStringSubmatch(dockerfile)
	module := regexp.MustCompile(`(?m)^go ([0-9.]+)$`).FindStringSubmatch(read(t, "go.mod"))
	if image == nil || module == nil || version.Compare("go"+image[1], "go"+module[1]) < 0 {
		t.Errorf("the image has Go %q, go.mod asks for %q", image, module)
	}
	program := filepath.Join(t.TempDir(), "vialambda")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", m[1]+` -o "$0" `+m[2], program)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+runtime.GOARCH)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", m[0], err, out)
	}
	return program
}

func testStatic(t *testing.T, program string) {
	file, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program has a segment %v: it needs a loader or libraries, and there are none in the image", p.Type)
		}
	}
}

// checkConfig runs "vialambda serve --check" with the arguments that a unit or a
// pod starts it with, and no more of the environment than env.
func checkConfig(t *testing.T, program, config string, args, env []string) {
	t.Helper()
	args = slices.Clone(args)
	at := slices.Index(args, "/etc/vialambda/gateway.yaml")
	if at < 1 || args[0] != "serve" || args[at-1] != "--config" {
		t.Errorf("started as %q, not as serve --config /etc/vialambda/gateway.yaml", args)
		return
	}
	args[at] = config
	if !slices.Contains(args, "--check") {
		args = append(args, "--check")
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append([]string{"HOME=" + t.TempDir()}, env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("vialambda %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// probe starts the gateway as a pod does, but with the sample functions and on
// ports that the kernel chooses, asks the paths of its operations, and ends it.
func probe(t *testing.T, program, config string, paths []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, "serve", "--local", "--config", config, "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
	cmd.Stderr = t.Output()
	cmd.Env = []string{"HOME=" + t.TempDir()}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	metrics := ""
	for lines := bufio.NewScanner(out); metrics == "" && lines.Scan(); {
		if url, ok := strings.CutPrefix(lines.Text(), "metrics: "); ok {
			metrics = strings.TrimSuffix(url, "/metrics")
		}
	}
	if metrics == "" {
		t.Errorf("it does not say where the metrics are")
	}
	for _, path := range paths {
		if err := get(ctx, metrics+path); err != nil {
			t.Errorf("the probe of %s: %v", path, err)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended by SIGTERM: %v", err)
	}
}

func get(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	return nil
}
