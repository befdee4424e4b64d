package caddyvialambda

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"

	"github.com/vialambda/vialambda/locallambda"
)

func isDialError(err error) bool {
	_, ok := errors.AsType[reverseproxy.DialError](err)
	return ok
}

// TestTrapA4CaddySendsNothingTwice: with all that Caddy has to try again, a POST
// runs once, unless it is proven that it did not run.
func TestTrapA4CaddySendsNothingTwice(t *testing.T) {
	step := make(chan struct{})
	run := &locallambda.Counter{Invoker: locallambda.HTTP(app(step))}
	teapot := &locallambda.Counter{Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }))}
	cut := &locallambda.Counter{Invoker: run}
	failed := &locallambda.Counter{Invoker: locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom " + secret) }))}
	full := &locallambda.Counter{Invoker: &locallambda.Faults{Invoker: run, Rules: []locallambda.FaultRule{{Error: locallambda.Throttle(0)}}}}
	l := startLambda(t, locallambda.Functions{
		"app": run, "full": full, "teapot": teapot, "failed": failed,
		"cut": &locallambda.Faults{Invoker: cut, Rules: []locallambda.FaultRule{{Cut: true, At: locallambda.AfterRun}}},
	}, "")
	const again = "lb_policy round_robin\nlb_retries 5\nlb_try_interval 10ms\nlb_retry_match expression `{rp.status_code} >= 500 || {rp.is_transport_error}`\n"
	sites := ""
	for path, upstreams := range map[string]string{"cut": "cut", "teapot": "teapot", "failed": "failed", "both": "full app", "full": "full"} {
		sites += "handle_path /" + path + "/* {\nreverse_proxy " + upstreams + " {\n" + again + "transport lambda\n}\n}\n"
	}
	for _, function := range []string{"cut", "teapot", "failed"} { // for as long as Caddy may try
		sites += "handle_path /long-" + function + "/* {\nreverse_proxy " + function + " {\n" + strings.Replace(again, "lb_retries 5", "lb_try_duration 300ms", 1) + "transport lambda\n}\n}\n"
	}
	sites += "handle_path /first/* {\nreverse_proxy full app {\nlb_policy first\nlb_retries 1\nfail_duration 60s\ntransport lambda\n}\n}\n"
	sites += "handle_path /plain/* {\nreverse_proxy full {\ntransport lambda\n}\n}\n"
	sites += "handle_errors 429 {\nheader Retry-After {vars.lambda_retry_after}\nrespond \"later\" 429\n}\n"
	p, _ := startCaddy(t, "lambda {\nregion eu-west-1\nmax_attempts 1\nendpoint_url "+l.URL+"\n}", sites)

	for path, counter := range map[string]*locallambda.Counter{
		"cut": cut, "teapot": teapot, "failed": failed, "long-cut": cut, "long-teapot": teapot, "long-failed": failed,
	} {
		before := counter.Total()
		resp, body := p.do(t, "POST", "/"+path+"/echo/x", "x")
		if n := counter.Total() - before; n != 1 || resp.StatusCode < 500 || strings.Contains(body, "arn:") {
			t.Errorf("%s: a POST ran %d times and was answered with %s: %s", path, n, resp.Status, body)
		}
	}
	before := teapot.Total()
	if resp, _ := p.do(t, "GET", "/teapot/echo/x", ""); teapot.Total()-before != 6 || resp.StatusCode != 503 {
		t.Errorf("a GET, which may be sent again, ran %d times: %s", teapot.Total()-before, resp.Status)
	}
	for range 4 { // wherever it begins, it ends at the one that can
		before := run.Total()
		resp, body := p.do(t, "POST", "/both/echo/x", "the whole body")
		var got seen
		if err := json.Unmarshal([]byte(body), &got); err != nil || string(got.Body) != "the whole body" || run.Total()-before != 1 {
			t.Errorf("failover: %s: %s, %d executions", resp.Status, body, run.Total()-before)
		}
	}
	for i := range 3 { // as in the documentation: one failure is enough
		before, refused := run.Total(), full.Total()
		resp, body := p.do(t, "POST", "/first/echo/x", "x")
		if resp.StatusCode != 200 || run.Total()-before != 1 || i > 0 && full.Total() != refused {
			t.Errorf("a second region: %s %s", resp.Status, body)
		}
	}
	before = full.Total()
	resp, body := p.do(t, "POST", "/full/echo/x", "x")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" || body != "later" || full.Total()-before != 6 {
		t.Errorf("all throttled: %s %v %s, %d attempts", resp.Status, resp.Header, body, full.Total()-before)
	}
	resp, body = p.do(t, "POST", "/plain/echo/x", "x")
	if resp.StatusCode != 429 || resp.Header.Get("Retry-After") != "1" || !strings.Contains(body, `"message"`) {
		t.Errorf("throttled, without retries of Caddy's: %s %v %s", resp.Status, resp.Header, body)
	}
	if log := p.logged(); !strings.Contains(log, "Rate Exceeded") || !strings.Contains(log, secret) {
		t.Error("the log does not have the causes")
	}
}
