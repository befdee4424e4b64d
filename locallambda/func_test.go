package locallambda_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

func TestFunc(t *testing.T) {
	for name, test := range map[string]struct{ answer, want string }{
		"text":    {`{"a":1}`, `{"a":1}`},
		"nothing": {"", "null"},
	} {
		fn := locallambda.Func(func(_ context.Context, payload []byte) ([]byte, error) {
			if string(payload) != `{"in":1}` {
				t.Errorf("payload %s", payload)
			}
			if test.answer == "" {
				return nil, nil
			}
			return []byte(test.answer), nil
		})
		for _, stream := range []bool{false, true} {
			res, payload, err := invokeAll(t, fn, &vialambda.Invocation{Payload: []byte(`{"in":1}`), Stream: stream})
			if payload != test.want || err != nil || res.FunctionError != "" || res.Status != 200 || res.Version != "$LATEST" || res.RequestID == "" || res.LogTail != nil {
				t.Errorf("%s: %+v, %q, %v", name, res, payload, err)
			}
		}
	}
}

type ownError struct{ code int }

func (e ownError) Error() string { return fmt.Sprint("code ", e.code) }

func TestFuncErrors(t *testing.T) {
	for _, test := range []struct {
		err                error
		errorType, message string
	}{
		{errors.New("boom <1>"), "errorString", "boom <1>"},
		{ownError{3}, "ownError", "code 3"},
		{&ownError{4}, "ownError", "code 4"},
		{&fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}, "PathError", "open x: file does not exist"},
		{fmt.Errorf("wrapped: %w", ownError{5}), "wrapError", "wrapped: code 5"},
		{&vialambda.FunctionError{Type: "OutOfStock", Message: "no more"}, "OutOfStock", "no more"},
	} {
		fn := locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte("ignored"), test.err })
		res, payload, err := invokeAll(t, fn, &vialambda.Invocation{})
		document, _ := json.Marshal(map[string]string{"errorMessage": test.message, "errorType": test.errorType})
		if payload != string(document) || res.FunctionError != "Unhandled" || err != nil {
			t.Errorf("%+v, %s, %v; want %s", res, payload, err, document)
		}
		_, payload, err = invokeAll(t, fn, &vialambda.Invocation{Stream: true})
		e, ok := errors.AsType[*vialambda.FunctionError](err)
		if payload != "" || !ok || e.Kind != "Unhandled" || e.Type != test.errorType || e.Message != test.message || e.RequestID == "" {
			t.Errorf("as a stream: %q, %+v", payload, err)
		}
	}
}

func TestFuncPanics(t *testing.T) {
	var nobody map[string]int
	for _, test := range []struct {
		name, errorType, message string
		panics                   func()
	}{
		{"string", "string", "broken", func() { panic("broken") }},
		{"error", "ownError", "code 9", func() { panic(ownError{9}) }},
		{"runtime error", "plainError|Error|boundsError", "assignment to entry in nil map", func() { nobody["a"] = 1 }},
		{"nil", "PanicNilError", "panic called with nil argument", func() { panic(nil) }},
		{"exit of the goroutine", "Runtime.ExitError", "Error: Runtime exited without providing a reason", runtime.Goexit},
	} {
		t.Run(test.name, func(t *testing.T) {
			fn := locallambda.Func(func(context.Context, []byte) ([]byte, error) {
				innermost(test.panics)
				return nil, nil
			})
			res, payload, err := invokeAll(t, fn, &vialambda.Invocation{LogTail: true})
			var document struct {
				ErrorMessage, ErrorType string
				StackTrace              []struct {
					Path, Label string
					Line        int
				}
			}
			if err != nil || res.FunctionError != "Unhandled" || json.Unmarshal([]byte(payload), &document) != nil {
				t.Fatalf("%+v, %s, %v", res, payload, err)
			}
			if ok, _ := regexp.MatchString("^("+test.errorType+")$", document.ErrorType); !ok || !strings.HasSuffix(document.ErrorMessage, test.message) {
				t.Errorf("%s: %s", document.ErrorType, document.ErrorMessage)
			}
			if test.name == "exit of the goroutine" {
				if document.StackTrace != nil || !strings.HasPrefix(document.ErrorMessage, "RequestId: "+res.RequestID+" ") {
					t.Errorf("%s", payload)
				}
				return
			}
			// From the function that panicked to the handler, no further.
			trace := document.StackTrace
			labels := ""
			for _, frame := range trace {
				labels += frame.Label + " "
				if frame.Path != "github.com/vialambda/vialambda/locallambda_test/func_test.go" || frame.Line == 0 {
					t.Errorf("frame %+v", frame)
				}
			}
			if len(trace) != 3 || !strings.Contains(labels, "innermost ") || !strings.Contains(trace[2].Label, "TestFuncPanics") {
				t.Errorf("stack %q", labels)
			}
			if !strings.Contains(string(res.LogTail), payload+"\nEND RequestId") {
				t.Errorf("the log does not have the document: %s", res.LogTail)
			}
		})
	}
}

//go:noinline
func innermost(panics func()) { panics() }

func TestFuncContext(t *testing.T) {
	type key struct{}
	synctest.Test(t, func(t *testing.T) {
		fn := locallambda.Func(func(ctx context.Context, _ []byte) ([]byte, error) {
			deadline, ok := ctx.Deadline()
			if left := time.Until(deadline); !ok || left != 900*time.Second {
				t.Errorf("%v left", left)
			}
			c := locallambda.FromContext(ctx)
			return fmt.Appendf(nil, "%s %s %s %s %s %s %v", c.RequestID, c.FunctionARN, c.Version, c.ClientContext, c.TenantID, c.TraceHeader, ctx.Value(key{})), nil
		})
		ctx := context.WithValue(t.Context(), key{}, "value")
		res, err := locallambda.Functions{"orders": fn}.Invoke(ctx, &vialambda.Invocation{
			Function: "orders", Qualifier: "7", ClientContext: []byte(`{"a":1}`), TenantID: "blue", TraceHeader: "Root=1",
		})
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, res.Size)
		res.Payload.Read(got)
		want := res.RequestID + ` arn:aws:lambda:us-east-1:123456789012:function:orders:7 7 {"a":1} blue Root=1 value`
		if string(got) != want || res.Version != "7" {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	outside := locallambda.FromContext(t.Context())
	if n, err := fmt.Fprint(outside.Log, "lost"); outside.RequestID != "" || n != 4 || err != nil {
		t.Errorf("outside of a handler: %+v", outside)
	}
}

func TestFuncLogTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fn := locallambda.Func(func(ctx context.Context, payload []byte) ([]byte, error) {
			time.Sleep(3010 * time.Microsecond)
			fmt.Fprintln(locallambda.FromContext(ctx).Log, "working on", string(payload))
			if string(payload) == "0" {
				return nil, errors.New("boom")
			}
			return nil, nil
		})
		for _, stream := range []bool{false, true} {
			for _, payload := range []string{"1", "0"} {
				res, _, err := invokeAll(t, fn, &vialambda.Invocation{Payload: []byte(payload), LogTail: true, Stream: stream})
				if res == nil {
					t.Fatal(err)
				}
				want := strings.ReplaceAll("START RequestId: ID Version: $LATEST\nworking on "+payload+"\nEND RequestId: ID\n"+
					"REPORT RequestId: ID\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t\n", "ID", res.RequestID)
				if string(res.LogTail) != want {
					t.Errorf("got  %q\nwant %q", res.LogTail, want)
				}
				if e, ok := errors.AsType[*vialambda.FunctionError](err); ok != (stream && payload == "0") || ok && string(e.LogTail) != want {
					t.Errorf("error %+v", err)
				}
			}
		}
	})
	long := locallambda.Func(func(ctx context.Context, _ []byte) ([]byte, error) {
		for i := range 10_000 {
			fmt.Fprintf(locallambda.FromContext(ctx).Log, "line %d\n", i)
		}
		return nil, nil
	})
	res, _, err := invokeAll(t, long, &vialambda.Invocation{LogTail: true})
	if err != nil || len(res.LogTail) != 4096 || !strings.Contains(string(res.LogTail), "line 9999\nEND RequestId: ") || !strings.HasSuffix(string(res.LogTail), "\t\n") {
		t.Errorf("%v, %d bytes: %s", err, len(res.LogTail), res.LogTail)
	}
}

// The caller may go: the function runs on, as on Lambda, and its context does
// not end.
func TestFuncOutlivesItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := make(chan error, 1)
		fn := locallambda.Func(func(ctx context.Context, _ []byte) ([]byte, error) {
			time.Sleep(time.Minute)
			ended <- ctx.Err()
			return nil, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		_, err := locallambda.Functions{"fn": fn}.Invoke(ctx, &vialambda.Invocation{Function: "fn"})
		e, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || !errors.Is(err, context.DeadlineExceeded) || !e.MayHaveRun || e.RequestID == "" || e.Status != 0 {
			t.Errorf("%+v", err)
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("Invoke returned after %v", took)
		}
		if err := <-ended; err != nil {
			t.Errorf("the function's context: %v", err)
		}
	})
}

func TestFuncIsNotRunForNobody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fn := locallambda.Func(func(context.Context, []byte) ([]byte, error) { t.Error("it ran"); return nil, nil })
	for _, stream := range []bool{false, true} {
		_, err := fn.Invoke(ctx, &vialambda.Invocation{Stream: stream})
		if e, ok := errors.AsType[*vialambda.InvokeError](err); !ok || !errors.Is(err, context.Canceled) || e.MayHaveRun {
			t.Errorf("%+v", err)
		}
	}
}
