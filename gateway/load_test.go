package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
)

// TestLoadWithFaults sends requests over many connections while Lambda throttles,
// fails, cuts connections and is slow, and the configuration is reloaded all the
// time. Every request gets one answer, or a broken connection where the fault is
// one; no POST runs twice unless its failure proved that it had not run.
//
// It is in one process, for the race detector; cmd/vialambda loads the command's.
func TestLoadWithFaults(t *testing.T) {
	const duration, connections = 2 * time.Second, 50
	counter := &locallambda.Counter{
		Nonce: nonceOf,
		Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if rand.N(20) == 0 {
				time.Sleep(20 * time.Millisecond)
			}
			w.Header().Set("X-Nonce", r.Header.Get("X-Nonce"))
			_, _ = w.Write(body)
		})),
	}
	faults := func(seed uint64) *locallambda.Faults {
		return &locallambda.Faults{Invoker: counter, Seed: seed, Rules: []locallambda.FaultRule{
			{Probability: .05, Delay: 10 * time.Millisecond},
			{Probability: .05, Error: locallambda.Throttle(0)},
			{Probability: .03, Error: &vialambda.InvokeError{Code: "ServiceException", Status: 500}},
			{Probability: .03, Error: &vialambda.InvokeError{Code: "ServiceException", Status: 500}, At: locallambda.AfterRun},
			{Probability: .03, Cut: true, At: locallambda.AfterRun},
			{Probability: .03, Cut: true, At: locallambda.InAnswer},
		}}
	}
	invoker := locallambda.Functions{"buffered": faults(1), "streamed": faults(2)}
	config := func() gateway.Config {
		var stream gateway.Target
		stream.Mode = vialambda.Stream
		limited := gateway.Target{MaxConcurrent: 20, Queue: 50, QueueTimeout: 500 * time.Millisecond}
		return gateway.Config{
			Invoker: invoker, Targets: map[string]gateway.Target{"buffered": limited, "streamed": stream},
			ByName: []string{"buffered", "streamed"}, MaxBytesInFlight: 16 << 20,
			Retry: vialambda.Retry{BaseDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond},
		}
	}
	gw := mustNew(t, config())
	server := httptest.NewServer(gw)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), duration)
	defer cancel()

	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			if err := gw.Reload(config()); err != nil {
				t.Error(err)
			}
			time.Sleep(duration / 20)
		}
	})
	transport := &http.Transport{MaxIdleConnsPerHost: connections}
	client := &http.Client{Transport: transport}
	var posts, answered, broken atomic.Int64
	var statuses [600]atomic.Int64
	ran := func(nonce string) int { return counter.Executions(nonce) }
	for worker := range connections {
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				nonce := fmt.Sprintf("n%d-%d", worker, n)
				target := []string{"buffered", "streamed"}[n%2]
				body := nonce + strings.Repeat(".", rand.N(20_000))
				method := http.MethodPost
				if n%5 == 0 {
					method, body = http.MethodGet, ""
				}
				req, err := http.NewRequest(method, server.URL+"/"+target+"/x", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				req.Header.Set("X-Nonce", nonce)
				posts.Add(1)
				resp, err := client.Do(req)
				var got []byte
				if err == nil {
					got, err = io.ReadAll(resp.Body)
					resp.Body.Close()
				}
				if method == http.MethodPost && ran(nonce) > 1 {
					t.Errorf("%s ran %d times", nonce, ran(nonce))
				}
				switch {
				case err != nil && target == "streamed":
					broken.Add(1)
				case err != nil:
					t.Errorf("%s of a buffered answer: %v", method, err)
				case resp.StatusCode == 200 && (string(got) != body || resp.Header.Get("X-Nonce") != nonce || ran(nonce) == 0):
					t.Errorf("%s got another's answer, or a part of it: %d bytes of %d", nonce, len(got), len(body))
				default:
					answered.Add(1)
					statuses[resp.StatusCode].Add(1)
				}
			}
		})
	}
	wg.Wait()
	transport.CloseIdleConnections()
	for code := range statuses {
		if n := statuses[code].Load(); n > 0 {
			t.Logf("%d: %d", code, n)
			switch code {
			case 200, 429, 502, 503:
			default:
				t.Errorf("status %d has no business here", code)
			}
		}
	}
	t.Logf("%d requests, %d broken off", posts.Load(), broken.Load())
	if answered.Load()+broken.Load() != posts.Load() && !t.Failed() {
		t.Errorf("%d requests, %d answers, %d broken off", posts.Load(), answered.Load(), broken.Load())
	}
	for _, code := range []int{200, 502} {
		if statuses[code].Load() == 0 {
			t.Errorf("no %d: the load does not test what it should", code)
		}
	}
	server.Close()
	for _, s := range gw.Stats() {
		if s.Requests+s.Running+s.Queued != 0 {
			t.Errorf("left over: %+v", s)
		}
	}
	if n := gw.BytesInFlight(); n != 0 {
		t.Errorf("%d bytes are still counted", n)
	}
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	if bound := uint64(400 << 20); memory.Sys > bound {
		t.Errorf("the process has taken %d MiB, the bound is %d", memory.Sys>>20, bound>>20)
	}
}

// nonceOf finds X-Nonce in an event of a REST API.
func nonceOf(in *vialambda.Invocation) string {
	var event struct {
		Headers map[string]string `json:"headers"`
	}
	if err := json.Unmarshal(in.Payload, &event); err != nil {
		panic(errors.New("the event is no JSON"))
	}
	return event.Headers["X-Nonce"]
}
