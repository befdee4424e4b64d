package serve

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/locallambda"
)

func TestReady(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	fns := functions()
	fns["slow"] = locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-release
		_, _ = io.WriteString(w, "done")
	}))
	r := start(t, common+"targets: {slow: {}}\nby_name: [slow]\n", fns)
	base := "http://" + r.metrics.String()
	if status, _ := get(t, r.client, base+"/readyz"); status != 200 {
		t.Errorf("ready: %d", status)
	}
	r.creds = errors.New("expired")
	if status, body := get(t, r.client, base+"/readyz"); status != 503 || strings.TrimSpace(body) != "no usable credentials" {
		t.Errorf("without credentials: %d %s", status, body)
	}
	if status, _ := get(t, r.client, base+"/healthz"); status != 200 {
		t.Errorf("healthy: %d", status)
	}
	req, _ := http.NewRequest(http.MethodGet, base+"/metrics", nil)
	req.Host = "evil.example"
	if resp, err := r.client.Do(req); err != nil || resp.StatusCode != 421 {
		t.Errorf("E9 rebinding: %v %v", resp, err)
	} else {
		resp.Body.Close()
	}

	// A request under way ends well while the server drains.
	answer := make(chan string, 1)
	go func() {
		resp, err := r.client.Get("http://" + r.address.String() + "/slow/")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		answer <- string(body)
	}()
	<-started
	r.stop()
	r.log.wait(t, `"msg":"draining"`)
	if status, body := get(t, r.client, base+"/readyz"); status != 503 || strings.TrimSpace(body) != "draining" {
		t.Errorf("draining: %d %s", status, body)
	}
	close(release)
	if got := <-answer; got != "done" {
		t.Errorf("the request under way got %q", got)
	}
}

// TestReadyWithSomeCredentials: a target whose credentials cannot be had does not
// take the others out of service, and one that has been configured away does not
// count.
func TestReadyWithSomeCredentials(t *testing.T) {
	r := start(t, common+"targets: {one: {}, two: {profile: refused}, three: {function: two, profile: hanging}}\nby_name: [one, two]\n", functions())
	ready := func() int {
		status, _ := get(t, r.client, "http://"+r.metrics.String()+"/readyz")
		return status
	}
	if got := ready(); got != 200 {
		t.Errorf("with credentials for one of three: %d", got)
	}
	reload := func(targets, said string) {
		t.Helper()
		r.write(t, common+"targets: "+targets+"\nby_name: [one]\n")
		before := strings.Count(r.log.String(), said)
		r.reload <- os.Interrupt
		for range 1000 {
			if strings.Count(r.log.String(), said) > before {
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
		t.Fatalf("the log does not say %q again:\n%s", said, r.log)
	}
	reload("{one: {profile: refused}}", "configuration reloaded")
	if got := ready(); got != 503 {
		t.Errorf("with credentials for none: %d", got)
	}
	r.log.wait(t, `"msg":"no usable credentials","error":"refused"`)
	reload("{one: {profile: good}, two: {queue: 1}}", "the old one stays")
	if got := ready(); got != 503 {
		t.Errorf("with a wrong configuration that would have had some: %d", got)
	}
	reload("{one: {}}", "configuration reloaded")
	if got := ready(); got != 200 {
		t.Errorf("with credentials again: %d", got)
	}
}
