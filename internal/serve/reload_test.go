package serve

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCertificateIsReadAgain: a reload takes up a new certificate; one that
// cannot be read leaves all as it was.
func TestCertificateIsReadAgain(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	_, pool := certificate(t, dir)
	text := fmt.Sprintf("listen: 127.0.0.1:0\nlog_format: json\ntls_cert: %s\ntls_key: %s\ntargets: {one: {}, two: {}}\nroutes: [{target: %%s}]\n",
		filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
	r := start(t, fmt.Sprintf(text, "one"), functions())
	_, otherPool := certificate(t, other)
	call := func() (string, error) {
		transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "localhost"}}
		resp, err := (&http.Client{Transport: transport}).Get("https://" + r.address.String() + "/")
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		return resp.Status, nil
	}
	if _, err := call(); err != nil {
		t.Fatal(err)
	}

	if err := os.WriteFile(filepath.Join(dir, "cert.pem"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.write(t, fmt.Sprintf(text, "two"))
	r.reload <- os.Interrupt
	r.log.wait(t, "gateway.yaml:3:1: tls: failed to find any PEM data")
	if _, err := call(); err != nil {
		t.Errorf("after a bad certificate: %v", err)
	}

	for _, name := range []string{"cert.pem", "key.pem"} {
		if err := os.Rename(filepath.Join(other, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	r.reload <- os.Interrupt
	r.log.wait(t, "configuration reloaded")
	if _, err := call(); err == nil {
		t.Error("the old certificate is still shown")
	}
	pool = otherPool
	if _, err := call(); err != nil {
		t.Errorf("the new certificate: %v", err)
	}
}

// TestWhatAReloadCannotChange: the log says so.
func TestWhatAReloadCannotChange(t *testing.T) {
	const warning = "change with a restart only"
	for _, line := range []string{"", "header_timeout: 1s\n", "idle_timeout: 1s\n", "max_header_bytes: 1KiB\n", "log_format: text\n", "metrics_listen: 127.0.0.1:1\n", "listen: 127.0.0.1:1\n"} {
		text := common + "targets: {one: {}}\nby_name: [one]\n"
		r := start(t, text, functions())
		if key, _, _ := strings.Cut(line, ":"); key != "" && strings.Contains(common, key+":") {
			text = regexp.MustCompile("(?m)^"+key+":.*\n").ReplaceAllString(text, "")
		}
		r.write(t, text+line)
		r.reload <- os.Interrupt
		r.log.wait(t, "configuration reloaded")
		if line == "" {
			r.reload <- os.Interrupt // it is taken when the one before is done
		} else {
			r.log.wait(t, warning)
		}
		if got := strings.Contains(r.log.String(), warning); got != (line != "") {
			t.Errorf("%q: the log warns: %t", line, got)
		}
	}
}
