package caddyvialambda

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestDocs lets Caddy validate every Caddyfile in docs/caddy.md and in the
// package's documentation.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile("../docs/caddy.md")
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```caddyfile\n(.*?)^```").FindAllStringSubmatch(string(text), -1)
	if len(blocks) < 8 {
		t.Fatalf("found %d Caddyfiles", len(blocks))
	}
	for i, block := range blocks {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) { caddyValidate(t, block[1]) })
	}
	object := regexp.MustCompile("(?ms)^```json\n(.*?)^```").FindSubmatch(text)
	if object == nil {
		t.Fatal("found no JSON")
	}
	if err := validate(string(object[1])); err != nil {
		t.Error(err)
	}
	site := regexp.MustCompile(`(?ms)^//\t(orders\.example\.com \{.*?^//\t\}$)`).FindSubmatch(source)
	if site == nil {
		t.Fatal("doc.go has no Caddyfile")
	}
	caddyValidate(t, regexp.MustCompile(`(?m)^//\t`).ReplaceAllString(string(site[1])+"\n", ""))
}

func caddyValidate(t *testing.T, text string) {
	t.Helper()
	binary, err := caddyBinary()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	certify(t, home)
	config := filepath.Join(home, "Caddyfile")
	if err := os.WriteFile(config, []byte(strings.ReplaceAll(text, "/etc/caddy/", home+"/")), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"validate", "--config", config}, {"fmt", "--diff", config}} {
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Env = append(os.Environ(), "ORDERS_REGION=eu-west-1")
		for name, value := range environment(home) {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("caddy %s: %v\n%s\n%s", args[0], err, text, out)
		}
	}
}

// certify makes the certificates that the Caddyfiles name.
func certify(t *testing.T, dir string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"fn", "tenants"} {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"*." + name + ".example.com"}}
		cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: cert}, ".key": {Type: "PRIVATE KEY", Bytes: der}} {
			if err := os.WriteFile(filepath.Join(dir, name+file), pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
