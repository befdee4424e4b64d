package caddyvialambda

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/headers"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vialambda/vialambda/locallambda"
)

// TestForwardedFields: who may say what of the client.
func TestForwardedFields(t *testing.T) {
	claimed := map[string]string{
		"X-Forwarded-Prefix": "/p", "X-Forwarded-Port": "8443", "Forwarded": "for=9.9.9.9", "X-Real-Ip": "9.9.9.9", "X-Amzn-Oidc-Identity": "me",
		"X_forwarded_for": "9.9.9.9", // to WSGI the same as X-Forwarded-For
	}
	for name, test := range map[string]struct {
		proxy proxy
		vars  map[string]any
		added http.Header
		want  map[string]string // instead of ""
	}{
		"a client":    {want: map[string]string{"X-Forwarded-Port": "444"}},
		"header_up":   {proxy: proxy{own: map[string]int{"X-Forwarded-Prefix": setsField, "Forwarded": setsField}}, want: map[string]string{"X-Forwarded-Port": "444", "X-Forwarded-Prefix": "/p", "Forwarded": "for=9.9.9.9"}},
		"header_up +": {proxy: proxy{own: map[string]int{"X-Real-Ip": 1}}, added: http.Header{"X-Real-Ip": {"192.0.2.1"}}, want: map[string]string{"X-Forwarded-Port": "444", "X-Real-Ip": "192.0.2.1"}},
		"a trusted proxy": {proxy: proxy{trusted: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
			want: map[string]string{"X-Forwarded-Prefix": "/p", "X-Forwarded-Port": "8443", "Forwarded": "for=9.9.9.9, for=192.0.2.1;proto=https", "X-Real-Ip": "9.9.9.9", "X-Amzn-Oidc-Identity": "me", "X_forwarded_for": "9.9.9.9"}},
		"a proxy that the server trusts": {vars: map[string]any{caddyhttp.TrustedProxyVarKey: true, caddyhttp.ClientIPVarKey: "9.9.9.9"},
			want: map[string]string{"X-Forwarded-Prefix": "/p", "X-Forwarded-Port": "8443", "Forwarded": "for=9.9.9.9, for=192.0.2.1;proto=https", "X-Real-Ip": "9.9.9.9", "X-Amzn-Oidc-Identity": "me", "X_forwarded_for": "9.9.9.9"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got *http.Request
			transport := bare(t, locallambda.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r })), false, Target{})
			transport.proxy = test.proxy
			if test.vars == nil {
				test.vars = map[string]any{}
			}
			req := httptest.NewRequestWithContext(context.WithValue(t.Context(), caddyhttp.VarsCtxKey, test.vars), "GET", "http://f/", nil)
			req.Header = http.Header{"User-Agent": {""}, "X-Forwarded-Host": {"orders.example:444"}, "X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"192.0.2.1"}}
			for field, value := range claimed {
				req.Header.Set(field, value)
			}
			for field, values := range test.added {
				req.Header[field] = append(req.Header[field], values...)
			}
			before := req.Header.Clone()
			resp, err := transport.RoundTrip(req)
			if err != nil || resp.StatusCode != 200 {
				t.Fatal(resp, err)
			}
			resp.Body.Close()
			for field := range claimed {
				if have := strings.Join(got.Header.Values(field), "|"); have != test.want[field] {
					t.Errorf("%s is %q, want %q", field, have, test.want[field])
				}
			}
			if _, ok := got.Header["User-Agent"]; ok {
				t.Error("the function gets an empty User-Agent")
			}
			client := "192.0.2.1:0"
			if ip, ok := test.vars[caddyhttp.ClientIPVarKey].(string); ok {
				client = ip + ":0"
			}
			if got.RemoteAddr != client {
				t.Errorf("the source is %s, want %s", got.RemoteAddr, client)
			}
			if len(before) != len(req.Header) {
				t.Error("RoundTrip has changed the request")
			}
		})
	}
}

func TestProxyOf(t *testing.T) {
	h := &reverseproxy.Handler{
		Upstreams:      reverseproxy.UpstreamPool{{Dial: "prod.orders:80"}, {Dial: "Billing.lambda.internal:443"}, {Dial: "{http.request.host.labels.2}"}},
		TrustedProxies: []string{"10.0.0.0/8", "::1"},
		LoadBalancing:  &reverseproxy.LoadBalancing{Retries: 1},
		HealthChecks: &reverseproxy.HealthChecks{
			Active:  &reverseproxy.ActiveHealthChecks{URI: "/health"},
			Passive: &reverseproxy.PassiveHealthChecks{FailDuration: 1},
		},
		Headers: &headers.Handler{Request: &headers.HeaderOps{Set: http.Header{"x-forwarded-prefix": {"/a"}}, Add: http.Header{"X-Real-Ip": {"a", "b"}}}},
	}
	p, err := proxyOf([]caddy.Module{&reverseproxy.Handler{}, h, new(Transport)})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(p.upstreams, []string{"prod.orders", "Billing"}) || !p.open || !p.retries || !p.counts || !p.probes || len(p.trusted) != 2 || p.own["X-Forwarded-Prefix"] != setsField || p.own["X-Real-Ip"] != 2 || len(p.own) != 2 {
		t.Errorf("%+v", p)
	}
}
