package serve

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// TestEveryMistakeHasItsPlace: what is wrong with a configuration beyond its
// YAML (of which TestMistakesHaveTheirPlace tells) is said with line and column,
// and with what to write instead.
func TestEveryMistakeHasItsPlace(t *testing.T) {
	const served = "targets: {one: {}}\nproxy: [one]\n" // two lines that are right
	tests := []struct{ name, text, want string }{
		{"nothing served", "targets: {one: {}}\n", "1:1: nothing is served: name a function"},
		{"log format", served + "log_format: xml\n", `3:1: "xml" is no log format: use text or json`},
		{"certificate without key", served + "tls_cert: cert.pem\n", "3:1: tls_cert and tls_key go together"},
		{"key without certificate", served + "tls_key: key.pem\n", "tls_cert and tls_key go together"},
		{"certificate is missing", served + "tls_key: DIR/key.pem\ntls_cert: DIR/nosuch.pem\n", "4:1: open DIR/nosuch.pem: no such file"},
		{"key is missing", served + "tls_cert: DIR/cert.pem\ntls_key: DIR/nosuch.pem\n", "4:1: open DIR/nosuch.pem: no such file"},
		{"certificate is none", served + "tls_cert: DIR/bad.yaml\ntls_key: DIR/key.pem\n", "3:1: tls: failed to find any PEM data"},
		{"key of another certificate", served + "tls_cert: DIR/cert.pem\ntls_key: DIR/other/key.pem\n", "3:1: tls: private key does not match public key"},
		{"header size of zero", served + "max_header_bytes: 0\n", "3:1: 0 is not between 1 and 1 MiB"},
		{"header size beyond all", served + "max_header_bytes: 2MiB\n", "3:1: 2097152 is not between 1 and 1 MiB"},
		{"header time of zero", served + "header_timeout: 0s\n", "3:1: header_timeout must be above zero"},
		{"idle time of zero", served + "idle_timeout: 0s\n", "3:1: idle_timeout must be above zero"},
		{"address", served + "listen: nonsense\n", `3:1: "nonsense" is no address: write 127.0.0.1:8080 or unix:`},
		{"address without a path", served + "listen: 'unix:'\n", "3:1: unix: has no path"},
		{"address beyond this machine", served + "listen: 0.0.0.0:8080\n", `3:1: "0.0.0.0" is reachable from other machines`},
		{"address of all", served + "listen: :8080\n", `3:1: "" is reachable from other machines`},
		{"address of the metrics", served + "metrics_listen: nonsense\n", `3:1: "nonsense" is no address`},
		{"trusted proxy", served + "trusted_proxies: [10.0.0.0/8, example.com]\n", `3:31: "example.com" is no address: write 10.0.0.0/8, 10.0.0.1 or unix`},
		{"host", served + "hosts:\n  - ok.example\n  - https://x.example\n", `5:5: "https://x.example" is no host`},

		{"name of a target", "targets:\n  or~ders: {}\nproxy: [or~ders]\n", `2:3: function name "or~ders"`},
		{"name with three labels", "targets:\n  a.b.c: {}\nby_name: [a.b.c]\n", "2:3: "},
		{"function", "targets:\n  a: {function: 'arn:aws:s3:::x'}\nproxy: [a]\n", "2:3: "},
		{"qualifier twice", "targets:\n  prod.a:\n    qualifier: dev\nproxy: [prod.a]\n", "2:3: the name has the qualifier prod, and another is set"},
		{"function and name with a dot", "targets:\n  prod.a: {function: b}\nproxy: [prod.a]\n", "2:3: a name with a dot says function and qualifier itself"},
		{"route of a function", "targets:\n  a:\n    routes: ['GET/x']\nproxy: [a]\n", `2:3: target "a": route "GET/x" cannot be read`},
		{"queue without limit", "targets:\n  a: {queue: 3}\nproxy: [a]\n", "2:3: a queue needs a limit of concurrency"},
		{"negative limit", "targets:\n  a: {max_concurrent: -1}\nproxy: [a]\n", "2:3: a limit is negative"},
		{"account that cannot be had", "targets:\n  a: {profile: nosuch}\nproxy: [a]\n", "2:3: there is no profile nosuch"},
		{"region", served + "region: eu west\n", `3:1: "eu west" is no AWS region: write eu-west-1`},
		{"region of a target", "targets:\n  a: {region: eu-west-1.evil.example/x}\nproxy: [a]\n", "2:7: "},
		{"tenant", "targets:\n  a: {tenant: 'a,b'}\nproxy: [a]\n", `2:7: "a,b" is no tenant id`},
		{"domain name", "targets:\n  a: {domain_name: 'https://x'}\nproxy: [a]\n", `2:7: "https://x" is no name`},
		{"role", "role: call-reports\ntargets: {one: {}}\nproxy: [one]\n", `1:1: "call-reports" is no ARN of a role: write arn:aws:iam::`},
		{"role of a target", "targets:\n  a: {role: 'arn:aws:iam::210987654321:user/a'}\nproxy: [a]\n", "2:7: "},
		{"external id without a role", "external_id: \"12345\"\ntargets: {a: {role: 'arn:aws:iam::210987654321:role/a'}}\nproxy: [a]\n", "1:1: an external id goes with a role"},
		{"external id of a target without a role", "targets:\n  a: {external_id: \"12345\"}\nproxy: [a]\n", "2:7: an external id goes with a role"},
		{"external id", "role: arn:aws:iam::210987654321:role/a\nexternal_id: secret id\ntargets: {a: {}}\nproxy: [a]\n", "2:1: this is no external id: STS takes 2 to 1,224 "},
		{"long external id", "role: arn:aws:iam::210987654321:role/a\nexternal_id: " + strings.Repeat("x", 1225) + "\ntargets: {a: {}}\nproxy: [a]\n", "2:1: this is no external id"},
		{"session", "role: arn:aws:iam::210987654321:role/a\ntargets:\n  a: {session_name: 'a/b'}\nproxy: [a]\n", `3:7: "a/b" is no name of a session: STS takes 2 to 64 `},
		{"session without a role", "session_name: gateway\ntargets: {a: {}}\nproxy: [a]\n", "1:1: a session's name goes with a role"},
		{"session of a target without a role", "targets:\n  a: {session_name: gateway}\nproxy: [a]\n", "2:7: a session's name goes with a role"},

		{"route without a target", served + "routes:\n  - path: /a\n", `4:5: there is no target "": there are one`},
		{"route to an unknown target", served + "routes:\n  - path: /a\n    target: two\n", `5:5: there is no target "two": there are one`},
		{"route twice", served + "routes:\n  - {path: /a/*, target: one}\n  - {path: /%61/*, target: one}\n", "5:6: the same as routes[0]"},
		{"path", served + "routes:\n  - {target: one, path: a}\n", "4:19: the path does not begin with a slash"},
		{"path with dots", served + "routes:\n  - {target: one, path: /a/../b}\n", "4:19: the path has dot segments"},
		{"path with a star inside", served + "routes:\n  - {target: one, path: /a/*/b}\n", "4:19: "},
		{"path with half an escape", served + "routes:\n  - {target: one, path: /a%2}\n", "4:19: the path has a %"},
		{"method", served + "routes:\n  - {target: one, methods: [GET, get]}\n", `4:34: "get" is no method`},
		{"CONNECT", served + "routes:\n  - {target: one, methods: [CONNECT]}\n", `4:29: "CONNECT" is no method`},
		{"host of a route", served + "routes:\n  - {target: one, hosts: ['x.example:80']}\n", `4:27: "x.example:80" is no host name`},
		{"origin", served + "routes:\n  - {target: one, origins: ['*']}\n", `4:29: "*" is no origin`},
		{"strip and rewrite", served + "routes:\n  - {target: one, path: /a/*, strip: true, rewrite: /b}\n", "strip and rewrite exclude each other"},
		{"rewrite", served + "routes:\n  - {target: one, path: /a/*, rewrite: b}\n", "4:31: the path does not begin with a slash"},
		{"header's name", served + "routes:\n  - {target: one, request_headers: {remove: ['X A']}}\n", `4:46: "X A" is no header's name`},
		{"header that frames", served + "routes:\n  - {target: one, response_headers: {set: {Transfer-Encoding: x}}}\n", "Transfer-Encoding is not for a configuration to set"},
		{"header with a line break", served + "routes:\n  - {target: one, response_headers: {set: {X-A: \"a\\nb\"}}}\n", "the value of X-A has a line break"},

		{"proxy of an unknown target", "targets: {one: {}}\nproxy: [one, two]\n", `2:14: there is no target "two": there are one`},
		{"names that differ in case", "targets: {one: {}, ONE: {}}\nproxy: [one, ONE]\n", "2:14: the same as proxy[0]"},
		{"name and route", "targets: {one: {}}\nroutes: [{path: /one/*, target: one}]\nby_name: [one]\n", "3:11: the same as routes[0]"},
		{"by name an unknown target", "targets: {one: {}}\nby_name: [two]\n", `2:11: there is no target "two"`},
	}
	dir := t.TempDir()
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o700); err != nil {
		t.Fatal(err)
	}
	certificate(t, dir)
	certificate(t, other)
	file := filepath.Join(dir, "bad.yaml")
	server := &Server{
		Load: func() (*Config, error) { return Load(file) },
		Connect: func(_ context.Context, a Account) (*Client, error) {
			if a.Profile != "" {
				return nil, errors.New("there is no profile " + a.Profile)
			}
			return &Client{Invoker: locallambda.Functions{}}, nil
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(tt.text, "DIR", dir)), 0o600); err != nil {
				t.Fatal(err)
			}
			err := server.Check(t.Context())
			if err == nil {
				t.Fatal("no mistake is found")
			}
			want := file + ":" + strings.ReplaceAll(tt.want, "DIR", dir)
			if first := tt.want[0]; first < '0' || first > '9' {
				want = strings.ReplaceAll(tt.want, "DIR", dir)
			}
			if e, ok := errors.AsType[*Error](err); !ok || e.Line == 0 || e.Column == 0 || !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nwant %s", err, want)
			}
		})
	}
}

// TestAddressesInUse: of the gateway and of the metrics, by TCP and Unix socket;
// what was opened before is closed again.
func TestAddressesInUse(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	socket := filepath.Join(t.TempDir(), "gw.sock")
	unix, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close()
	for _, tt := range []struct{ name, text, want string }{
		{"gateway", "listen: " + taken.Addr().String() + "\n", "cannot listen on " + taken.Addr().String() + ": the address is in use; choose another with --listen, port 0 for a free one"},
		{"metrics", "listen: 127.0.0.1:0\nmetrics_listen: " + taken.Addr().String() + "\n", "cannot listen on " + taken.Addr().String() + ": the address is in use; choose another with --metrics-listen, port 0 for a free one"},
		{"Unix socket", "listen: unix:" + socket + "\n", "cannot listen on " + socket + ": another process does"},
		{"no such directory", "listen: unix:" + socket + "/x/y\n", "cannot listen: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "gateway.yaml")
			if err := os.WriteFile(file, []byte(tt.text+"targets: {one: {}}\nproxy: [one]\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			server := &Server{
				Load:    func() (*Config, error) { return Load(file) },
				Connect: func(context.Context, Account) (*Client, error) { return &Client{Invoker: locallambda.Functions{}}, nil },
				Log:     new(syncBuffer),
				Ready:   func(*Config, net.Addr, net.Addr) { t.Error("it says that it is ready") },
			}
			if err := server.Run(t.Context()); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}
