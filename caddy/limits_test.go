package caddyvialambda

import (
	"context"
	"net/http"
	"testing"

	"github.com/vialambda/vialambda/locallambda"
)

// TestCaddyLimitsConcurrency is what the documentation says to write instead of
// max_concurrent and queue.
func TestCaddyLimitsConcurrency(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	slow := locallambda.Func(func(context.Context, []byte) ([]byte, error) {
		started <- struct{}{}
		<-release
		return []byte(`{"statusCode":200}`), nil
	})
	l := startLambda(t, locallambda.Functions{"shed": slow, "wait": slow}, "")
	p, _ := startCaddy(t, "lambda {\nregion eu-west-1\nendpoint_url "+l.URL+"\n}",
		"handle /shed {\nreverse_proxy shed {\nunhealthy_request_count 1\ntransport lambda\n}\n}\n"+
			"handle /wait {\nreverse_proxy wait {\nunhealthy_request_count 1\nlb_try_duration 30s\nlb_try_interval 10ms\ntransport lambda\n}\n}\n")
	statuses := make(chan int)
	call := func(path string) {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+path, nil)
		resp, err := p.client.Do(req)
		if err != nil {
			t.Error(err)
			statuses <- 0
			return
		}
		resp.Body.Close()
		statuses <- resp.StatusCode
	}
	go call("/shed")
	<-started
	if resp, _ := p.do(t, "POST", "/shed", ""); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("one too many: %s", resp.Status)
	}
	release <- struct{}{}
	if status := <-statuses; status != http.StatusOK {
		t.Errorf("the first: %d", status)
	}

	go call("/wait")
	<-started
	go call("/wait")
	release <- struct{}{}
	select {
	case status := <-statuses:
		<-started
		release <- struct{}{}
		if second := <-statuses; status != http.StatusOK || second != http.StatusOK {
			t.Errorf("one after the other: %d, %d", status, second)
		}
	case <-started: // the first has ended, its answer is on the way
		release <- struct{}{}
		if first, second := <-statuses, <-statuses; first != http.StatusOK || second != http.StatusOK {
			t.Errorf("one after the other: %d, %d", first, second)
		}
	}
}
