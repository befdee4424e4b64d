package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda/internal/serve"
)

// saidByFlags are flags, and the file that says the same.
var saidByFlags = struct {
	args []string
	file string
}{
	args: []string{
		"--listen=unix:gw.sock", "--metrics-listen=127.0.0.1:1", "--insecure-listen", "--tls-cert=c.pem", "--tls-key=k.pem",
		"--hosts=a.test,b.test", "--trusted-proxies=10.0.0.0/8,unix", "--problem-json", "--log-format=json",
		"--header-timeout=1s", "--idle-timeout=2s", "--body-timeout=3s", "--write-timeout=4s", "--drain-timeout=5s",
		"--max-header-bytes=6KiB", "--max-bytes-in-flight=7MiB", "--max-attempts=8",
		"--region=eu-west-1", "--profile=shop", "--endpoint-url=http://127.0.0.1:9001",
		"--role=arn:aws:iam::123456789012:role/shop", "--external-id=12345", "--session-name=gateway",
		"--proxy=orders,prod.billing", "--by-name=orders", "--route", "GET,POST /api/*=orders", "--route=/x=y",
		"--format=http-api", "--mode=auto", "--async", "--timeout=9s", "--max-concurrent=10", "--queue=11",
	},
	file: `
listen: unix:gw.sock
metrics_listen: 127.0.0.1:1
insecure_listen: true
tls_cert: c.pem
tls_key: k.pem
hosts: [a.test, b.test]
trusted_proxies: [10.0.0.0/8, unix]
problem_json: true
log_format: json
header_timeout: 1s
idle_timeout: 2s
body_timeout: 3s
write_timeout: 4s
drain_timeout: 5s
max_header_bytes: 6KiB
max_bytes_in_flight: 7MiB
max_attempts: 8
region: eu-west-1
profile: shop
endpoint_url: http://127.0.0.1:9001
role: arn:aws:iam::123456789012:role/shop
external_id: "12345"
session_name: gateway
proxy: [orders, prod.billing]
by_name: [orders]
routes: [{path: /api/*, methods: [GET, POST], target: orders}, {path: /x, target: y}]
targets:
  orders: {format: http-api, mode: auto, async: true, timeout: 9s, max_concurrent: 10, queue: 11}
  prod.billing: {format: http-api, mode: auto, async: true, timeout: 9s, max_concurrent: 10, queue: 11}
  y: {format: http-api, mode: auto, async: true, timeout: 9s, max_concurrent: 10, queue: 11}
`,
}

// TestFlagsSayWhatTheFileSays: by the same names, with the same effect, and they
// come before the file.
func TestFlagsSayWhatTheFileSays(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	load := func(args ...string) string {
		t.Helper()
		o := newServeOptions()
		if err := o.set.Parse(args); err != nil {
			t.Fatal(err)
		}
		c, err := o.load()
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.MarshalIndent(c, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := load("--config", write("same.yaml", saidByFlags.file))
	if got := load(saidByFlags.args...); got != want {
		t.Errorf("flags say\n%s\nthe file says\n%s", got, want)
	}
	other := strings.NewReplacer("unix:gw.sock", "127.0.0.1:2", "1s", "21s", "a.test", "c.test", "shop", "other", "7MiB", "1MiB", "proxy: [orders", "proxy: [y").Replace(saidByFlags.file)
	other, _, _ = strings.Cut(other, "routes:") // those of flags come on top
	if got := load(append(saidByFlags.args, "--config", write("other.yaml", other))...); got != want {
		t.Errorf("with a file below them flags say\n%s\nwant\n%s", got, want)
	}

	keys := func(text string) []string {
		t.Helper()
		_, err := serve.Load(write("wrong.yaml", text))
		_, list, ok := strings.Cut(err.Error(), "there are ")
		if !ok {
			t.Fatal(err)
		}
		return strings.Split(list, ", ")
	}
	ofFile, ofTarget := keys("nosuch: 1"), keys("targets: {a: {nosuch: 1}}")
	flags := newServeOptions().set
	for _, key := range ofFile {
		if key != "targets" && key != "routes" && flags.Lookup(strings.ReplaceAll(key, "_", "-")) == nil {
			t.Errorf("there is no flag for %s", key)
		}
	}
	ofCommand := []string{"route", "config", "check", "local", "help"}
	flags.VisitAll(func(f *pflag.Flag) {
		key := strings.ReplaceAll(f.Name, "-", "_")
		if !slices.Contains(ofCommand, f.Name) && !slices.Contains(ofFile, key) && !slices.Contains(ofTarget, key) {
			t.Errorf("there is no key for --%s", f.Name)
		}
		if !slices.Contains(ofCommand[1:], f.Name) && !slices.ContainsFunc(saidByFlags.args, func(arg string) bool {
			name, _, _ := strings.Cut(arg, "=")
			return name == "--"+f.Name
		}) {
			t.Errorf("saidByFlags has no --%s", f.Name)
		}
	})
}
