package docscheck

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vialambda/vialambda/internal/serve"
	"github.com/vialambda/vialambda/locallambda"
)

// TestTestedCode: what a page shows as tested is what the test of that name tests.
func TestTestedCode(t *testing.T) {
	for page, file := range map[string]string{
		"docs/migrating/kong.md":  "internal/docscheck/kong_test.go",
		"docs/migrating/envoy.md": "internal/docscheck/envoy_test.go",
	} {
		_, code, _ := strings.Cut(read(t, file), "'s.\n")
		code, _, found := strings.Cut(code, "// The mark.")
		if code = strings.TrimSpace(code); !found || code == "" {
			t.Errorf("%s has no code for a page", file)
		}
		if !strings.Contains(read(t, page), "```go\n"+code+"\n```\n") {
			t.Errorf("%s does not show what %s tests", page, file)
		}
	}
}

var ofGateway = regexp.MustCompile(`(?m)^targets:`)

// TestGatewayConfigurations: every configuration of the gateway that a page shows
// could be served.
func TestGatewayConfigurations(t *testing.T) {
	n := 0
	for _, page := range files(t, ".md") {
		for _, b := range blocks(read(t, page)) {
			if b.lang != "yaml" || !ofGateway.MatchString(b.code) {
				continue
			}
			n++
			file := filepath.Join(t.TempDir(), "gateway.yaml")
			if err := os.WriteFile(file, []byte(b.code), 0o600); err != nil {
				t.Fatal(err)
			}
			server := &serve.Server{
				Load: func() (*serve.Config, error) { return serve.Load(file) },
				Connect: func(context.Context, serve.Account) (*serve.Client, error) {
					return &serve.Client{Invoker: locallambda.Functions{}}, nil
				},
			}
			if err := server.Check(t.Context()); err != nil {
				t.Error(fmt.Sprintf("%s:%d:", page, b.line), strings.ReplaceAll(err.Error(), file, ""))
			}
		}
	}
	if n < 2 {
		t.Errorf("found %d configurations", n)
	}
}
