package vialambda_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

func TestAddress(t *testing.T) {
	long := strings.Repeat("f", 64)
	for _, tc := range []struct{ name, url, function, qualifier, host string }{
		{"a name", "http+lambda://orders/", "orders", "", "orders.lambda.internal"},
		{"C1 case is kept", "http+lambda://MyFunc/", "MyFunc", "", "MyFunc.lambda.internal"},
		{"no path", "http+lambda://orders", "orders", "", "orders.lambda.internal"},
		{"C2 an alias", "http+lambda://prod.orders/items", "orders", "prod", "prod.orders.lambda.internal"},
		{"a version", "http+lambda://42.orders/", "orders", "42", "42.orders.lambda.internal"},
		{"a port is a version", "http+lambda://orders:42/", "orders", "42", "42.orders.lambda.internal"},
		{"an empty port is none", "http+lambda://orders:/", "orders", "", "orders.lambda.internal"},
		{"$LATEST", "http+lambda://$LATEST.orders/", "orders", "$LATEST", "$LATEST.orders.lambda.internal"},
		{"underscore and dash", "http+lambda://my_func-2/", "my_func-2", "", "my_func-2.lambda.internal"},
		{"the longest name", "http+lambda://" + long + "/", long, "", long + ".lambda.internal"},
		{"suffix", "http+lambda://orders.lambda.internal/", "orders", "", "orders.lambda.internal"},
		{"suffix and qualifier", "http+lambda://prod.orders.lambda.internal/", "orders", "prod", "prod.orders.lambda.internal"},
		{"http", "http://orders.lambda.internal/", "orders", "", "orders.lambda.internal"},
		{"http, port ignored", "http://orders.lambda.internal:8080/", "orders", "", ""},
		{"https", "https://prod.orders.lambda.internal/", "orders", "prod", "prod.orders.lambda.internal"},
		{"suffix in capitals", "http://Orders.LAMBDA.Internal/", "Orders", "", ""},
		{"userinfo is no qualifier", "http+lambda://user:pw@orders/", "orders", "", "orders.lambda.internal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(`{"statusCode":200}`)
			get(t, &vialambda.Transport{Invoker: f}, tc.url)
			in := f.last(t)
			if in.Function != tc.function || in.Qualifier != tc.qualifier {
				t.Errorf("invoked %q qualifier %q, want %q and %q", in.Function, in.Qualifier, tc.function, tc.qualifier)
			}
			host := f.event(t)["headers"].(map[string]any)["Host"]
			if tc.host != "" && host != tc.host {
				t.Errorf("the event's Host is %q, want %q", host, tc.host)
			}
		})
	}
}

func TestAddressRefused(t *testing.T) {
	for _, tc := range []struct{ name, url, hint string }{
		{"three labels", "http+lambda://a.b.c/", "[qualifier.]function"},
		{"port and qualifier", "http+lambda://prod.orders:42/", "write one of them"},
		{"no function", "http+lambda:///path", "name is missing"},
		{"opaque", "http+lambda:orders", "http+lambda://function/path"},
		{"empty qualifier", "http+lambda://.orders/", "begins with a dot"},
		{"empty function", "http+lambda://prod./", "name is missing"},
		{"too long", "http+lambda://" + strings.Repeat("f", 65) + "/", "65 characters, allowed are 64"},
		{"qualifier too long", "http+lambda://" + strings.Repeat("q", 129) + ".f/", "allowed are 128"},
		{"illegal character", "http+lambda://or~ders/", "call by ARN"},
		{"illegal qualifier", "http+lambda://pr~od.orders/", "version number, an alias or $LATEST"},
		{"IPv4", "http+lambda://127.0.0.1/", "more than two labels"},
		{"IPv6", "http+lambda://[::1]/", "call by ARN"},
		{"https alone", "https://example.com/", "vialambda.Mount"},
		{"http alone", "http://example.com/", "vialambda.Mount"},
		{"another scheme", "ftp://orders/", "http+lambda://function/path"},
		{"only the suffix", "http://.lambda.internal/", "name is missing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(`{"statusCode":200}`)
			body := tracked("x")
			req := &http.Request{Method: "POST", URL: mustURL(t, tc.url), Header: http.Header{}, Body: body, ContentLength: 1}
			_, err := (&vialambda.Transport{Invoker: f}).RoundTrip(req)
			e, ok := errors.AsType[*vialambda.AddressError](err)
			if !ok {
				t.Fatalf("error is %v, want an AddressError", err)
			}
			if !strings.Contains(e.Error(), tc.hint) {
				t.Errorf("%q does not say %q", e.Error(), tc.hint)
			}
			if f.count() != 0 {
				t.Error("something was sent")
			}
			if !body.isClosed() {
				t.Error("C17 the body was not closed")
			}
		})
	}
}

func TestTargets(t *testing.T) {
	arn := "arn:aws:lambda:eu-central-1:210987654321:function:orders"
	targets := vialambda.Targets{
		"arn":       {Function: arn},
		"versioned": {Function: arn + ":7"},
		"partial":   {Function: "210987654321:function:orders"},
		"alias":     {Function: "orders", Qualifier: "prod"},
		"agree":     {Function: arn + ":7", Qualifier: "7"},
		"disagree":  {Function: arn + ":7", Qualifier: "8"},
		"broken":    {Function: "arn:aws:s3:::bucket"},
		"colons":    {Function: "orders:prod:x"},
		"account":   {Function: "12:function:orders"},
		"named-arn": {Function: "arn:prod"},
		"cut-arn":   {Function: "arn:aws:lambda"},
	}
	for _, tc := range []struct{ url, function, qualifier, refused string }{
		{"http+lambda://arn/", arn, "", ""},
		{"http+lambda://prod.arn/", arn, "prod", ""},
		{"http+lambda://versioned/", arn, "7", ""},
		{"http+lambda://8.versioned/", "", "", "qualifier of its own"},
		{"http+lambda://partial/", "210987654321:function:orders", "", ""},
		{"http+lambda://alias/", "orders", "prod", ""},
		{"http+lambda://prod.alias/", "", "", "qualifier of its own"},
		{"http+lambda://agree/", arn, "7", ""},
		{"http+lambda://disagree/", "", "", "leave one out"},
		{"http+lambda://broken/", "", "", "no ARN of a Lambda function"},
		{"http+lambda://colons/", "", "", "too many parts"},
		{"http+lambda://account/", "", "", "not 12 digits"},
		{"http+lambda://other/", "other", "", ""},
		{"http+lambda://named-arn/", "arn", "prod", ""},
		{"http+lambda://cut-arn/", "", "", "no ARN of a Lambda function"},
	} {
		t.Run(tc.url, func(t *testing.T) {
			f := answering(`{"statusCode":200}`)
			_, err := (&vialambda.Transport{Invoker: f, Targets: targets}).RoundTrip(newRequest(t, "GET", tc.url, nil))
			if tc.refused != "" {
				if err == nil || !strings.Contains(err.Error(), tc.refused) {
					t.Fatalf("error is %v, want one that says %q", err, tc.refused)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if in := f.last(t); in.Function != tc.function || in.Qualifier != tc.qualifier {
				t.Errorf("invoked %q qualifier %q, want %q and %q", in.Function, in.Qualifier, tc.function, tc.qualifier)
			}
		})
	}
	t.Run("the account of an ARN is the event's", func(t *testing.T) {
		f := answering(`{"statusCode":200}`)
		get(t, &vialambda.Transport{Invoker: f, Targets: targets}, "http+lambda://arn/")
		if got := f.event(t)["requestContext"].(map[string]any)["accountId"]; got != "210987654321" {
			t.Errorf("accountId is %v", got)
		}
	})
}

// Lambda answers InvalidRequestContentException, "Client context must be a valid
// Base64-encoded JSON object." The request never gets that far.
func TestClientContext(t *testing.T) {
	for _, tc := range []struct {
		name, context string
		refused       bool
	}{
		{"an object", `{"custom":{"a":"ü"}}`, false},
		{"an object after a space", " {}", false},
		{"none", "", false},
		{"a word", "hello", true},
		{"a string", `"hello"`, true},
		{"an array", `[{}]`, true},
		{"null", " null", true},
		{"cut off", `{"custom":`, true},
		{"two objects", "{}{}", true},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(`{"statusCode":200}`)
			body := tracked("x")
			req := newRequest(t, "POST", "http+lambda://orders/", body)
			ctx := vialambda.WithTarget(req.Context(), vialambda.Target{ClientContext: []byte(tc.context)})
			tr := &vialambda.Transport{Invoker: f, ErrorResponses: true}
			resp, err := tr.RoundTrip(req.WithContext(ctx))
			if !tc.refused {
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if got := f.last(t).ClientContext; string(got) != tc.context {
					t.Errorf("sent %q", got)
				}
				return
			}
			e, ok := errors.AsType[*vialambda.AddressError](err)
			if !ok || !strings.Contains(e.Error(), `target "orders": ClientContext is not a JSON object`) {
				t.Errorf("error is %v, want an AddressError about the client context", err)
			}
			if f.count() != 0 {
				t.Error("something was sent")
			}
			if !body.isClosed() {
				t.Error("the body was not closed")
			}
		})
	}
}

func TestPrecedence(t *testing.T) {
	own := answering(`{"statusCode":200}`)
	f := answering(`{"statusCode":200}`)
	tr := &vialambda.Transport{
		Invoker: f, Format: vialambda.HTTPAPI, Front: vialambda.Front{Stage: "transport", SourceIP: "192.0.2.1"},
		Targets: vialambda.Targets{"orders": {
			Function: "orders-v2", Format: vialambda.ALB, TenantID: "t1", Front: vialambda.Front{Stage: "target"},
		}},
	}
	req := newRequest(t, "GET", "http+lambda://prod.orders/", nil)
	ctx := vialambda.WithTarget(req.Context(), vialambda.Target{
		Qualifier: "canary", Format: vialambda.RESTAPI, Invoker: own, Front: vialambda.Front{APIID: "api"},
	})
	ctx = vialambda.WithTarget(ctx, vialambda.Target{TenantID: "t2"})
	roundTrip(t, tr, req.WithContext(ctx))
	in := own.last(t)
	if in.Function != "orders-v2" || in.Qualifier != "canary" || in.TenantID != "t2" {
		t.Errorf("invoked %q %q %q", in.Function, in.Qualifier, in.TenantID)
	}
	rc := own.event(t)["requestContext"].(map[string]any)
	if rc["stage"] != "target" || rc["apiId"] != "api" || rc["identity"].(map[string]any)["sourceIp"] != "192.0.2.1" {
		t.Errorf("requestContext is %v", rc)
	}

	forced := vialambda.WithTarget(t.Context(), vialambda.Target{Function: "elsewhere:9"})
	roundTrip(t, tr, newRequest(t, "GET", "http+lambda://orders/", nil).WithContext(forced))
	if in := f.last(t); in.Function != "elsewhere" || in.Qualifier != "9" {
		t.Errorf("invoked %q %q", in.Function, in.Qualifier)
	}
}

func TestRoutes(t *testing.T) {
	routes := []string{"ANY /{proxy+}", "GET /items/{id}", "GET /items/special", "ANY /items/{id}", "$default"}
	for _, tc := range []struct{ method, path, key string }{
		{"GET", "/items/7", "GET /items/{id}"},
		{"GET", "/items/7/", "GET /items/{id}"},
		{"GET", "/items/special", "GET /items/special"},
		{"PUT", "/items/7", "ANY /items/{id}"},
		{"GET", "/items/7/parts", "ANY /{proxy+}"},
		{"GET", "/", "$default"},
	} {
		f := answering(`{"statusCode":200}`)
		tr := &vialambda.Transport{Invoker: f, Format: vialambda.HTTPAPI, Targets: vialambda.Targets{"f": {Routes: routes}}}
		roundTrip(t, tr, newRequest(t, tc.method, "http+lambda://f"+tc.path, nil))
		if got := f.event(t)["routeKey"]; got != tc.key {
			t.Errorf("%s %s: routeKey is %v, want %s", tc.method, tc.path, got, tc.key)
		}
	}
	f := answering(`{"statusCode":200}`)
	tr := &vialambda.Transport{Invoker: f, Targets: vialambda.Targets{"f": {Routes: []string{"GET /a"}}, "g": {Routes: []string{"/a"}}}}
	for target, hint := range map[string]string{"http+lambda://f/b": "no route matches GET /b", "http+lambda://g/a": "METHOD /path"} {
		_, err := tr.RoundTrip(newRequest(t, "GET", target, nil))
		if err == nil || !strings.Contains(err.Error(), hint) || f.count() != 0 {
			t.Errorf("%s: error is %v, %d calls", target, err, f.count())
		}
	}
	get(t, &vialambda.Transport{Invoker: f, Targets: vialambda.Targets{"f": {Routes: []string{"ANY /items/{id}"}}}}, "http+lambda://f/items/a%20b")
	e := f.event(t)
	if e["resource"] != "/items/{id}" || e["requestContext"].(map[string]any)["resourcePath"] != "/items/{id}" ||
		e["pathParameters"].(map[string]any)["id"] != "a%20b" {
		t.Errorf("event is %v", e)
	}
}

// FuzzAddress: whatever the URL, either nothing is sent and the error is one
// line, or what is invoked is a legal function and qualifier.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{
		"http+lambda://orders/", "http+lambda://prod.orders/a?b=c#d", "http+lambda://orders:42/", "http://a.lambda.internal/",
		"http+lambda://u:p@$LATEST.f", "http+lambda://a.b.c", "http+lambda:x", "https://x/", "http+lambda://[::1]:3/", "//f/", "http+lambda://%41/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := url.Parse(s)
		if err != nil {
			return
		}
		inv := answering(`{"statusCode":200}`)
		resp, err := (&vialambda.Transport{Invoker: inv}).RoundTrip(&http.Request{Method: "GET", URL: u, Header: http.Header{}})
		if err != nil {
			if text := err.Error(); inv.count() != 0 || len(text) > 512 || strings.ContainsAny(text, "\r\n") {
				t.Fatalf("%d calls, error %q", inv.count(), text)
			}
			return
		}
		resp.Body.Close()
		in := inv.last(t)
		if in.Function == "" || len(in.Function) > 64 || strings.ContainsAny(in.Function, ".:/ ") || strings.ContainsAny(in.Qualifier, ".:/ ") {
			t.Fatalf("%q invoked %q %q", s, in.Function, in.Qualifier)
		}
		if !strings.Contains(u.Host, in.Function) || !strings.Contains(u.Host, in.Qualifier) {
			t.Fatalf("%q invoked %q %q, which it does not name", s, in.Function, in.Qualifier)
		}
	})
}
