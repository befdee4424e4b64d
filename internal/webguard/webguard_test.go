package webguard_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/vialambda/vialambda/internal/webguard"
)

func TestTrapE9WebPagesAreRefused(t *testing.T) {
	configured := webguard.Guard{
		Hosts:   []string{"Lambda.test", "pinned.test:9001"},
		Origins: []string{"http://localhost:3000"},
	}
	tests := []struct {
		name   string
		guard  webguard.Guard
		host   string
		origin []string
		site   []string
		want   int
	}{
		{name: "program to an address", host: "127.0.0.1:9001"},
		{name: "program to any address of 127/8", host: "127.8.9.1"},
		{name: "program to IPv6", host: "[::1]:9001"},
		{name: "program to IPv6 without port", host: "[::1]"},
		{name: "program to mapped IPv4", host: "[::ffff:127.0.0.1]:9001"},
		{name: "program to localhost", host: "LocalHost:9001"},
		{name: "program to localhost with the root's dot", host: "localhost.:9001"},
		{name: "program below localhost", host: "lambda.localhost:9001"},
		{name: "typed address", host: "localhost:9001", site: []string{"none"}},
		{name: "own page", host: "localhost:9001", origin: []string{"http://localhost:9001"}, site: []string{"same-origin"}},
		{name: "own page behind TLS", host: "localhost", origin: []string{"https://localhost"}},

		{name: "DNS rebinding", host: "evil.example:9001", want: 421},
		{name: "DNS rebinding, same origin to the browser", host: "evil.example", origin: []string{"http://evil.example"}, site: []string{"same-origin"}, want: 421},
		{name: "name that begins like localhost", host: "localhost.evil.example", want: 421},
		{name: "name that ends like localhost", host: "evillocalhost", want: 421},
		{name: "address in a name", host: "127.0.0.1.nip.example", want: 421},
		{name: "the unspecified address", host: "0.0.0.0:9001", want: 421},
		{name: "address of the network", host: "192.168.1.7:9001", want: 421},
		{name: "no host", host: "", want: 421},

		{name: "foreign origin", host: "127.0.0.1:9001", origin: []string{"https://evil.example"}, want: 403},
		{name: "foreign origin on another port", host: "localhost:9001", origin: []string{"http://localhost:3000"}, want: 403},
		{name: "opaque origin", host: "127.0.0.1:9001", origin: []string{"null"}, want: 403},
		{name: "empty origin", host: "127.0.0.1:9001", origin: []string{""}, want: 403},
		{name: "origin of an extension", host: "127.0.0.1:9001", origin: []string{"chrome-extension://127.0.0.1:9001"}, want: 403},
		{name: "origin with userinfo", host: "127.0.0.1:9001", origin: []string{"http://u@127.0.0.1:9001"}, want: 403},
		{name: "own origin, then a foreign one", host: "localhost", origin: []string{"http://localhost", "http://evil.example"}, want: 403},
		{name: "cross-site without origin", host: "127.0.0.1:9001", site: []string{"cross-site"}, want: 403},
		{name: "same-site", host: "localhost:9001", site: []string{"same-site"}, want: 403},
		{name: "unknown site", host: "localhost:9001", site: []string{"new-word"}, want: 403},
		{name: "second site", host: "localhost:9001", site: []string{"none", "cross-site"}, want: 403},

		{name: "configured host", guard: configured, host: "lambda.test:80"},
		{name: "configured host without port", guard: configured, host: "lambda.TEST"},
		{name: "configured host and port", guard: configured, host: "pinned.test:9001"},
		{name: "configured host, other port", guard: configured, host: "pinned.test:9002", want: 421},
		{name: "configured origin", guard: configured, host: "localhost:9001", origin: []string{"http://localhost:3000"}, site: []string{"same-site"}},
		{name: "configured origin, then a foreign one", guard: configured, host: "localhost:9001", origin: []string{"http://localhost:3000", "null"}, want: 403},
		{name: "other origin", guard: configured, host: "localhost:9001", origin: []string{"http://localhost:3001"}, want: 403},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Host = tt.host
			if tt.origin != nil {
				r.Header["Origin"] = tt.origin
			}
			if tt.site != nil {
				r.Header["Sec-Fetch-Site"] = tt.site
			}
			status, reason := tt.guard.Check(r)
			if status != tt.want {
				t.Errorf("Check() = %d %q, want %d", status, reason, tt.want)
			}
			if (status == 0) != (reason == "") {
				t.Errorf("status %d with reason %q", status, reason)
			}
		})
	}
}

func ExampleGuard() {
	guard := webguard.Guard{Hosts: []string{"lambda.test"}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, reason := guard.Check(r); status != 0 {
			http.Error(w, reason, status)
			return
		}
		fmt.Fprintln(w, "hello")
	})

	for _, host := range []string{"127.0.0.1:8080", "lambda.test", "evil.example"} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(host, w.Code)
	}
	// Output:
	// 127.0.0.1:8080 200
	// lambda.test 200
	// evil.example 421
}
