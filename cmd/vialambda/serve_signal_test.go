//go:build unix

package main

import (
	"fmt"
	"io"
	"net/http"
	"syscall"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// TestHangup: SIGHUP to the process puts a good configuration in place, keeps
// the old one if the new one is wrong, and disturbs nobody.
func TestHangup(t *testing.T) {
	started, release := make(chan struct{}, 1), make(chan struct{})
	api := invokeAPI(t, locallambda.Functions{
		"one": says("one"), "two": says("two"),
		"slow": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			started <- struct{}{}
			<-release
			_, _ = io.WriteString(w, "slowly")
		})),
	})
	config := func(target string) string {
		return fmt.Sprintf("endpoint_url: %s\ntargets: {one: {}, two: {}, slow: {}}\nroutes:\n  - {path: /x, target: %s}\n  - {path: /slow, target: slow}\n", api, target)
	}
	p := startGateway(t, "vialambda", config("one"))
	expect := func(want string) {
		t.Helper()
		if status, body := fetchText(t, p.url+"/x"); status != 200 || body != want {
			t.Errorf("%d %q, want %q", status, body, want)
		}
	}
	expect("one")

	slow := make(chan string, 1)
	go func() {
		resp, err := http.Get(p.url + "/slow") // over a connection that lives through all of this
		if err != nil {
			slow <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		slow <- fmt.Sprint(resp.StatusCode, " ", string(body), " ", err)
	}()
	<-started

	p.write(t, config("nosuch"))
	p.signal(t, syscall.SIGHUP)
	p.log.await(t, `level=ERROR msg="the new configuration is wrong, the old one stays" error=.*gateway\.yaml:4:\d+: there is no target \\"nosuch\\"`)
	expect("one")
	p.write(t, "targets: {one: {}")
	p.signal(t, syscall.SIGHUP)
	p.log.await(t, `error=.*gateway\.yaml:1:\d+: `)
	expect("one")

	p.write(t, config("two"))
	p.signal(t, syscall.SIGHUP)
	p.log.await(t, `msg="configuration reloaded"`)
	expect("two")

	close(release)
	if got := <-slow; got != "200 slowly <nil>" {
		t.Errorf("the request under way got %s", got)
	}
	http.DefaultClient.CloseIdleConnections()
	if ok, failed := p.value(t, "vialambda_config_reloads_total", `result="ok"`), p.value(t, "vialambda_config_reloads_total", `result="failed"`); ok != 1 || failed != 2 {
		t.Errorf("%v reloads, %v failed", ok, failed)
	}
	p.stop(t)
}
