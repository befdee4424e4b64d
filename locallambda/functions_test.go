package locallambda_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// invokeAll invokes and reads the payload to its end.
func invokeAll(t *testing.T, invoker vialambda.Invoker, in *vialambda.Invocation) (*vialambda.Result, string, error) {
	t.Helper()
	res, err := invoker.Invoke(t.Context(), in)
	if err != nil {
		return nil, "", err
	}
	defer res.Payload.Close()
	payload, err := io.ReadAll(res.Payload)
	return res, string(payload), err
}

// named is a function that answers with its name.
func named(name string) locallambda.Func {
	return func(context.Context, []byte) ([]byte, error) { return []byte(`"` + name + `"`), nil }
}

func TestFunctionsRoutes(t *testing.T) {
	functions := locallambda.Functions{"orders": named("orders"), "orders:prod": named("orders of prod"), "Orders": named("Orders")}
	for _, test := range []struct{ function, qualifier, want string }{
		{"orders", "", `"orders"`},
		{"Orders", "", `"Orders"`}, // C1
		{"orders:prod", "", `"orders of prod"`},
		{"orders", "prod", `"orders of prod"`},
		{"orders", "test", `"orders"`},
		{"123456789012:function:orders", "", `"orders"`},
		{"arn:aws:lambda:eu-west-1:111122223333:function:orders:prod", "", `"orders of prod"`},
	} {
		_, payload, err := invokeAll(t, functions, &vialambda.Invocation{Function: test.function, Qualifier: test.qualifier})
		if payload != test.want || err != nil {
			t.Errorf("%s, %q: %s, %v; want %s", test.function, test.qualifier, payload, err, test.want)
		}
	}
}

func TestFunctionsNotFound(t *testing.T) {
	for _, test := range []struct{ function, qualifier, message string }{
		{"absent", "", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent"},
		{"absent", "prod", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent:prod"},
		{"absent:$LATEST", "", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent:$LATEST"},
		{"arn:aws:lambda:eu-west-1:111122223333:function:absent", "", "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:absent"},
	} {
		for _, functions := range []locallambda.Functions{nil, {"present": named("present")}} {
			_, err := functions.Invoke(t.Context(), &vialambda.Invocation{Function: test.function, Qualifier: test.qualifier})
			e, ok := errors.AsType[*vialambda.InvokeError](err)
			if !ok || e.Status != 404 || e.Code != "ResourceNotFoundException" || e.Message != test.message || e.MayHaveRun {
				t.Errorf("%s, %q: %+v", test.function, test.qualifier, err)
			}
		}
	}
}

func TestFunctionsCheckPayload(t *testing.T) {
	big := func(n int) []byte { return append(bytes.Repeat([]byte{' '}, n-1), '0') }
	const notJSON = "Could not parse request body into json: Could not parse payload into json: "
	for _, test := range []struct {
		name    string
		in      vialambda.Invocation
		status  int
		code    string
		message string
	}{
		{"largest", vialambda.Invocation{Payload: big(6_291_456)}, 0, "", ""},
		{"larger", vialambda.Invocation{Payload: big(6_291_457)}, 413, "RequestEntityTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{"streamed, larger", vialambda.Invocation{Payload: big(6_291_457), Stream: true}, 413, "RequestEntityTooLargeException", "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
		{"largest dry run", vialambda.Invocation{Payload: big(6_291_456), Type: vialambda.DryRun}, 0, "", ""},
		{"event, larger", vialambda.Invocation{Payload: big(1<<20 + 1), Type: vialambda.Event}, 413, "RequestEntityTooLargeException", "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)"},
		{"not JSON", vialambda.Invocation{Payload: []byte(`{'a'}`)}, 400, "InvalidRequestContentException", notJSON + "invalid character '\\'' looking for beginning of object key string at byte 2"},
		{"cut off", vialambda.Invocation{Payload: []byte(`{"a"`)}, 400, "InvalidRequestContentException", notJSON + "unexpected end of JSON input at byte 4"},
		{"not JSON, event", vialambda.Invocation{Payload: []byte(`x`), Type: vialambda.Event}, 400, "InvalidRequestContentException", notJSON},
		{"not JSON, dry run", vialambda.Invocation{Payload: []byte(`x`), Type: vialambda.DryRun}, 400, "InvalidRequestContentException", notJSON},
		{"streamed event", vialambda.Invocation{Type: vialambda.Event, Stream: true}, 400, "ValidationException", "Member must satisfy enum value set: [RequestResponse, DryRun]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ran := 0
			fn := locallambda.Func(func(context.Context, []byte) ([]byte, error) { ran++; return nil, nil })
			// Called without Functions in front, a function checks for itself.
			for _, invoker := range []vialambda.Invoker{locallambda.Functions{"fn": fn}, fn, locallambda.Timeout{Invoker: fn}} {
				ran = 0
				in := test.in
				in.Function = "fn"
				_, _, err := invokeAll(t, invoker, &in)
				if test.status == 0 {
					if want := map[bool]int{true: 0, false: 1}[in.Type == vialambda.DryRun]; err != nil || ran != want {
						t.Errorf("%T: %v, ran %d times", invoker, err, ran)
					}
					continue
				}
				e, ok := errors.AsType[*vialambda.InvokeError](err)
				if !ok || e.Status != test.status || e.Code != test.code || !strings.Contains(e.Message, test.message) || e.MayHaveRun || ran != 0 {
					t.Errorf("%T: %+v, ran %d times", invoker, err, ran)
				}
			}
		})
	}
}

func TestFunctionsEmptyPayload(t *testing.T) {
	fn := locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) { return payload, nil })
	in := &vialambda.Invocation{Function: "fn"}
	if _, payload, err := invokeAll(t, locallambda.Functions{"fn": fn}, in); payload != "{}" || err != nil || in.Payload != nil {
		t.Errorf("the function got %q, %v; the caller's payload is %q", payload, err, in.Payload)
	}
}

func TestFunctionsEvent(t *testing.T) {
	for name, test := range map[string]struct {
		failures int
		runs     int
	}{
		"succeeds":        {0, 1},
		"fails once":      {1, 2},
		"fails for ever":  {9, 3},
		"fails two times": {2, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var ids, payloads []string
				fn := locallambda.Func(func(ctx context.Context, payload []byte) ([]byte, error) {
					c := locallambda.FromContext(ctx)
					mu.Lock()
					defer mu.Unlock()
					ids, payloads = append(ids, c.RequestID), append(payloads, string(payload))
					if c.ClientContext != nil {
						t.Errorf("client context %s", c.ClientContext)
					}
					if ctx.Err() != nil {
						t.Errorf("the caller's context: %v", ctx.Err())
					}
					if len(ids) <= test.failures {
						return nil, errors.New("not yet")
					}
					return nil, nil
				})
				ctx, cancel := context.WithCancel(t.Context())
				res, err := locallambda.Functions{"fn": fn}.Invoke(ctx, &vialambda.Invocation{
					Function: "fn", Type: vialambda.Event, Payload: []byte(`{"a":1}`), ClientContext: []byte(`{}`),
				})
				cancel()
				if err != nil || res.Status != 202 || res.Version != "" || res.RequestID == "" {
					t.Fatalf("%+v, %v", res, err)
				}
				if rest, err := io.ReadAll(res.Payload); len(rest) > 0 || err != nil {
					t.Errorf("payload %q, %v", rest, err)
				}
				time.Sleep(time.Hour)
				mu.Lock()
				defer mu.Unlock()
				if len(ids) != test.runs || len(slices.Compact(ids)) != 1 || ids[0] != res.RequestID || slices.Compact(payloads)[0] != `{"a":1}` {
					t.Errorf("ran as %v with %v, want %d runs of %s", ids, payloads, test.runs, res.RequestID)
				}
			})
		})
	}
}

func TestFunctionsDryRun(t *testing.T) {
	fn := locallambda.Func(func(context.Context, []byte) ([]byte, error) { t.Error("it ran"); return nil, nil })
	res, payload, err := invokeAll(t, locallambda.Functions{"fn": fn}, &vialambda.Invocation{Function: "fn", Type: vialambda.DryRun})
	if err != nil || res.Status != 204 || payload != "" || res.Version != "" {
		t.Errorf("%+v, %q, %v", res, payload, err)
	}
}

// What Functions bounds is the answer of every function, whoever wrote it.
func TestFunctionsAnswerTooLarge(t *testing.T) {
	const document = `{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}`
	answering := func(n int, size bool) vialambda.InvokerFunc {
		return func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			res := &vialambda.Result{Payload: io.NopCloser(io.LimitReader(nullBytes{}, int64(n)))}
			if size {
				res.Size = int64(n)
			}
			return res, nil
		}
	}
	ownAnswer := func(n int) locallambda.Func {
		return func(context.Context, []byte) ([]byte, error) { return make([]byte, n), nil }
	}
	for name, fn := range map[string]func(n int) vialambda.Invoker{
		"of unknown size": func(n int) vialambda.Invoker { return answering(n, false) },
		"of known size":   func(n int) vialambda.Invoker { return answering(n, true) },
		"of a Func":       func(n int) vialambda.Invoker { return ownAnswer(n) },
	} {
		t.Run(name, func(t *testing.T) {
			res, payload, err := invokeAll(t, locallambda.Functions{"fn": fn(6_291_557)}, &vialambda.Invocation{Function: "fn"})
			if payload != document || res.FunctionError != "Unhandled" || err != nil || res.Size != int64(len(document)) {
				t.Errorf("%+v, %.200s, %v", res, payload, err)
			}
			res, payload, err = invokeAll(t, locallambda.Functions{"fn": fn(6_291_556)}, &vialambda.Invocation{Function: "fn"})
			if len(payload) != 6_291_556 || res.FunctionError != "" || err != nil || res.Size != 6_291_556 {
				t.Errorf("%+v, %.200s, %v", res, payload, err)
			}
		})
	}
	// The limit of what is not a stream does not grow by being asked for as one.
	_, _, err := invokeAll(t, locallambda.Functions{"fn": ownAnswer(6_291_557)}, &vialambda.Invocation{Function: "fn", Stream: true})
	if e, ok := errors.AsType[*vialambda.FunctionError](err); !ok || e.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("asked for as a stream: %v", err)
	}
}

func TestFunctionsStreamTooLarge(t *testing.T) {
	const limit = 200 << 20
	for _, over := range []int64{0, 1} {
		closed := false
		fn := vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return &vialambda.Result{Payload: &closing{io.LimitReader(nullBytes{}, limit+over), &closed}}, nil
		})
		res, err := locallambda.Functions{"fn": fn}.Invoke(t.Context(), &vialambda.Invocation{Function: "fn", Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, res.Payload, make([]byte, 1<<20))
		if n != limit {
			t.Errorf("%d bytes over: read %d", over, n)
		}
		e, failed := errors.AsType[*vialambda.FunctionError](err)
		if over == 0 && err != nil || over > 0 && (!failed || e.Type != "Function.ResponseSizeTooLarge" || e.RequestID != res.RequestID || !closed) {
			t.Errorf("%d bytes over: %v, closed %v", over, err, closed)
		}
		if _, again := res.Payload.Read(make([]byte, 1)); over > 0 && !errors.Is(again, err) {
			t.Errorf("then %v", again)
		}
	}
}

type nullBytes struct{}

func (nullBytes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type closing struct {
	io.Reader
	closed *bool
}

func (c *closing) Close() error { *c.closed = true; return nil }

func TestFunctionsCloseIdleConnections(t *testing.T) {
	var asked idle
	locallambda.Functions{"a": named("a"), "b": locallambda.Timeout{Invoker: &asked}}.CloseIdleConnections()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

type idle int

func (i *idle) CloseIdleConnections() { *i++ }

func (i *idle) Invoke(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
	return nil, errors.ErrUnsupported
}
