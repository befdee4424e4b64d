package resty_test

import (
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/resty"
	"github.com/vialambda/vialambda/locallambda"
)

func TestOnceMeansOnce(t *testing.T) {
	cut := []locallambda.FaultRule{{Calls: []int64{1}, Cut: true, At: locallambda.AfterRun}}
	throttled := []locallambda.FaultRule{{Calls: []int64{1}, Error: locallambda.Throttle(0)}}
	for _, tc := range []struct {
		name, method, key string
		rules             []locallambda.FaultRule
		status            int // of the first answer
		runs              int64
	}{
		{name: "POST, connection cut", method: "POST", rules: cut, runs: 1},
		{name: "GET, connection cut", method: "GET", rules: cut, runs: 2}, // the Transport's retry
		{name: "POST, throttled", method: "POST", rules: throttled, runs: 1},
		{name: "POST, 503", method: "POST", status: 503, runs: 1},
		{name: "POST with a key, 503", method: "POST", key: "k", status: 503, runs: 2},
		{name: "GET, 503", method: "GET", status: 503, runs: 2},
		{name: "GET, 500", method: "GET", status: 500, runs: 1},
		{name: "GET, 200", method: "GET", status: 200, runs: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var runs, damaged atomic.Int64
			fn := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, _ := io.ReadAll(r.Body); r.Method == "POST" && string(body) != "two pens" {
					damaged.Add(1)
				}
				if runs.Add(1) == 1 && tc.status != 0 {
					w.WriteHeader(tc.status)
				}
			}))
			client := resty.New(&vialambda.Transport{
				Invoker: &locallambda.Faults{Invoker: fn, Rules: tc.rules},
				Retry:   vialambda.Retry{BaseDelay: time.Nanosecond},
			}, "shop")
			resty.RetryAnswers(client, 3)
			client.SetRetryWaitTime(time.Nanosecond)
			req := client.R().SetContext(t.Context())
			if tc.method == "POST" {
				req.SetBody("two pens")
			}
			if tc.key != "" {
				req.SetHeader("Idempotency-Key", tc.key)
			}
			_, _ = req.Execute(tc.method, "/")
			if runs.Load() != tc.runs || damaged.Load() > 0 {
				t.Errorf("the function ran %d times, want %d; %d times with another body", runs.Load(), tc.runs, damaged.Load())
			}
		})
	}
}

// Why RetryAnswers sets a condition: with a count alone resty runs a failed POST again.
func TestCountAloneRunsTwice(t *testing.T) {
	var runs atomic.Int64
	fn := locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		runs.Add(1)
		panic("broken")
	}))
	client := resty.New(&vialambda.Transport{Invoker: fn}, "shop").SetRetryCount(1).SetRetryWaitTime(time.Nanosecond)
	client.SetLogger(quiet{})
	if _, err := client.R().SetBody("two pens").Post("/"); err == nil || runs.Load() != 2 {
		t.Errorf("%v after %d runs; if that is 1, the default has become safe", err, runs.Load())
	}
}

func TestErrorsStayTyped(t *testing.T) {
	fn := locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))
	client := resty.New(&vialambda.Transport{Invoker: fn}, "shop")
	resty.RetryAnswers(client, 3)
	_, err := client.R().Get("/")
	if failed, ok := errors.AsType[*vialambda.FunctionError](err); !ok || failed.Message != "broken" {
		t.Errorf("%v is no FunctionError", err)
	}
}

// A relative URL, a query and an absolute URL of another function.
func TestURLs(t *testing.T) {
	echo := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.Host+" "+r.URL.RequestURI())
	}))
	client := resty.New(&vialambda.Transport{Invoker: locallambda.Functions{"shop": echo, "other": echo}}, "prod.shop")
	for url, want := range map[string]string{
		"/items/a%2Fb":         "prod.shop.lambda.internal /items/a%2Fb?q=x+y",
		"items":                "prod.shop.lambda.internal /items?q=x+y",
		"http+lambda://other/": "other.lambda.internal /?q=x+y",
	} {
		resp, err := client.R().SetQueryParam("q", "x y").Get(url)
		if err != nil || resp.String() != want {
			t.Errorf("%s: %q, %v; want %q", url, resp, err, want)
		}
	}
}

type quiet struct{}

func (quiet) Errorf(string, ...any) {}
func (quiet) Warnf(string, ...any)  {}
func (quiet) Debugf(string, ...any) {}
