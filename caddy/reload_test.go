package caddyvialambda

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vialambda/vialambda/locallambda"
)

// TestReloadUnderLoad loads another configuration again and again while clients
// call: none fails, and no POST runs twice.
func TestReloadUnderLoad(t *testing.T) {
	var nonces sync.Map // to *atomic.Int64
	l := startLambda(t, locallambda.Functions{"app": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if nonce := r.Header.Get("X-Nonce"); nonce != "" {
			n, _ := nonces.LoadOrStore(nonce, new(atomic.Int64))
			n.(*atomic.Int64).Add(1)
		}
		_, _ = io.Copy(w, r.Body)
	}))}, "")
	global := "lambda {\nregion eu-west-1\nendpoint_url " + l.URL + "\n}"
	site := func(seconds int) string {
		return fmt.Sprintf("reverse_proxy app {\ntransport lambda {\ntimeout %ds\n}\n}\n", seconds)
	}
	p, caddyfile := startCaddy(t, global, site(60))

	const reloads, clients = 10, 8
	done := make(chan struct{})
	var wg sync.WaitGroup
	var calls atomic.Int64
	for c := range clients {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				body := fmt.Sprintf("%d-%d", c, i)
				req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+"/x", strings.NewReader(body))
				if i%2 == 1 {
					req, _ = http.NewRequestWithContext(t.Context(), http.MethodPut, p.URL+"/x", strings.NewReader(body))
				}
				req.Header.Set("X-Nonce", body)
				resp, err := p.client.Do(req)
				if err != nil {
					t.Errorf("call %s: %v", body, err)
					return
				}
				text, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != 200 || string(text) != body {
					t.Errorf("call %s: %s %q %v", body, resp.Status, text, err)
				}
				calls.Add(1)
			}
		})
	}
	for i := range reloads {
		before := calls.Load()
		time.Sleep(100 * time.Millisecond)
		if err := p.load(t, caddyfile(global, site(61+i))); err != nil {
			t.Errorf("reload %d: %v", i, err)
		}
		for calls.Load() < before+clients && !t.Failed() { // some calls under each
			time.Sleep(10 * time.Millisecond)
		}
	}
	if err := p.load(t, caddyfile(global, "reverse_proxy app {\ntransport lambda {\nformat wrong\n}\n}\n")); err == nil || !strings.Contains(err.Error(), "use rest-api") {
		t.Errorf("a wrong configuration: %v", err)
	}
	close(done)
	wg.Wait()
	n := 0
	nonces.Range(func(nonce, ran any) bool {
		n++
		if times := ran.(*atomic.Int64).Load(); times != 1 {
			t.Errorf("call %s ran %d times", nonce, times)
		}
		return true
	})
	if int64(n) != calls.Load() {
		t.Errorf("%d calls, %d executions", calls.Load(), n)
	}
	t.Logf("%d calls during %d reloads", n, reloads)
}

// TestCleanup: a configuration's connections end with it, but not its requests.
func TestCleanup(t *testing.T) {
	step := make(chan struct{})
	l := startLambda(t, locallambda.Functions{"app": locallambda.HTTP(app(step))}, "")
	global := "lambda {\nregion eu-west-1\nendpoint_url " + l.URL + "\n}"
	const site = "reverse_proxy app {\ntransport lambda {\nmode stream\n}\n}\n"
	p, caddyfile := startCaddy(t, global, site)
	t.Cleanup(func() { close(step) }) // lets go of what a failed test has left waiting
	p.do(t, "GET", "/echo/", "")

	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/events", nil)
	resp, err := p.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	p.do(t, "GET", "/echo/", "") // beside the stream: now one connection is idle
	old := l.all()
	if len(old) < 2 {
		t.Fatalf("%d connections to Lambda", len(old))
	}
	if err := p.load(t, caddyfile(global, "respond \"nothing\"")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the idle connection to be closed", func() bool { return l.open(old) == 1 })
	for range 3 {
		step <- struct{}{}
	}
	if text, err := io.ReadAll(resp.Body); err != nil || strings.Count(string(text), "data:") != 3 {
		t.Errorf("a stream over a reload: %q, %v", text, err)
	}
	waitFor(t, "the stream's connection to be closed", func() bool { return l.open(old) == 0 })
}

func waitFor(t *testing.T, what string, reached func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !reached(); {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestReloadsLeakNothing: of configurations that are gone, no goroutine and no
// connection is left.
func TestReloadsLeakNothing(t *testing.T) {
	l := startLambda(t, locallambda.Functions{"app": locallambda.HTTP(app(nil))}, "")
	global := "lambda {\nregion eu-west-1\nendpoint_url " + l.URL + "\n}"
	site := func(seconds int) string {
		return fmt.Sprintf("reverse_proxy app {\ntransport lambda {\ntimeout %ds\n}\n}\n", seconds)
	}
	p, caddyfile := startCaddy(t, global, site(60))
	goroutines := func() (n int) {
		resp, err := p.admin.Get("http://caddy/debug/pprof/goroutine?debug=1")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := fmt.Fscanf(resp.Body, "goroutine profile: total %d", &n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	reload := func(i int) {
		if err := p.load(t, caddyfile(global, site(100+i))); err != nil {
			t.Fatal(err)
		}
		p.do(t, "POST", "/echo/x", "x")
	}
	for i := range 3 {
		reload(i)
	}
	waitFor(t, "the first configurations' connections to be closed", func() bool { return l.open(l.all()) <= 1 })
	before := goroutines()
	const reloads = 20
	for i := range reloads {
		reload(3 + i)
	}
	waitFor(t, "the connections to be closed", func() bool { return l.open(l.all()) <= 1 })
	waitFor(t, "the goroutines to end", func() bool { return goroutines() < before+reloads/2 })
}
