package conformance

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestGatewayDocs: the versions that docs/gateway.md says were tried are those of
// the lock files.
func TestGatewayDocs(t *testing.T) {
	root := moduleRoot(t)
	v, err := readVersions(root)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "..", "..", "docs", "gateway.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"requests", "httpx", "aiohttp", "undici"} {
		if v[name] == "" || !strings.Contains(string(page), name+" "+v[name]+" |") {
			t.Errorf("docs/gateway.md does not say that %s %s was tried", name, v[name])
		}
	}
}
