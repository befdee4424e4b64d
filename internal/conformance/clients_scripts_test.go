package conformance

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// clientEnv is the environment that points a client at the endpoint, and at
// nothing of the user's own.
func clientEnv(t *testing.T, endpoint string) []string {
	home := t.TempDir()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "PYTHONDONTWRITEBYTECODE=1",
		"AWS_ENDPOINT_URL_LAMBDA=" + endpoint, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region,
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "NO_PROXY=127.0.0.1",
	}
}

// script runs a client that prints what it got.
func script(root, dir string, args ...string) func(*testing.T, string) map[string]told {
	return func(t *testing.T, endpoint string) map[string]told {
		answers := map[string]told{}
		runScript(t, root, endpoint, program{dir: dir, args: args}, &answers)
		return answers
	}
}

func runScript(t *testing.T, root, endpoint string, p program, answers any) {
	t.Helper()
	args := p.resolve(root)
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = filepath.Join(root, p.dir)
	cmd.Env = clientEnv(t, endpoint)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, complaints.Bytes())
	}
	if err := json.Unmarshal(out, answers); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// TestPorts lets lambda-httpx and lambda-requests make the calls of their own
// READMEs.
func TestPorts(t *testing.T) {
	needs(t, "python")
	root := moduleRoot(t)
	endpoint, _ := serveFunctions(t, root)
	type answer struct {
		Status int
		Text   string
	}
	answers := map[string][]answer{}
	runScript(t, root, endpoint, program{dir: "python", args: []string{"@/python/ports/bin/python", "client_ports.py"}}, &answers)
	compact := func(a answer) answer {
		a.Text = string(canonicalJSON([]byte(a.Text)))
		return a
	}
	up := answer{200, `{"status":"UP"}`}
	want := map[string][]answer{
		"lambda-httpx":               {up},
		"lambda-httpx, ten at once":  slices.Repeat([]answer{up}, 10),
		"lambda-httpx, synchronous":  {up},
		"lambda-requests":            {{200, `{"path":"/foo"}`}},
		"lambda-requests, POST":      {{200, `[["a","1"],["b","x y"]]`}},
		"lambda-requests, qualifier": {up},
	}
	for name, list := range want {
		var got []answer
		for _, a := range answers[name] {
			got = append(got, compact(a))
		}
		if !slices.Equal(got, list) {
			t.Errorf("%s: %+v, not %+v", name, got, list)
		}
	}
}
