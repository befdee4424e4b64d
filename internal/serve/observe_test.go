package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestMetrics: each counts what it says.
func TestMetrics(t *testing.T) {
	release := make(chan struct{})
	var calls atomic.Int64
	fns := locallambda.Functions{
		"busy": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			if in.Type != vialambda.DryRun {
				<-release
			}
			return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(`{"statusCode":200}`))}, nil
		}),
		"throttled": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			if in.Type == vialambda.DryRun {
				return &vialambda.Result{Payload: http.NoBody}, nil
			}
			return nil, &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429}
		}),
		"starts": vialambda.InvokerFunc(func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			report := "REPORT RequestId: r\tDuration: 1.50 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 30 MB\t"
			res := &vialambda.Result{Payload: io.NopCloser(strings.NewReader(`{"statusCode":200,"body":"0123456789"}`))}
			if !in.LogTail { // a dry run, too
				return res, nil
			}
			if calls.Add(1) == 1 {
				report += "Init Duration: 100.00 ms\t"
			}
			res.LogTail = []byte(report + "\n")
			return res, nil
		}),
	}
	r := start(t, common+"max_attempts: 2\ntargets: {busy: {max_concurrent: 1, queue: 1, queue_timeout: 1m}, throttled: {}, starts: {}, quiet: {function: starts, log_tail: false}}\nby_name: [busy, throttled, starts, quiet]\n", fns)
	url := "http://" + r.address.String()

	done := make(chan int, 2)
	for waiting := range 2 {
		go func() { status, _ := get(t, r.client, url+"/busy/"); done <- status }()
		r.awaitMetric(t, fmt.Sprintf("requests_in_flight{target=%q} %d", "busy", waiting+1))
	}
	r.awaitMetric(t, `queue_length{target="busy"} 1`)
	if status, _ := get(t, r.client, url+"/busy/"); status != 503 {
		t.Errorf("over the queue: %d", status)
	}
	close(release)
	if a, b := <-done, <-done; a != 200 || b != 200 {
		t.Errorf("%d %d", a, b)
	}
	if status, _ := get(t, r.client, url+"/throttled/"); status != 429 {
		t.Errorf("throttled: %d", status)
	}
	for range 3 {
		get(t, r.client, url+"/starts/")
	}
	get(t, r.client, url+"/quiet/")
	for _, line := range []string{
		`request_duration_seconds_count{start="unknown",target="quiet"} 1`,
		`requests_in_flight{target="busy"} 0`, `queue_length{target="busy"} 0`,
		`requests_total{status="503",target="busy"} 1`, `requests_total{status="200",target="busy"} 2`,
		`throttles_total{by="gateway",target="busy"} 1`, `throttles_total{by="lambda",target="throttled"} 1`,
		`attempts_total{target="throttled"} 2`, `attempts_total{target="starts"} 3`,
		`request_duration_seconds_count{start="cold",target="starts"} 1`, `request_duration_seconds_count{start="warm",target="starts"} 2`,
		fmt.Sprintf(`payload_bytes_total{direction="answer",target="starts"} %d`, 3*len(`{"statusCode":200,"body":"0123456789"}`)),
	} {
		r.awaitMetric(t, line)
	}
	if _, metrics := get(t, r.client, "http://"+r.metrics.String()+"/metrics"); !strings.Contains(metrics, `vialambda_payload_bytes_total{direction="event",target="starts"} `) {
		t.Errorf("the events' bytes are not counted:\n%s", metrics)
	}
}

func (r *running) awaitMetric(t *testing.T, line string) {
	t.Helper()
	for range 1000 {
		if _, metrics := get(t, r.client, "http://"+r.metrics.String()+"/metrics"); strings.Contains(metrics, "\nvialambda_"+line+"\n") {
			return
		}
	}
	t.Fatalf("the metrics never say %s", line)
}

// TestErrorTypesAreBounded: a function may name its errors at will.
func TestErrorTypesAreBounded(t *testing.T) {
	m := newMetrics()
	seen := map[string]bool{}
	for range 2 {
		for i := range 200 {
			seen[m.errorType(fmt.Sprint("Error", i))] = true
		}
	}
	if len(seen) != maxErrorTypes+1 || !seen["other"] || !seen["Error0"] {
		t.Errorf("%d labels: %v", len(seen), seen)
	}
}

// TestWhatTheLogSays of requests that did not end well, in text and in JSON.
func TestWhatTheLogSays(t *testing.T) {
	entered := make(chan struct{})
	fns := locallambda.Functions{
		"slow": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			if in.Type == vialambda.DryRun {
				return &vialambda.Result{Payload: http.NoBody}, nil
			}
			close(entered)
			<-ctx.Done()
			return nil, &vialambda.InvokeError{MayHaveRun: true, Err: ctx.Err()}
		}),
		"broken": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "half")
			_ = http.NewResponseController(w).Flush()
			panic("broken")
		})),
	}
	r := start(t, "listen: 127.0.0.1:0\ntargets: {slow: {}, broken: {mode: stream}}\nby_name: [slow, broken]\n", fns)
	url := "http://" + r.address.String()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }()
	req, _ := http.NewRequestWithContext(ctx, http.MethodGet, url+"/slow/?token=secret-query", nil)
	req.Header.Set("Authorization", "secret-header")
	if resp, err := r.client.Do(req); err == nil {
		resp.Body.Close()
		t.Errorf("an answer: %s", resp.Status)
	}
	r.log.wait(t, " status=499 ")
	r.log.wait(t, ` client_gone=true note="the function may still run, or have run"`)

	resp, err := r.client.Get(url + "/broken/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the broken answer ends well")
	}
	r.log.wait(t, " aborted=true")
	if status, _ := get(t, r.client, url+"/nothing"); status != 404 {
		t.Errorf("no route: %d", status)
	}
	r.log.wait(t, ` refused="no route has this path"`)
	for _, phase := range []string{"queued", "encode", "connect", "wait", "backoff", "decode"} {
		r.log.wait(t, " "+phase+"=")
	}
	if text := r.log.String(); strings.Contains(text, "secret-") {
		t.Errorf("the log has what it must not have:\n%s", text)
	}
}
