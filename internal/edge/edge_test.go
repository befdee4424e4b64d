package edge_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
)

func TestSplitPath(t *testing.T) {
	for path, want := range map[string][]string{
		"/": {""}, "/a/b": {"a", "b"}, "/a//b/": {"a", "", "b", ""}, "/a%2fb": {"a/b"}, "/%20": {" "},
		"/a..b/.c/d./...": {"a..b", ".c", "d.", "..."}, "/a;v=1/;": {"a;v=1", ";"}, "/%252e%252e": {"%2e%2e"},
	} {
		if got, wrong := edge.SplitPath(path); wrong != "" || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %s; want %q", path, got, wrong, want)
		}
	}
	for path, want := range map[string]string{
		"": "does not begin", "a": "does not begin", "*": "does not begin", "/%": "hexadecimal", "/%zz": "hexadecimal", "/a%00": "NUL",
		"/..": "dot", "/./a": "dot", "/a/%2e%2e/b": "dot", "/a/.%2E": "dot", "/a%2f..%2fb": "dot", `/a\..\b`: "dot", "/a%5c..": "dot", "/a/..%5cb": "dot",
		"/a/..;/b": "dot", "/a/..;x=1/b": "dot", "/a/.;/b": "dot", "/a/%2e%2e%3b/b": "dot", "/a%2f..;b%2fc": "dot",
	} {
		if _, wrong := edge.SplitPath(path); wrong == "" || !strings.Contains(wrong, want) {
			t.Errorf("%s: %q, want one with %s", path, wrong, want)
		}
	}
}

func TestClaims(t *testing.T) {
	for name, want := range map[string]bool{
		"X-Forwarded-For": true, "x-forwarded-prefix": true, "Forwarded": true, "X-Real-Ip": true, "X-Amzn-Oidc-Identity": true,
		"X_forwarded_for": true, "X-Forwarded_for": true, "X_real_ip": true, "X_amzn_oidc_data": true,
		"Host": false, "X-Request-Id": false, "X-Amzn-Trace-Id": false, "Xforwarded-For": false, "Forwarded-By": false,
	} {
		if edge.Claims(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

func TestRequestID(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "5c2f0b1e-76a1": true, strings.Repeat("a", 128): true,
		"": false, strings.Repeat("a", 129): false, "a b": false, "a\nb": false, "a/b": false, `a"`: false, "ä": false, "\x00": false,
	} {
		if got := edge.RequestID(http.Header{"X-Request-Id": {id}}); (got != "") != want || want && got != id {
			t.Errorf("%q: %q", id, got)
		}
	}
}

func TestUpgrades(t *testing.T) {
	for fields, want := range map[string]bool{"": false, "h2c": false, "H2C, ": false, "websocket": true, "h2c, websocket": true, "foo/2": true} {
		if edge.Upgrades(http.Header{"Upgrade": {fields}}) != want {
			t.Errorf("%q: %t", fields, !want)
		}
	}
}

func TestHideIdempotency(t *testing.T) {
	h := http.Header{"Idempotency-Key": {"a"}, "X-Idempotency-Key": {"b"}, "X": {"c"}}
	edge.HideIdempotency(h)
	if fmt.Sprint(h) != "map[X:[c] idempotency-key:[a] x-idempotency-key:[b]]" {
		t.Error(h)
	}
}

func TestForwardedElement(t *testing.T) {
	for addr, want := range map[string]string{"192.0.2.1": "for=192.0.2.1;proto=http", "2001:db8::1": `for="[2001:db8::1]";proto=http`} {
		if got := edge.ForwardedElement(addr, "http"); got != want {
			t.Errorf("%s: %s", addr, got)
		}
	}
}

func TestBareName(t *testing.T) {
	for _, function := range []string{"orders", "orders:prod", "123456789012:function:orders", "arn:aws:lambda:eu-west-1:123456789012:function:orders:prod"} {
		if got := edge.BareName(function); got != "orders" {
			t.Errorf("%s: %s", function, got)
		}
	}
}

func TestIsTenant(t *testing.T) {
	for id, want := range map[string]bool{
		"a": true, "Blue Team/7:._=+-@": true, strings.Repeat("a", 256): true,
		"": false, strings.Repeat("a", 257): false, "a,b": false, "a\nb": false, "ä": false,
	} {
		if edge.IsTenant(id) != want {
			t.Errorf("%q: %t", id, !want)
		}
	}
}

// TestTrapA5DetailGivesNothingAway: whatever AWS or the function said, clients are
// told the kind alone.
func TestTrapA5DetailGivesNothingAway(t *testing.T) {
	const secret = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
	for want, err := range map[string]error{
		"the function failed":                           &vialambda.FunctionError{Type: secret, Message: secret},
		"the function was stopped at its time limit":    &vialambda.FunctionError{Type: "Sandbox.Timedout", Message: secret},
		"the function's answer is no HTTP response":     &vialambda.ResponseError{Reason: secret},
		"the answer is too large: allowed are 10 bytes": &vialambda.TooLargeError{What: "answer", Size: 11, Limit: 10},
		"the function is throttled: try again later":    &vialambda.InvokeError{Status: 429, Code: secret, Message: secret},
		"the gateway is busy: try again later":          &vialambda.InvokeError{Code: vialambda.CodeQueueFull, Message: secret},
		"the function could not be called":              fmt.Errorf("%w: %s", errors.New(secret), secret),
	} {
		if got := edge.Detail(err); got != want {
			t.Errorf("%T: %q, want %q", err, got, want)
		}
	}
}

func TestDocuments(t *testing.T) {
	if got, want := string(edge.Problem(404, "no <such> path", "r1")), `{"type":"about:blank","title":"Not Found","status":404,"detail":"no <such> path","request_id":"r1"}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := string(edge.Message("no <such> path")), `{"message":"no <such> path"}`+"\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
