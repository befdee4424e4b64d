package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// gatewayClient is a client that is tried against the gateway.
type gatewayClient struct {
	name     string
	language string // if empty, name is a program
	take     func(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer
	// noDivert says that the client's connections cannot be made to go elsewhere.
	noDivert bool
	// noHosts says that names cannot be made to resolve, short of /etc/hosts.
	noHosts bool
	// noHostHeader says that the client sends no Host but the URL's.
	noHostHeader bool
}

func gatewayClients(root string) []gatewayClient {
	python := func(name string) gatewayClient {
		p := program{dir: "python", args: []string{"@/python/clients/bin/python", "gateway_client.py", name}}
		return gatewayClient{name: name, language: "python", take: scripted(root, p)}
	}
	node := func(name string) gatewayClient {
		p := program{dir: "node", args: []string{"node", "gateway_client.mjs", name}}
		// That of the Fetch standard drops a Host that it is given.
		return gatewayClient{name: name, language: "node", take: scripted(root, p), noHostHeader: name != "undici.request"}
	}
	return []gatewayClient{
		python("requests"), python("httpx"), python("aiohttp"),
		node("fetch"), node("undici.fetch"), node("undici.request"),
		{name: "curl", take: takeCurl},
		{name: "wget", take: takeWget, noDivert: true, noHosts: true},
		{name: "net.http", language: "go", take: takeGo},
		{name: "java.net.http", language: "java", take: takeJava(root), noDivert: true},
	}
}

// TestGatewayClients lets clients of other languages call real functions through
// the command "vialambda serve", in every way that it has.
func TestGatewayClients(t *testing.T) {
	for _, language := range []string{"python", "node", "go"} {
		needs(t, language) // for the functions
	}
	root := moduleRoot(t)
	files := t.TempDir() // outlives the functions, which look into it
	g := startGateway(t, root)
	for _, client := range gatewayClients(root) {
		t.Run(client.name, func(t *testing.T) {
			if client.language == "" {
				needsProgram(t, client.name)
			} else {
				needs(t, client.language)
			}
			for _, m := range g.modes() {
				if client.noHosts && m.hosts {
					continue
				}
				m.noHostHeader = client.noHostHeader
				if client.noDivert {
					m.divert = nil
				}
				t.Run(m.name, func(t *testing.T) {
					// At once, for most of the time they wait.
					var running sync.WaitGroup
					for _, fn := range gatewayFunctions() {
						running.Go(func() {
							t.Run(fn.name, func(t *testing.T) { tryClient(t, g, client, m, fn, files) })
						})
					}
					running.Wait()
				})
			}
		})
	}
}

func tryClient(t *testing.T, g *runningGateway, client gatewayClient, m gatewayMode, fn gatewayFunction, files string) {
	dir, err := os.MkdirTemp(files, "") //nolint:usetesting // functions look into it after the subtest
	if err != nil {
		t.Fatal(err)
	}
	id := strings.NewReplacer("/", "-", " ", "-", "_", "-", ".", "-", "'", "").Replace(client.name + "-" + m.name + "-" + fn.name)
	defer func() { // what still waits in a function goes on
		for _, name := range []string{"timeout", "gone", "stream", "server-sent events", "failure in mid-stream"} {
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Error(err)
			}
		}
	}()
	steps := gatewaySteps(g, m, fn, dir, id)
	answers := client.take(t, m, steps)
	for _, step := range steps {
		answer, made := answers[step.Name]
		if !made {
			t.Errorf("%s: not made", step.Name)
			continue
		}
		if wrong := step.check(answer); wrong != "" {
			t.Errorf("%s: %s", step.Name, wrong)
		}
		if step.later != nil {
			step.later(t)
		}
	}
}

// scripted runs a client that reads its steps and prints what came of them.
func scripted(root string, p program) func(*testing.T, gatewayMode, []gatewayStep) map[string]gatewayAnswer {
	return func(t *testing.T, m gatewayMode, steps []gatewayStep) map[string]gatewayAnswer {
		divert := map[string]string{} // not null
		maps.Copy(divert, m.divert)
		plan, err := json.Marshal(map[string]any{"steps": steps, "proxy": m.proxy, "hosts": m.names(), "divert": divert, "tunnel": m.tunnel})
		if err != nil {
			t.Fatal(err)
		}
		args := p.resolve(root)
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir = filepath.Join(root, p.dir)
		cmd.Env = m.environ(t)
		cmd.Stdin = bytes.NewReader(plan)
		var complaints bytes.Buffer
		cmd.Stderr = &complaints
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v\n%s", err, complaints.Bytes())
		}
		answers := map[string]gatewayAnswer{}
		if err := json.Unmarshal(out, &answers); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return answers
	}
}

// needsProgram skips the test without the program, and fails it in CI.
func needsProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("NOT RUN: %v", err)
		}
		t.Skipf("NOT RUN: %v", err)
	}
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return !errors.Is(err, fs.ErrNotExist)
}
