//go:build linux

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestTrapA4GatewayUnderLoad is the command, built and run, between many
// connections and a Lambda that throttles, fails, cuts connections and is slow,
// while its configuration is reloaded all the time, rightly and wrongly. Every
// request gets one answer, or a broken connection where a stream broke; no POST
// runs twice; the process's memory stays under a bound, and when all is over it
// holds no more goroutines and files than before.
//
// It takes two seconds with 100 connections; with VIALAMBDA_LONG=1 (make long)
// a minute with 2,000.
func TestTrapA4GatewayUnderLoad(t *testing.T) {
	duration, connections, pause := 2*time.Second, 100, 100*time.Millisecond
	if os.Getenv("VIALAMBDA_LONG") != "" {
		duration, connections, pause = time.Minute, 2000, time.Second
	}
	var unasked bytes.Buffer // net/http logs bytes that no request asked for
	log.SetOutput(&unasked)
	defer log.SetOutput(os.Stderr)

	lambda := newStressed()
	api := httptest.NewServer(&locallambda.Server{Functions: lambda.functions, Credentials: key})
	defer api.Close()
	program := filepath.Join(t.TempDir(), "vialambda")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config := "endpoint_url: " + api.URL + stressConfig
	p := startGateway(t, program, config)
	settle := func() (goroutines, files int) {
		api.CloseClientConnections()
		return int(p.value(t, "go_goroutines")), p.files(t)
	}
	fetchText(t, p.url+"/none/") // all that starts with the first request has started
	goroutines, files := settle()

	load := &load{url: p.url, lambda: lambda, until: time.Now().Add(duration)}
	var wg sync.WaitGroup
	for worker := range connections {
		wg.Go(func() { load.run(t, worker) })
	}
	reloads := 0
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for time.Now().Before(load.until) {
		<-tick.C
		text := config + "# " + strconv.Itoa(reloads) + "\n"
		if reloads%3 == 2 {
			text += "wrong: yes\n"
		}
		p.write(t, text)
		p.signal(t, syscall.SIGHUP)
		reloads++
	}
	wg.Wait()
	load.report(t)

	// What the gateway says itself of all this. The record of a request that was
	// broken off may come a little later than the client's error.
	await(t, func() bool { return p.value(t, "vialambda_requests_in_flight") == 0 }, func() string { return "requests are still in flight" })
	if got := p.value(t, "vialambda_requests_total", `target="`) - 1; int64(got) != load.requests.Load() { // the one before the load
		t.Errorf("the gateway counts %v requests, %d were sent", got, load.requests.Load())
	}
	for _, name := range []string{"vialambda_bytes_in_flight", "vialambda_queue_length"} {
		if got := p.value(t, name); got != 0 {
			t.Errorf("%s is %v when all is over", name, got)
		}
	}
	good, bad := p.value(t, "vialambda_config_reloads_total", `result="ok"`), p.value(t, "vialambda_config_reloads_total", `result="failed"`)
	if good == 0 || bad == 0 || int(good+bad) > reloads || int(good+bad) < reloads/2 { // signals that come together are one
		t.Errorf("%v reloads and %v failed ones of %d", good, bad, reloads)
	}
	if strings.Contains(unasked.String(), "Unsolicited") {
		t.Errorf("more than one answer to a request: %s", &unasked)
	}

	peak := p.memory(t, "VmHWM")
	bound := int64(40<<20 + 24<<20 + connections*(128<<10)) // the program, max_bytes_in_flight, the connections
	t.Logf("resident memory: %d MiB at most, the bound is %d MiB; %d MiB at the end", peak>>20, bound>>20, p.memory(t, "VmRSS")>>20)
	if peak > bound {
		t.Errorf("resident memory was %d MiB, the bound is %d", peak>>20, bound>>20)
	}
	var g, f int
	await(t, func() bool { g, f = settle(); return g <= goroutines && f <= files }, func() string {
		return fmt.Sprintf("%d goroutines and %d files are left, %d and %d were there before", g, f, goroutines, files)
	})
	t.Logf("%d SIGHUPs, %d reloads, %d of them wrong; goroutines %d before and %d after, files %d and %d", reloads, int(good+bad), int(bad), goroutines, g, files, f)
	p.stop(t)
}

const stressConfig = `
targets:
  buffered: {max_concurrent: 200, queue: 400, queue_timeout: 500ms, timeout: 2s}
  streamed: {mode: stream, timeout: 2s}
  none: {function: streamed}
by_name: [buffered, streamed, none]
max_bytes_in_flight: 24MiB
`

// stressed is a Lambda that misbehaves, and knows what has run.
type stressed struct {
	functions locallambda.Functions
	runs      *locallambda.Counter
}

func newStressed() *stressed {
	s := &stressed{runs: &locallambda.Counter{
		Nonce: nonceOf,
		Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			switch n := rand.N(500); {
			case n == 0:
				sleepOr(r, 3*time.Second) // longer than the gateway waits
			case n < 25:
				sleepOr(r, 50*time.Millisecond)
			}
			w.Header().Set("X-Nonce", r.Header.Get("X-Nonce"))
			_, _ = w.Write(body)
		})),
	}}
	failed := &vialambda.InvokeError{Code: "ServiceException", Status: http.StatusInternalServerError}
	faults := func(seed uint64) *locallambda.Faults {
		return &locallambda.Faults{Invoker: s.runs, Seed: seed, Rules: []locallambda.FaultRule{
			{Probability: .05, Delay: 10 * time.Millisecond},
			{Probability: .05, Error: locallambda.Throttle(0)},
			{Probability: .03, Error: failed},
			{Probability: .03, Error: failed, At: locallambda.AfterRun},
			{Probability: .03, Cut: true},
			{Probability: .03, Cut: true, At: locallambda.AfterRun},
			{Probability: .03, Cut: true, At: locallambda.InAnswer},
		}}
	}
	s.functions = locallambda.Functions{"buffered": faults(1), "streamed": faults(2)}
	return s
}

func sleepOr(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

var nonceField = regexp.MustCompile(`"[Xx]-[Nn]once":"([^"]+)"`)

// nonceOf finds X-Nonce in an event.
func nonceOf(in *vialambda.Invocation) string {
	if m := nonceField.FindSubmatch(in.Payload); m != nil {
		return string(m[1])
	}
	return ""
}

// load is the requests and what became of them.
type load struct {
	url    string
	lambda *stressed
	until  time.Time

	requests, answered, broken, dials, posts, ranTwice atomic.Int64
	statuses                                           [600]atomic.Int64
}

// run sends requests over one connection, one after another.
func (l *load) run(t *testing.T, worker int) {
	transport := &http.Transport{MaxConnsPerHost: 1, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		l.dials.Add(1)
		return new(net.Dialer).DialContext(ctx, network, address)
	}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	for n := 0; time.Now().Before(l.until); n++ {
		l.one(t, client, fmt.Sprintf("n%d-%d", worker, n), n)
	}
}

func (l *load) one(t *testing.T, client *http.Client, nonce string, n int) {
	target := [...]string{"buffered", "streamed"}[n%2]
	method, body := http.MethodPost, nonce+strings.Repeat(".", rand.N(20_000))
	if n%5 == 0 {
		method, body = http.MethodGet, ""
	} else {
		l.posts.Add(1)
	}
	req, err := http.NewRequest(method, l.url+"/"+target+"/x", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return
	}
	req.Header.Set("X-Nonce", nonce)
	req.GetBody = nil // net/http must not send anything twice
	l.requests.Add(1)
	resp, err := client.Do(req)
	var got []byte
	if err == nil {
		got, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	ran := l.lambda.runs.Executions(nonce)
	if ran > 1 {
		l.ranTwice.Add(1)
		if method == http.MethodPost {
			t.Errorf("POST %s ran %d times", nonce, ran)
		}
	}
	switch {
	case err != nil && target == "streamed":
		l.broken.Add(1)
	case err != nil:
		t.Errorf("%s of a buffered answer: %v", method, err)
	case resp.StatusCode == http.StatusOK && (string(got) != body || resp.Header.Get("X-Nonce") != nonce || ran == 0):
		t.Errorf("%s got another's answer, or a part of it: %d bytes of %d", nonce, len(got), len(body))
	case (resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusServiceUnavailable) && method == http.MethodPost && ran != 0:
		t.Errorf("%s was told %d, and ran", nonce, resp.StatusCode)
	default:
		l.answered.Add(1)
		l.statuses[resp.StatusCode].Add(1)
	}
}

// report checks that the load was one, and that all of it was answered.
func (l *load) report(t *testing.T) {
	var codes []string
	for code := range l.statuses {
		n := l.statuses[code].Load()
		if n == 0 {
			continue
		}
		codes = append(codes, fmt.Sprintf("%d × %d", n, code))
		switch code {
		case 200, 429, 502, 503, 504:
		default:
			t.Errorf("status %d has no business here", code)
		}
	}
	t.Logf("%d requests (%d POST) over %d connections: %s, %d broken off; %d GETs ran more than once",
		l.requests.Load(), l.posts.Load(), l.dials.Load(), strings.Join(codes, ", "), l.broken.Load(), l.ranTwice.Load())
	if l.answered.Load()+l.broken.Load() != l.requests.Load() && !t.Failed() {
		t.Errorf("%d requests, %d answers, %d broken off", l.requests.Load(), l.answered.Load(), l.broken.Load())
	}
	for _, code := range []int{200, 502} {
		if l.statuses[code].Load() == 0 {
			t.Errorf("no %d: the load does not test what it should", code)
		}
	}
	if l.broken.Load() == 0 || l.ranTwice.Load() == 0 {
		t.Error("no stream broke, or no GET was sent again: the load does not test what it should")
	}
}
