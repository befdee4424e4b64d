package caddyvialambda

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
)

func adapt(text string) ([]byte, error) {
	out, _, err := caddyfile.Adapter{ServerType: httpcaddyfile.ServerType{}}.Adapt([]byte(text), map[string]any{"filename": "Caddyfile"})
	return out, err
}

// validate reads a configuration as "caddy validate" does.
func validate(text string) error {
	config := []byte(text)
	if !json.Valid(config) {
		var err error
		if config, err = adapt(text); err != nil {
			return err
		}
	}
	var c caddy.Config
	if err := caddy.StrictUnmarshalJSON(config, &c); err != nil {
		return err
	}
	return caddy.Validate(&c)
}

const quiet = "admin off\nlog {\noutput discard\n}\n"

// TestMistakes: each is one line that says what to do.
func TestMistakes(t *testing.T) {
	proxy := func(upstreams, block string) string {
		return fmt.Sprintf("{\n%slambda {\nregion eu-west-1\n}\n}\nhttp://localhost:8080 {\nreverse_proxy %s {\ntransport lambda {\n%s\n}\n}\n}\n", quiet, upstreams, block)
	}
	global := func(block string) string {
		return fmt.Sprintf("{\n%slambda {\n%s\n}\n}\nhttp://localhost:8080 {\nreverse_proxy orders {\ntransport lambda\n}\n}\n", quiet, block)
	}
	for name, test := range map[string]struct{ config, want string }{
		"no region":            {global(""), "no AWS region: set region"},
		"argument":             {"http://localhost:8080 {\nreverse_proxy orders {\ntransport lambda orders\n}\n}\n", `write "orders" as an upstream`},
		"unknown option":       {proxy("orders", "formt http-api"), `there is no "formt" here: there are async, client_context, domain_name, endpoint_url, external_id, format,`},
		"twice":                {proxy("orders", "region a\nregion b"), "region is there twice"},
		"no value":             {proxy("orders", "region"), "region: the value is missing"},
		"empty value":          {proxy("orders", `region ""`), "the value is empty"},
		"two values":           {proxy("orders", "domain_name a b"), `domain_name: "b" is one value too many`},
		"format":               {proxy("orders", "format http"), `unknown format "http": use rest-api, http-api, function-url, alb, alb-multi-value or raw`},
		"mode":                 {proxy("orders", "mode streaming"), `unknown mode "streaming": use buffered, stream or auto`},
		"timeout":              {proxy("orders", "timeout 30"), `timeout: "30" is no duration: write 30s or 5m`},
		"negative timeout":     {proxy("orders", "timeout -1s"), "is no duration"},
		"max_body":             {proxy("orders", "max_body lots"), `max_body: "lots" is no size: write bytes, or 64KiB, 6MiB`},
		"flag":                 {proxy("orders", "async yes"), `async: true or false belongs here, not "yes"`},
		"max_attempts":         {proxy("orders", "max_attempts 0"), `max_attempts: "0" is no number above zero`},
		"client_context":       {proxy("orders", "client_context {a}"), "client_context: {a} is no JSON: put it between backticks"},
		"concurrency":          {proxy("orders", "max_concurrent 10"), "max_concurrent: write unhealthy_request_count into the reverse_proxy block instead"},
		"queue":                {proxy("orders", "queue 10"), "queue: write lb_try_duration"},
		"target twice":         {proxy("orders", "target orders\ntarget orders"), "target orders is there twice"},
		"target without name":  {proxy("orders", "target"), "target: the value is missing"},
		"unknown target":       {proxy("orders", "target order {\nformat alb\n}"), "target order is not among the upstreams (orders): write reverse_proxy order, or leave the block out"},
		"function of several":  {proxy("orders billing", "function f"), "function and qualifier belong into a target block, since there are several targets: billing, orders"},
		"global function":      {global("region a\nfunction f"), "function and qualifier belong into a target block"},
		"nothing to call":      {proxy("{labels.1}", ""), "nothing can be called: name a function as the upstream"},
		"names like others":    {proxy("{labels.1}", "target orders\ntarget Orders"), "targets Orders and orders differ in nothing but case"},
		"ARN as upstream":      {proxy("arn:aws:lambda:eu-west-1:123456789012:function:orders", ""), "is no name: write a name instead, and what it means in a block, target orders {"},
		"version as port":      {proxy("orders:42", ""), "upstream orders:42 has a port: for a version, write it before the function, 42.orders"},
		"socket":               {proxy("unix//run/orders", ""), "write the name of a function or of a target"},
		"three labels":         {proxy("a.b.orders", ""), "target a.b.orders: "},
		"illegal name":         {proxy("or~ders", ""), "target or~ders: "},
		"two qualifiers":       {proxy("prod.orders", "qualifier test"), "target prod.orders: the name has the qualifier prod, and another is set"},
		"bad ARN":              {proxy("orders", "function arn:aws:s3:::x"), "target orders: function "},
		"bad route":            {proxy("orders", `routes "GET items"`), "target orders: "},
		"shorthand in a route": {proxy("orders", `routes "GET /f/{path}"`), `write \{path\} instead of {path}`},
		"unset environment":    {proxy("orders", "role {env.NO_SUCH_ROLE}"), "role: evaluated placeholder {env.NO_SUCH_ROLE} is empty"},
		"request placeholder":  {proxy("orders", "qualifier {header.X-Stage}"), "qualifier: unrecognized placeholder {http.request.header.X-Stage}: only placeholders of the environment"},
		"tenant":               {proxy("orders", "tenant a,b"), `tenant: "a,b" is no tenant id`},
		"unset tenant":         {proxy("orders", "tenant {env.NO_SUCH_TENANT}"), `tenant: "" is no tenant id`},
		"endpoint_url":         {proxy("orders", "endpoint_url localhost:9001"), `endpoint_url "localhost:9001" is no URL: write http://127.0.0.1:9001`},
		"role":                 {proxy("orders", "role call-orders"), `role: "call-orders" is no ARN of a role: write arn:aws:iam::`},
		"external id alone":    {proxy("orders", "external_id 12345\ntarget orders {\nrole arn:aws:iam::123456789012:role/a\n}"), "external_id: an external id goes with a role"},
		"global external id":   {global("region a\nexternal_id 12345"), "external_id: an external id goes with a role"},
		"external id":          {proxy("orders", "target orders {\nrole arn:aws:iam::123456789012:role/a\nexternal_id \"my secret\"\n}"), "target orders: external_id: this is no external id: STS takes"},
		"session":              {proxy("orders", "role arn:aws:iam::123456789012:role/a\nsession_name a/b"), `session_name: "a/b" is no name of a session`},
		"profile":              {proxy("orders", "profile nobody"), "the AWS configuration cannot be read: "},
		"two global options":   {"{\nlambda {\n}\nlambda {\n}\n}\n", "the global option lambda is there twice"},
		"global argument":      {"{\nlambda orders\n}\n", "the global option lambda has no arguments"},
		"JSON key": {`{"apps":{"http":{"servers":{"s":{"listen":[":8080"],"routes":[{"handle":[{"handler":"reverse_proxy","transport":{"protocol":"lambda","formt":"alb"},"upstreams":[{"dial":"orders"}]}]}]}}}}}`,
			`unknown field "formt"`},
		"JSON format": {`{"apps":{"http":{"servers":{"s":{"listen":[":8080"],"routes":[{"handle":[{"handler":"reverse_proxy","transport":{"protocol":"lambda","region":"a","format":"x"},"upstreams":[{"dial":"orders"}]}]}]}}}}}`,
			`target orders: unknown format "x"`},
	} {
		t.Run(name, func(t *testing.T) {
			err := validate(test.config)
			if err == nil {
				t.Fatal("no mistake was found")
			}
			if text := err.Error(); !strings.Contains(text, test.want) || strings.Contains(text, "\n") {
				t.Errorf("it says: %s\nwant: %s", text, test.want)
			}
		})
	}
}

// TestAdapt compares the JSON of a Caddyfile that has every option.
func TestAdapt(t *testing.T) {
	text, err := os.ReadFile("testdata/all.caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	got, err := adapt(string(text))
	if err != nil {
		t.Fatal(err)
	}
	var indented strings.Builder
	encoder := json.NewEncoder(&indented)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(json.RawMessage(got)); err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/all.json", []byte(indented.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/all.json")
	if err != nil {
		t.Fatal(err)
	}
	if indented.String() != string(want) {
		t.Errorf("the JSON is\n%s", indented.String())
	}
	t.Setenv("ORDERS_ROLE", "arn:aws:iam::123456789012:role/call-orders")
	t.Setenv("ORDERS_EXTERNAL_ID", "12345")
	if err := validate(string(text)); err != nil {
		t.Error(err)
	}
}
