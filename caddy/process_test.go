package caddyvialambda

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a Caddy of its own.
type process struct {
	URL    string // https, with Caddy's own certificate
	client *http.Client
	roots  *x509.CertPool
	admin  *http.Client // of its admin API, at http://caddy

	mu  sync.Mutex
	log bytes.Buffer
}

// startCaddy runs Caddy until the test is over. In the sites, PORT is the port.
func startCaddy(t *testing.T, global, sites string) (p *process, caddyfile func(global, sites string) string) {
	t.Helper()
	binary, err := caddyBinary()
	if err != nil {
		t.Fatal(err)
	}
	home, err := os.MkdirTemp(scratch, "run") //nolint:usetesting // t.TempDir is too long for the name of a socket
	if err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	socket := filepath.Join(home, "admin")
	caddyfile = func(global, sites string) string {
		if !strings.Contains(global, "protocols") {
			global = "\tservers {\n\t\tprotocols h1 h2\n\t}\n" + global
		}
		return fmt.Sprintf("{\n\tadmin unix/%s\n\tpersist_config off\n\tskip_install_trust\n\tauto_https disable_redirects\n%s\n}\n"+
			"https://localhost:%s, https://*.fn.localhost:%s {\n\tbind 127.0.0.1\n\ttls internal\n\tlog\n%s\n}\n", socket, global, port, port, sites)
	}
	config := filepath.Join(home, "Caddyfile")
	if err := os.WriteFile(config, []byte(caddyfile(global, sites)), 0o600); err != nil {
		t.Fatal(err)
	}
	p = &process{URL: "https://localhost:" + port}
	cmd := exec.Command(binary, "run", "--config", config)
	cmd.Env = os.Environ()
	for name, value := range environment(home) {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	output, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		started := sync.OnceFunc(func() { close(ready) })
		for lines := bufio.NewScanner(output); lines.Scan(); {
			p.mu.Lock()
			p.log.WriteString(lines.Text() + "\n")
			p.mu.Unlock()
			if strings.Contains(lines.Text(), "serving initial configuration") {
				started()
			}
		}
	}()
	t.Cleanup(func() {
		p.client.CloseIdleConnections()
		p.admin.CloseIdleConnections()
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("caddy ended with %v", err)
		}
		if t.Failed() {
			t.Log(p.logged())
		}
	})
	p.admin = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}}
	p.client = http.DefaultClient
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("caddy did not start:\n%s", p.logged())
	}
	root, err := os.ReadFile(filepath.Join(home, "caddy/pki/authorities/local/root.crt"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	p.roots = pool
	p.client = &http.Client{
		Transport: &http.Transport{
			ForceAttemptHTTP2: true, DisableCompression: true,
			DialTLSContext: func(ctx context.Context, _, addr string) (conn net.Conn, err error) {
				name, _, _ := net.SplitHostPort(addr)
				dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: name, NextProtos: []string{"h2", "http/1.1"}}}
				// When Caddy reloads, it has two sockets for a moment. Connections that
				// nobody has accepted yet are reset with the old one.
				for range 50 {
					if conn, err = dialer.DialContext(ctx, "tcp", "127.0.0.1:"+port); err == nil {
						return conn, nil
					}
					time.Sleep(10 * time.Millisecond)
				}
				return nil, err
			},
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, name := range []string{"localhost", "app.fn.localhost"} { // certificates come after the start
		waitFor(t, "a certificate", func() bool {
			dialer := tls.Dialer{Config: &tls.Config{RootCAs: pool, ServerName: name}}
			conn, err := dialer.DialContext(t.Context(), "tcp", "127.0.0.1:"+port)
			if err == nil {
				conn.Close()
			}
			return err == nil
		})
	}
	return p, caddyfile
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// waitLog waits until the log has text.
func (p *process) waitLog(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if strings.Contains(p.logged(), text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the log does not have %s", text)
}

// load gives Caddy another configuration.
func (p *process) load(t *testing.T, caddyfile string) error {
	t.Helper()
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://caddy/load", strings.NewReader(caddyfile))
	req.Header.Set("Content-Type", "text/caddyfile")
	resp, err := p.admin.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", resp.Status, text)
	}
	return nil
}

// do sends a request and reads the answer.
func (p *process) do(t *testing.T, method, path, body string, header ...string) (*http.Response, string) {
	t.Helper()
	target := p.URL + path
	if strings.HasPrefix(path, "https://") {
		target = path
	}
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, content)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Add(header[i], header[i+1])
	}
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}
