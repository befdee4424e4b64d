package invokertest

import (
	"context"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

const (
	maxRequest = 6_291_456
	maxEvent   = 1 << 20
	maxAnswer  = 6_291_556
)

// text is a JSON string of n bytes.
func text(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }

func (s suite) testAnswers(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{"fn": vialambda.InvokerFunc(echo)})
	modes(t, func(t *testing.T, stream bool) {
		for _, payload := range []string{
			"", "1", "null", `{"a":"ü\u0000"}`, " [1] ", text(100), text(64 << 10), text(1 << 20), text(maxRequest),
		} {
			in := &vialambda.Invocation{Function: "fn", Payload: []byte(payload), Stream: stream}
			if payload == "" {
				in.Payload = nil
				payload = "{}" // what the function is given instead
			}
			before := *in
			res, err := invoker.Invoke(t.Context(), in)
			if err != nil {
				t.Fatalf("%d bytes: %v", len(payload), err)
			}
			got, err := io.ReadAll(res.Payload)
			if err != nil || string(got) != payload {
				t.Errorf("%d bytes became %d (%.100q), %v", len(payload), len(got), got, err)
			}
			if res.Status != 200 && res.Status != 0 || res.Size != 0 && res.Size != int64(len(payload)) ||
				res.FunctionError != "" || len(res.LogTail) != 0 || res.Version != "$LATEST" || res.RequestID == "" {
				t.Errorf("%d bytes: %+v", len(payload), res)
			}
			for range 2 { // D3: the end stays the end
				if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err != io.EOF {
					t.Errorf("Read after the end: %d, %v", n, err)
				}
			}
			for range 2 {
				if err := res.Payload.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
			if !reflect.DeepEqual(*in, before) {
				t.Errorf("%d bytes: the Invocation was changed", len(payload))
			}
		}
	})
}

func (s suite) testAnswerSizes(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{
		"empty": reply(""), "fits": reply(text(maxAnswer)), "over": reply(text(maxAnswer + 1)),
	})
	for name, want := range map[string]string{
		"empty": "",
		"fits":  text(maxAnswer),
		"over": `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",` +
			`"errorType":"Function.ResponseSizeTooLarge"}`,
	} {
		res, payload := answer(t, invoker, &vialambda.Invocation{Function: name})
		if payload != want || (res.FunctionError != "") != (name == "over") {
			t.Errorf("%s: %d bytes, %.100q, function error %q", name, len(payload), payload, res.FunctionError)
		}
	}
}

func (s suite) testRequestsTooLarge(t *testing.T) {
	for name, in := range map[string]*vialambda.Invocation{
		"buffered": {Payload: []byte(text(maxRequest + 1))},
		"stream":   {Payload: []byte(text(maxRequest + 1)), Stream: true},
		"far over": {Payload: []byte(text(2 * maxRequest))},
		"event":    {Payload: []byte(text(maxEvent + 1)), Type: vialambda.Event},
	} {
		t.Run(name, func(t *testing.T) {
			fn := watch(reply("null"))
			invoker := s.invoker(t, locallambda.Functions{"fn": fn})
			in.Function = "fn"
			e := refusal(t, invoker, in)
			if e.Status != 413 || e.Code != "RequestEntityTooLargeException" || e.MayHaveRun {
				t.Errorf("%+v", e)
			}
			if n := fn.executed.Total(); n != 0 {
				t.Errorf("%d executions", n)
			}
		})
	}
}

func (s suite) testParameters(t *testing.T) {
	var got vialambda.Invocation
	invoker := s.invoker(t, locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			got = *in
			return reply("null")(ctx, in)
		}),
	})
	modes(t, func(t *testing.T, stream bool) {
		in := &vialambda.Invocation{
			Function: "fn", Qualifier: "7", Payload: []byte(`{"a":1}`), Stream: stream,
			ClientContext: []byte(`{"custom":{"a":"ü"}}`), TenantID: "blue", TraceHeader: "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1",
		}
		if !stream {
			in.DurableName = "run-1"
		}
		res, _ := answer(t, invoker, in)
		if res.Version != "7" {
			t.Errorf("version %q", res.Version)
		}
		if !reflect.DeepEqual(got, *in) {
			t.Errorf("sent %+v\ngot  %+v", *in, got)
		}
	})
}

func (s suite) testNames(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{"My_fn-1": reply("null")})
	modes(t, func(t *testing.T, stream bool) {
		for _, name := range []string{
			"My_fn-1", "My_fn-1:prod", "My_fn-1:$LATEST", "123456789012:function:My_fn-1",
			"arn:aws:lambda:us-east-1:123456789012:function:My_fn-1", "arn:aws:lambda:us-east-1:123456789012:function:My_fn-1:$LATEST",
		} {
			answer(t, invoker, &vialambda.Invocation{Function: name, Stream: stream})
		}
		// C1: names are told apart by case.
		if e := refusal(t, invoker, &vialambda.Invocation{Function: "my_fn-1", Stream: stream}); e.Status != 404 {
			t.Errorf("in lower case: %+v", e)
		}
		if e := refusal(t, invoker, &vialambda.Invocation{Function: "My_fn-1:prod", Qualifier: "test", Stream: stream}); e.Status != 400 || e.MayHaveRun {
			t.Errorf("two qualifiers: %+v", e)
		}
	})
}

func (s suite) testLogTail(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			res, err := reply("null")(ctx, in)
			if in.LogTail {
				res.LogTail = []byte(logText)
			}
			return res, err
		}),
	})
	for _, asked := range []bool{true, false} {
		res, _ := answer(t, invoker, &vialambda.Invocation{Function: "fn", LogTail: asked})
		if want := map[bool]string{true: logText}[asked]; string(res.LogTail) != want {
			t.Errorf("asked %v: %q", asked, res.LogTail)
		}
	}
}

func (s suite) testEvent(t *testing.T) {
	ran := make(chan string, 10)
	invoker := s.invoker(t, locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			ran <- string(in.Payload)
			return reply("null")(ctx, in)
		}),
	})
	for _, want := range []string{`{"a":1}`, text(maxEvent)} {
		res, payload, err := call(t, invoker, &vialambda.Invocation{Function: "fn", Type: vialambda.Event, Payload: []byte(want)})
		if err != nil || res.Status != 202 || payload != "" || res.FunctionError != "" || res.RequestID == "" {
			t.Fatalf("%+v, %q, %v", res, payload, err)
		}
		if got := <-ran; got != want {
			t.Errorf("the function got %.100q", got)
		}
	}
	e := refusal(t, invoker, &vialambda.Invocation{Function: "absent", Type: vialambda.Event})
	if e.Status != 404 {
		t.Errorf("of no function: %+v", e)
	}
}

func (s suite) testDryRun(t *testing.T) {
	fn := watch(reply("null"))
	invoker := s.invoker(t, locallambda.Functions{"fn": fn})
	modes(t, func(t *testing.T, stream bool) {
		res, payload, err := call(t, invoker, &vialambda.Invocation{Function: "fn", Type: vialambda.DryRun, Stream: stream})
		if err != nil || res.Status != 204 || payload != "" || fn.executed.Total() != 0 {
			t.Errorf("%+v, %q, %v after %d executions", res, payload, err, fn.executed.Total())
		}
		e := refusal(t, invoker, &vialambda.Invocation{Function: "absent", Type: vialambda.DryRun, Stream: stream})
		if e.Status != 404 {
			t.Errorf("of no function: %+v", e)
		}
	})
}

func (s suite) testConcurrency(t *testing.T) {
	fn := watch(vialambda.InvokerFunc(echo))
	invoker := s.invoker(t, locallambda.Functions{"fn": fn})
	const calls = 1000
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			want := fmt.Sprintf(`{"call":%d}`, i)
			in := &vialambda.Invocation{Function: "fn", Payload: []byte(want), Stream: i%4 == 0}
			if _, got, err := call(t, invoker, in); err != nil || got != want {
				t.Errorf("call %d: %q, %v", i, got, err)
			}
		})
	}
	wg.Wait()
	if n := fn.executed.Total(); n != calls {
		t.Errorf("%d executions of %d calls", n, calls)
	}
}

func (s suite) testClosingEarly(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{"fn": reply(text(500_000))})
	for i := range 30 {
		res, err := invoker.Invoke(t.Context(), &vialambda.Invocation{Function: "fn"})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			res.Payload.Read(make([]byte, 10)) //nolint:errcheck // it is closed next
		}
		if err := res.Payload.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	answer(t, invoker, &vialambda.Invocation{Function: "fn"})
}

func (s suite) testIdleConnections(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{"fn": reply("null")})
	for range 3 {
		answer(t, invoker, &vialambda.Invocation{Function: "fn"})
		if c, ok := invoker.(interface{ CloseIdleConnections() }); ok {
			c.CloseIdleConnections()
		}
	}
}
