//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
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

// TestTerminate: on SIGTERM the process takes no new connection, lets requests
// under way end, and cuts those off that do not end within drain_timeout.
func TestTerminate(t *testing.T) {
	for _, patient := range []bool{true, false} {
		t.Run(fmt.Sprint("patient ", patient), func(t *testing.T) {
			started, release := make(chan struct{}, 1), make(chan struct{})
			api := invokeAPI(t, locallambda.Functions{
				"slow": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					started <- struct{}{}
					select {
					case <-release:
					case <-r.Context().Done():
					}
					_, _ = io.WriteString(w, "slowly")
				})),
			})
			limit := map[bool]string{true: "1m", false: "50ms"}[patient]
			p := startGateway(t, "vialambda", "endpoint_url: "+api+"\ntargets: {slow: {}}\nby_name: [slow]\ndrain_timeout: "+limit+"\n")
			got := make(chan string, 1)
			go func() {
				resp, err := oneShot.Get(p.url + "/slow/")
				if err != nil {
					got <- "an error"
					return
				}
				defer resp.Body.Close()
				body, err := io.ReadAll(resp.Body)
				got <- fmt.Sprint(resp.StatusCode, " ", string(body), " ", err)
			}()
			<-started
			p.signal(t, syscall.SIGTERM)
			p.log.await(t, `msg=draining limit=`)
			await(t, func() bool {
				conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
				if err == nil {
					conn.Close()
				}
				return err != nil
			}, func() string { return "new connections are still taken" })
			want := "200 slowly <nil>"
			if patient {
				close(release)
			} else {
				want = "an error"
			}
			if text := <-got; text != want {
				t.Errorf("the request under way got %s, want %s", text, want)
			}
			p.stop(t)
			if cut := strings.Contains(p.log.String(), "did not end in time and were cut off"); cut == patient {
				t.Errorf("the log says that requests were cut off: %t", cut)
			}
		})
	}
}
