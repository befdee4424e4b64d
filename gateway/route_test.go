package gateway_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

func routed(t *testing.T) *gateway.Gateway {
	return mustNew(t, gateway.Config{
		Invoker: locallambda.Functions{
			"orders": named("orders", nil), "orders:prod": named("orders:prod", nil), "orders:$LATEST": named("orders:$LATEST", nil),
			"Items": named("Items", nil), "admin": named("admin", nil), "secret": named("secret", nil),
		},
		Targets: map[string]gateway.Target{
			"orders": {}, "prod.orders": {}, "$latest.orders": {}, "Items": {}, "admin": {},
			"shop":   {Target: vialambda.Target{Function: "arn:aws:lambda:eu-west-1:123456789012:function:orders:prod"}},
			"unused": {Target: vialambda.Target{Function: "secret"}},
		},
		Routes: []gateway.Route{
			{Path: "/api/orders/*", Target: "orders"},
			{Path: "/api/orders/*", Methods: []string{"POST"}, Target: "prod.orders"},
			{Path: "/api/*", Target: "Items", Strip: true},
			{Path: "/api/exact", Target: "admin"},
			{Path: "/v1/*", Target: "Items", Rewrite: "/v2/items/"},
			{Path: "/only", Methods: []string{"GET", "PUT"}, Target: "admin"},
			{Path: "/a%20b/*", Target: "admin"},
			{Path: "/*", Hosts: []string{"Shop.Example"}, Target: "shop"},
		},
		Proxy:  []string{"orders", "prod.orders", "$latest.orders", "Items"},
		ByName: []string{"orders", "prod.orders"},
		Hosts:  []string{"gateway.test"},
	})
}

func TestRoutes(t *testing.T) {
	gw := routed(t)
	tests := []struct {
		method, target, host string
		status               int
		want                 string // of the body, if the status is 200
	}{
		{"GET", "/api/orders", "", 200, "orders GET /api/orders"},
		{"GET", "/api/orders/7?a=1&a=2", "", 200, "orders GET /api/orders/7?a=1&a=2"},
		{"POST", "/api/orders/7", "", 200, "orders:prod POST /api/orders/7"},
		{"GET", "/api/orders2", "", 200, "Items GET /orders2"},
		{"GET", "/api/ord%65rs/7", "", 200, "orders GET /api/ord%65rs/7"},
		{"GET", "/api/orders%2F7", "", 200, "Items GET /orders%2F7"},
		{"GET", "/api", "", 200, "Items GET /"},
		{"GET", "/api/", "", 200, "Items GET /"},
		{"GET", "/api/exact", "", 200, "admin GET /api/exact"},
		{"GET", "/api/exact/", "", 200, "Items GET /exact/"},
		{"GET", "/v1", "", 200, "Items GET /v2/items"},
		{"GET", "/v1/", "", 200, "Items GET /v2/items/"},
		{"GET", "/v1/a%2Fb?x", "", 200, "Items GET /v2/items/a%2Fb?x="},
		{"GET", "/only", "", 200, "admin GET /only"},
		{"HEAD", "/only", "", 200, ""},
		{"DELETE", "/only", "", 405, ""},
		{"GET", "/a%20b/c", "", 200, "admin GET /a%20b/c"},
		{"GET", "/API/orders", "", 404, ""},
		{"GET", "/", "", 404, ""},
		{"GET", "/", "shop.example:8080", 200, "orders:prod GET /"},
		{"GET", "/", "SHOP.example", 200, "orders:prod GET /"},
		{"GET", "/api/x", "shop.example", 200, "orders:prod GET /api/x"},
		{"GET", "/api/x", "gateway.test", 200, "Items GET /x"},
		{"GET", "/api/x", "other.test", 421, ""},

		// By name.
		{"GET", "/orders/x/y", "", 200, "orders GET /x/y"},
		{"GET", "/orders", "", 200, "orders GET /"},
		{"GET", "/prod.orders/x", "", 200, "orders:prod GET /x"},
		{"GET", "/Orders/x", "", 404, ""},
		{"GET", "/admin/x", "", 404, ""},
		{"GET", "/secret/x", "", 404, ""},
		{"GET", "/42.orders/x", "", 404, ""},

		// The targets' own names, in both forms.
		{"GET", "/x", "orders.lambda.internal", 200, "orders GET /x"},
		{"GET", "/x", "ORDERS.Lambda.Internal:80", 200, "orders GET /x"},
		{"GET", "/x", "items.lambda.internal", 200, "Items GET /x"},
		{"GET", "/x", "prod.orders.lambda.internal", 200, "orders:prod GET /x"},
		{"GET", "/x", "$LATEST.orders.lambda.internal", 200, "orders:$LATEST GET /x"},
		{"GET", "/api/orders", "items.lambda.internal", 200, "Items GET /api/orders"},
		{"GET", "http://orders.lambda.internal/x?y", "", 200, "orders GET /x?y="},
		{"GET", "http://orders.lambda.internal", "", 200, "orders GET /"},
		{"GET", "http://$latest.orders.lambda.internal/x", "", 200, "orders:$LATEST GET /x"},
		{"GET", "http://prod.ORDERS.lambda.internal:8080/x", "", 200, "orders:prod GET /x"},
		{"GET", "http://admin.lambda.internal/", "", 403, ""},
		{"GET", "http://secret.lambda.internal/", "", 403, ""},
		{"GET", "http://42.orders.lambda.internal/", "", 403, ""},
		{"GET", "/x", "42.orders.lambda.internal", 421, ""},
		{"GET", "/x", "admin.lambda.internal", 421, ""},
		{"GET", "http://example.com/", "", 403, ""},
		{"GET", "http://169.254.169.254/latest/meta-data/", "", 403, ""},
		{"GET", "http://localhost:8080/only", "", 200, "admin GET /only"},
		{"GET", "ftp://orders.lambda.internal/", "", 400, ""},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.host+tt.target, func(t *testing.T) {
			var edits []func(*http.Request)
			if tt.host != "" {
				edits = append(edits, host(tt.host))
			}
			w := do(gw, tt.method, tt.target, edits...)
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d: %s", w.Code, tt.status, w.Body)
			}
			if w.Header().Get("X-Request-Id") == "" {
				t.Error("no X-Request-Id")
			}
			if tt.status == 200 && tt.method != "HEAD" && w.Body.String() != tt.want {
				t.Errorf("%q, want %q", w.Body, tt.want)
			}
			var refusal struct{ Message string }
			if tt.status != 200 && (json.Unmarshal(w.Body.Bytes(), &refusal) != nil || refusal.Message == "") {
				t.Errorf("the refusal %q does not say why", w.Body)
			}
		})
	}
	if allow := do(gw, "DELETE", "/only").Header().Get("Allow"); allow != "GET, PUT" {
		t.Errorf("Allow: %q", allow)
	}
}

func TestConfigMistakes(t *testing.T) {
	targets := map[string]gateway.Target{"orders": {}, "ORDERS": {}}
	tests := []struct {
		name string
		c    gateway.Config
		want []string
	}{
		{"unknown target", gateway.Config{Targets: targets, Routes: []gateway.Route{{Target: "order"}}},
			[]string{`routes[0].target: there is no target "order": there are ORDERS, orders`}},
		{"duplicate route", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/a/*", Target: "orders"}, {Path: "/%61/*", Target: "ORDERS"}}},
			[]string{"routes[1]: the same as routes[0]: /%61/*"}},
		{"duplicate method", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/a", Methods: []string{"GET", "PUT"}, Target: "orders"}, {Path: "/a", Methods: []string{"PUT"}, Target: "orders"}}},
			[]string{"routes[1]: the same as routes[0]"}},
		{"names that differ in case", gateway.Config{Targets: targets, Proxy: []string{"orders", "ORDERS"}},
			[]string{"proxy[1]: the same as proxy[0]"}},
		{"route and name", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/orders/*", Target: "orders"}}, ByName: []string{"orders"}},
			[]string{"by_name[0]: the same as routes[0]"}},
		{"several at once", gateway.Config{Targets: map[string]gateway.Target{"or~ders": {}}, Routes: []gateway.Route{{Path: "api", Target: "or~ders"}, {Target: "x"}}},
			[]string{`targets.or~ders: function name "or~ders"`, "routes[0].path: the path does not begin with a slash", "routes[1].target"}},
		{"qualifier twice", gateway.Config{Targets: map[string]gateway.Target{"prod.orders": {Target: vialambda.Target{Qualifier: "dev"}}}},
			[]string{"targets.prod.orders: the name has the qualifier prod"}},
		{"three labels", gateway.Config{Targets: map[string]gateway.Target{"a.b.c": {}}}, []string{"more than two labels"}},
		{"bad ARN", gateway.Config{Targets: map[string]gateway.Target{"a": {Target: vialambda.Target{Function: "arn:aws:s3:::x"}}}}, []string{"is no ARN of a Lambda function"}},
		{"bad mode", gateway.Config{Targets: map[string]gateway.Target{"a": {Target: vialambda.Target{Mode: 9}}}}, []string{"is no mode"}},
		{"bad function route", gateway.Config{Targets: map[string]gateway.Target{"a": {Target: vialambda.Target{Routes: []string{"GET/x"}}}}}, []string{`route "GET/x" cannot be read`}},
		{"queue without limit", gateway.Config{Targets: map[string]gateway.Target{"a": {Queue: 3}}}, []string{"a queue needs a limit"}},
		{"negative", gateway.Config{Targets: map[string]gateway.Target{"a": {MaxBody: -1}}}, []string{"a limit is negative"}},
		{"tenant", gateway.Config{Targets: map[string]gateway.Target{"a": {Target: vialambda.Target{TenantID: "a,b"}}}}, []string{`targets.a.tenant: "a,b" is no tenant id`}},
		{"domain name", gateway.Config{Targets: map[string]gateway.Target{"a": {Target: vialambda.Target{Front: vialambda.Front{DomainName: "https://x"}}}}}, []string{`targets.a.domain_name: "https://x" is no name`}},
		{"dot segment", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/a/../b", Target: "orders"}}}, []string{"routes[0].path: the path has dot segments"}},
		{"star inside", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/a/*/b", Target: "orders"}}}, []string{"more than a * at its end"}},
		{"strip and rewrite", gateway.Config{Targets: targets, Routes: []gateway.Route{{Path: "/a/*", Strip: true, Rewrite: "/b", Target: "orders"}}}, []string{"exclude each other"}},
		{"method", gateway.Config{Targets: targets, Routes: []gateway.Route{{Methods: []string{"get"}, Target: "orders"}}}, []string{`routes[0].methods[0]: "get" is no method`}},
		{"host", gateway.Config{Targets: targets, Routes: []gateway.Route{{Hosts: []string{"http://x"}, Target: "orders"}}}, []string{"routes[0].hosts[0]"}},
		{"origin", gateway.Config{Targets: targets, Routes: []gateway.Route{{Origins: []string{"*"}, Target: "orders"}}}, []string{"routes[0].origins[0]"}},
		{"framing header", gateway.Config{Targets: targets, Routes: []gateway.Route{{RequestHeaders: gateway.Headers{Set: map[string]string{"content-length": "0"}}, Target: "orders"}}}, []string{"content-length is not for a configuration to set"}},
		{"header with a line break", gateway.Config{Targets: targets, Routes: []gateway.Route{{ResponseHeaders: gateway.Headers{Set: map[string]string{"X-A": "a\r\nb"}}, Target: "orders"}}}, []string{"line break"}},
		{"no invoker", gateway.Config{Targets: map[string]gateway.Target{"a": {}}}, []string{"neither the Config nor the target has an Invoker"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name != "no invoker" {
				tt.c.Invoker = locallambda.Functions{}
			}
			_, err := gateway.New(tt.c)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\ndoes not say %q", err, want)
				}
			}
		})
	}
}

// TestTrapE7: what the configuration does not name cannot be called, whatever
// the request says.
func TestTrapE7OnlyWhatIsConfigured(t *testing.T) {
	called := map[string]bool{}
	invoker := vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		called[in.Function+":"+in.Qualifier] = true
		if in.Type != vialambda.RequestResponse || in.TenantID != "" || in.ClientContext != nil || in.LogTail || in.DurableName != "" {
			t.Errorf("a header chose something: %+v", in)
		}
		return answer(`{"statusCode":200,"body":"ok"}`), nil
	})
	gw := mustNew(t, gateway.Config{
		Invoker: invoker, Targets: map[string]gateway.Target{"orders": {}, "other": {}},
		Routes: []gateway.Route{{Target: "orders"}}, Proxy: []string{"orders"},
	})
	for _, h := range []string{
		"X-Amz-Function-Name: other", "X-Amz-Qualifier: dev", "X-Amz-Invocation-Type: Event", "X-Amz-Log-Type: Tail",
		"X-Amz-Client-Context: e30=", "X-Amz-Tenant-Id: t1", "X-Amz-Durable-Execution-Name: x", "Prefer: respond-async",
		"Host: other.lambda.internal", "X-Forwarded-Host: other.lambda.internal", "X-Original-Url: /other", "X-Http-Method-Override: PUT",
	} {
		name, value, _ := strings.Cut(h, ": ")
		do(gw, "POST", "/other/dev?function=other&qualifier=dev", header(name, value))
		do(gw, "POST", "http://orders.lambda.internal/other", header(name, value))
	}
	for _, target := range []string{"http://other.lambda.internal/", "http://dev.orders.lambda.internal/", "http://orders.lambda.internal:7/"} {
		do(gw, "GET", target)
	}
	if len(called) != 1 || !called["orders:"] {
		t.Errorf("called: %v", called)
	}
}
