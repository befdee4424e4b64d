package serve

import (
	"net/netip"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// everyKey has every key, each with a value that is not its default.
const everyKey = `
listen: unix:/run/gateway.sock
metrics_listen: 127.0.0.1:9090
insecure_listen: true
tls_cert: cert.pem
tls_key: key.pem
hosts: [gateway.test]
trusted_proxies: [10.0.0.0/8, 192.0.2.1, unix]
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
external_id: id-of-shop
session_name: gateway
targets:
  full:
    function: orders
    qualifier: prod
    format: http-api
    mode: auto
    routes: ["GET /items/{id}", $default]
    domain_name: orders.example
    tenant: blue
    client_context: {custom: {tier: gold}}
    timeout: 1m
    max_body: 1KiB
    max_concurrent: 2
    queue: 3
    queue_timeout: 4s
    async: true
    idempotent: true
    idempotency_key: true
    log_tail: false
    region: us-east-1
    profile: other
    endpoint_url: http://127.0.0.1:9002
    role: arn:aws:iam::210987654321:role/call
    external_id: id-of-other
    session_name: full
  prod.plain: {}
  far: {function: "arn:aws:lambda:us-west-2:123456789012:function:far"}
routes:
  - path: /v1/*
    hosts: [shop.example]
    methods: [GET, POST]
    target: full
    rewrite: /v2
    origins: ["https://app.example"]
    request_headers: {remove: [Cookie], set: {X-A: b}}
    response_headers: {remove: [Server], set: {X-C: d}}
  - {path: /api/*, target: prod.plain, strip: true}
proxy: [full]
by_name: [prod.plain]
`

type invokerOf struct {
	vialambda.Invoker
	account Account
}

// TestEveryKeyCounts: what the file says arrives where it counts.
func TestEveryKeyCounts(t *testing.T) {
	c, err := parse("f.yaml", []byte(everyKey), environ)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.check(); err != nil {
		t.Error(err)
	}
	got, err := c.gateway(func(a Account) (vialambda.Invoker, error) { return invokerOf{account: a}, nil })
	if err != nil {
		t.Fatal(err)
	}
	shop := Account{
		Region: "eu-west-1", Profile: "shop", EndpointURL: "http://127.0.0.1:9001",
		Role: "arn:aws:iam::123456789012:role/shop", ExternalID: "id-of-shop", SessionName: "gateway",
	}
	full := gateway.Target{
		Target: vialambda.Target{
			Function: "orders", Qualifier: "prod", Format: vialambda.HTTPAPI, Mode: vialambda.Auto,
			Routes: []string{"GET /items/{id}", "$default"}, Front: vialambda.Front{DomainName: "orders.example"},
			TenantID: "blue", ClientContext: []byte(`{"custom":{"tier":"gold"}}`), Async: true, Idempotent: true,
			Invoker: invokerOf{account: Account{
				Region: "us-east-1", Profile: "other", EndpointURL: "http://127.0.0.1:9002",
				Role: "arn:aws:iam::210987654321:role/call", ExternalID: "id-of-other", SessionName: "full",
			}},
		},
		IdempotencyKey: true, Timeout: time.Minute, MaxBody: 1 << 10, MaxConcurrent: 2, Queue: 3, QueueTimeout: 4 * time.Second,
	}
	plain := gateway.Target{Target: vialambda.Target{LogTail: true, Invoker: invokerOf{account: shop}}}
	far := plain
	far.Function = "arn:aws:lambda:us-west-2:123456789012:function:far"
	want := gateway.Config{
		Targets: map[string]gateway.Target{"full": full, "prod.plain": plain, "far": far},
		Routes: []gateway.Route{
			{
				Path: "/v1/*", Hosts: []string{"shop.example"}, Methods: []string{"GET", "POST"}, Target: "full", Rewrite: "/v2",
				Origins:         []string{"https://app.example"},
				RequestHeaders:  gateway.Headers{Remove: []string{"Cookie"}, Set: map[string]string{"X-A": "b"}},
				ResponseHeaders: gateway.Headers{Remove: []string{"Server"}, Set: map[string]string{"X-C": "d"}},
			},
			{Path: "/api/*", Target: "prod.plain", Strip: true},
		},
		Proxy: []string{"full"}, ByName: []string{"prod.plain"}, Hosts: []string{"gateway.test"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.1/32")}, TrustUnix: true,
		Retry: vialambda.Retry{MaxAttempts: 8}, ProblemJSON: true,
		MaxBytesInFlight: 7 << 20, BodyTimeout: 3 * time.Second, WriteTimeout: 4 * time.Second,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the gateway gets\n%+v\nwant\n%+v", got, want)
	}
	rest := *c
	rest.Targets, rest.Routes, rest.Proxy, rest.ByName, rest.Hosts, rest.TrustedProxies, rest.positions = nil, nil, nil, nil, nil, nil, nil
	wantRest := Config{
		Listen: "unix:/run/gateway.sock", MetricsListen: "127.0.0.1:9090", InsecureListen: true, TLSCert: "cert.pem", TLSKey: "key.pem",
		ProblemJSON: true, LogFormat: "json", HeaderTimeout: time.Second, IdleTimeout: 2 * time.Second,
		BodyTimeout: 3 * time.Second, WriteTimeout: 4 * time.Second, DrainTimeout: 5 * time.Second,
		MaxHeaderBytes: 6 << 10, MaxBytesInFlight: 7 << 20, MaxAttempts: 8, Account: shop, file: "f.yaml",
	}
	if !reflect.DeepEqual(rest, wantRest) {
		t.Errorf("the server gets\n%+v\nwant\n%+v", rest, wantRest)
	}
}

// TestEveryKeyIsThere: in everyKey, and in the documentation.
func TestEveryKeyIsThere(t *testing.T) {
	docs, err := os.ReadFile("../../docs/gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"?: 1", "targets: {a: {?: 1}}", "routes: [{?: 1}]", "routes: [{request_headers: {?: 1}}]"} {
		_, err := parse("f.yaml", []byte(strings.ReplaceAll(wrong, "?", "nosuch")), environ)
		_, keys, ok := strings.Cut(err.Error(), "there are ")
		if !ok {
			t.Fatal(err)
		}
		for key := range strings.SplitSeq(keys, ", ") {
			if !regexp.MustCompile(`(?m)(^|[ {-])` + key + `: `).MatchString(strings.ReplaceAll(everyKey, ":\n", ": \n")) {
				t.Errorf("everyKey has no %s", key)
			}
			if text := string(docs); !strings.Contains(text, "`"+key+"`") && !strings.Contains(text, key+": ") {
				t.Errorf("docs/gateway.md has no `%s`", key)
			}
		}
	}
}
