package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

func TestFaultRuleSelects(t *testing.T) {
	throttle := locallambda.Throttle(0)
	broken := &vialambda.InvokeError{Code: "ServiceException", Status: 500}
	isOrders := func(in *vialambda.Invocation) bool { return in.Function == "orders" }
	for _, tt := range []struct {
		name  string
		rules []locallambda.FaultRule
		want  string // a status for each of six calls
	}{
		{"no rule", nil, "[200 200 200 200 200 200]"},
		{"every call", []locallambda.FaultRule{{Error: throttle}}, "[429 429 429 429 429 429]"},
		{"by number", []locallambda.FaultRule{{Calls: []int64{1, 4}, Error: throttle}}, "[429 200 200 429 200 200]"},
		{"by predicate", []locallambda.FaultRule{{Match: isOrders, Error: throttle}}, "[200 429 200 429 200 429]"},
		{"by both", []locallambda.FaultRule{{Match: isOrders, Calls: []int64{1, 2}, Error: throttle}}, "[200 429 200 200 200 200]"},
		{"first rule wins", []locallambda.FaultRule{{Calls: []int64{1}, Error: broken}, {Calls: []int64{1, 2}, Error: throttle}}, "[500 429 200 200 200 200]"},
		{"a delay does not end the search", []locallambda.FaultRule{{Delay: 1}, {Calls: []int64{2}, Error: throttle}}, "[200 429 200 200 200 200]"},
		{"a skew that nobody notices", []locallambda.FaultRule{{ClockSkew: time.Minute}}, "[200 200 200 200 200 200]"},
		{"skew", []locallambda.FaultRule{{ClockSkew: time.Hour, Calls: []int64{3}}}, "[200 200 403 200 200 200]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faults := &locallambda.Faults{Invoker: reply("null"), Rules: tt.rules}
			var got []int
			for i := range 6 {
				_, err := faults.Invoke(t.Context(), &vialambda.Invocation{Function: []string{"items", "orders"}[i%2]})
				if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
					got = append(got, e.Status)
				} else {
					got = append(got, 200)
				}
			}
			if fmt.Sprint(got) != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// The same seed hits the same calls, whichever goroutines make them.
func TestFaultProbability(t *testing.T) {
	hits := func(seed uint64, workers int) int {
		faults := &locallambda.Faults{Invoker: reply("null"), Seed: seed, Rules: []locallambda.FaultRule{
			{Probability: 0.2, Error: locallambda.Throttle(0)},
		}}
		var wg sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range workers {
			wg.Go(func() {
				for range 10_000 / workers {
					if _, err := faults.Invoke(t.Context(), &vialambda.Invocation{}); err != nil {
						mu.Lock()
						n++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		return n
	}
	one := hits(1, 1)
	if one < 1850 || one > 2150 {
		t.Errorf("%d of 10,000 calls hit with probability 0.2", one)
	}
	if many := hits(1, 10); many != one {
		t.Errorf("seed 1 hit %d calls, then %d", one, many)
	}
	if other := hits(2, 1); other == one {
		t.Errorf("seeds 1 and 2 both hit %d calls", one)
	}
}

func TestFaultDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		executions := &locallambda.Counter{Invoker: reply("null")}
		faults := &locallambda.Faults{Invoker: executions, Rules: []locallambda.FaultRule{{Delay: time.Minute}, {Delay: time.Second}}}
		start := time.Now()
		if _, err := faults.Invoke(t.Context(), &vialambda.Invocation{}); err != nil || time.Since(start) != 61*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := faults.Invoke(ctx, &vialambda.Invocation{})
		if e, ok := errors.AsType[*vialambda.InvokeError](err); !ok || e.MayHaveRun || !errors.Is(err, context.DeadlineExceeded) || executions.Total() != 1 {
			t.Errorf("%v, %d executions", err, executions.Total())
		}
	})
}

// Every fault, in process: does the function run, and what may the caller think?
func TestFaultMayHaveRun(t *testing.T) {
	status := func(status int, code string) *vialambda.InvokeError {
		return &vialambda.InvokeError{Status: status, Code: code}
	}
	for _, tt := range []struct {
		name string
		rule locallambda.FaultRule
		runs int
		may  bool
	}{
		{"throttle", locallambda.FaultRule{Error: locallambda.Throttle(0)}, 0, false},
		{"400", locallambda.FaultRule{Error: status(400, "InvalidParameterValueException")}, 0, false},
		{"403", locallambda.FaultRule{Error: status(403, "AccessDeniedException")}, 0, false},
		{"500", locallambda.FaultRule{Error: status(500, "ServiceException")}, 0, true},
		{"500 after", locallambda.FaultRule{Error: status(500, "ServiceException"), At: locallambda.AfterRun}, 1, true},
		{"502 modelled", locallambda.FaultRule{Error: status(502, "ENILimitReachedException")}, 0, false},
		{"502 of a proxy", locallambda.FaultRule{Error: status(502, "")}, 0, true},
		{"503", locallambda.FaultRule{Error: status(503, "ServiceUnavailableException")}, 0, true},
		{"cut before", locallambda.FaultRule{Cut: true}, 0, true},
		{"cut after", locallambda.FaultRule{Cut: true, At: locallambda.AfterRun}, 1, true},
		{"cut in the answer", locallambda.FaultRule{Cut: true, At: locallambda.InAnswer}, 1, true},
		{"skew", locallambda.FaultRule{ClockSkew: -time.Hour}, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			executions := &locallambda.Counter{Invoker: reply("null")}
			functions := locallambda.Functions{"fn": &locallambda.Faults{Invoker: executions, Rules: []locallambda.FaultRule{tt.rule}}}
			_, err := functions.Invoke(t.Context(), &vialambda.Invocation{Function: "fn"})
			e, ok := errors.AsType[*vialambda.InvokeError](err)
			if !ok || e.MayHaveRun != tt.may || executions.Total() != tt.runs {
				t.Errorf("%+v after %d executions", err, executions.Total())
			}
			if errors.Is(err, io.ErrUnexpectedEOF) != tt.rule.Cut {
				t.Errorf("%+v", err)
			}
			if tt.rule.Error != nil && tt.rule.Error.MayHaveRun {
				t.Error("the rule's own error was changed")
			}
		})
	}
}

// A cut over the wire leaves half of an answer whose length was announced, or a
// stream without its end; the SDK's reader of streams does not notice that.
func TestTrapD4Cuts(t *testing.T) {
	large := strings.Repeat("0123456789", 100_000)
	for _, at := range []locallambda.FaultPoint{locallambda.BeforeRun, locallambda.AfterRun, locallambda.InAnswer} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			s := &locallambda.Server{Functions: locallambda.Functions{
				"fn":    &locallambda.Faults{Invoker: reply(large), Rules: []locallambda.FaultRule{{Cut: true, At: at}}},
				"empty": &locallambda.Faults{Invoker: reply(""), Rules: []locallambda.FaultRule{{Cut: true, At: at}}},
			}}
			overBoth(t, s, func(t *testing.T, client *lambda.Client) {
				for _, name := range []string{"fn", "empty"} {
					out, err := client.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &name},
						func(o *lambda.Options) { o.Retryer = aws.NopRetryer{} })
					if err == nil {
						t.Errorf("Invoke of %s: %d bytes and no error", name, len(out.Payload))
					}
					payload, end, err := stream(t, client, &lambda.InvokeWithResponseStreamInput{FunctionName: &name})
					if end != nil || payload == large || (at != locallambda.InAnswer && err == nil) {
						t.Errorf("stream of %s: %d bytes, %+v, %v", name, len(payload), end, err)
					}
					if at == locallambda.InAnswer && name == "fn" && payload == "" {
						t.Error("nothing of the stream arrived")
					}
				}
			})
			// Who knows nothing of frames must not see a clean end either.
			server, http2 := httptest.NewServer(s), httptest.NewUnstartedServer(s)
			defer server.Close()
			http2.EnableHTTP2 = true
			http2.StartTLS()
			defer http2.Close()
			for url, client := range map[string]*http.Client{
				server.URL: server.Client(), http2.URL: http2.Client(), "http://localhost": s.Client(),
			} {
				for _, path := range []string{invokePath, streamPath} {
					res, err := client.Post(url+path, "", nil)
					if err == nil {
						_, err = io.ReadAll(res.Body)
						res.Body.Close()
					}
					if err == nil {
						t.Errorf("%s%s was read to a clean end", url, path)
					}
				}
			}
		})
	}
}

func TestFaultInStream(t *testing.T) {
	functions := locallambda.Functions{"fn": &locallambda.Faults{
		Invoker: chunks(nil, "one", "two"),
		Rules: []locallambda.FaultRule{
			{Calls: []int64{1}, Cut: true, At: locallambda.InAnswer},
			{Calls: []int64{2, 3}, At: locallambda.InAnswer, Error: &vialambda.InvokeError{Code: "ServiceException", Status: 500, Message: "lost"}},
		},
	}}
	read := func() (string, error) {
		res, err := functions.Invoke(t.Context(), &vialambda.Invocation{Function: "fn", Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Payload.Close()
		payload, err := io.ReadAll(res.Payload)
		return string(payload), err
	}
	if payload, err := read(); payload != "one" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %q, %v", payload, err)
	}
	payload, err := read()
	if e, ok := errors.AsType[*vialambda.InvokeError](err); payload != "one" || !ok || e.Code != "ServiceException" {
		t.Errorf("error: %q, %v", payload, err)
	}
	client := sdkClient("http://localhost", functions.Client())
	if payload, end, err := stream(t, client, &lambda.InvokeWithResponseStreamInput{FunctionName: aws.String("fn")}); payload != "one" ||
		end != nil || err == nil || !strings.Contains(err.Error(), "lost") {
		t.Errorf("to the SDK: %q %v %v", payload, end, err)
	}
}

func TestCounter(t *testing.T) {
	counter := &locallambda.Counter{Invoker: reply("null"), Nonce: func(in *vialambda.Invocation) string { return string(in.Payload) }}
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for _, in := range []vialambda.Invocation{
				{Function: "orders", Payload: []byte("a")},
				{Function: "arn:aws:lambda:eu-west-1:111122223333:function:orders:prod", Payload: []byte("b")},
				{Function: "items", Payload: []byte("a")},
				{Function: "items"},
			} {
				counter.Invoke(t.Context(), &in)
			}
		})
	}
	wg.Wait()
	if got := fmt.Sprint(counter.Total(), counter.Function("orders"), counter.Function("items"), counter.Function("x"),
		counter.Executions("a"), counter.Executions("b"), counter.Executions("")); got != "40 20 20 0 20 10 0" {
		t.Error(got)
	}
}
