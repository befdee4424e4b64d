package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/event"
	"github.com/vialambda/vialambda/locallambda"
)

// slowly answers after a while, or, if it heeds its context, when that ends.
func slowly(after time.Duration, heeds bool) locallambda.Func {
	return func(ctx context.Context, _ []byte) ([]byte, error) {
		fmt.Fprintln(locallambda.FromContext(ctx).Log, "begun")
		done := ctx.Done()
		if !heeds {
			done = nil
		}
		select {
		case <-time.After(after):
			return []byte(`"done"`), nil
		case <-done:
			return nil, ctx.Err()
		}
	}
}

// elsewhere is an Invoker that is no function of this package and ends with its
// context, like one over a network.
func elsewhere(after time.Duration) vialambda.InvokerFunc {
	return func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		select {
		case <-time.After(after):
			return reply(`"done"`)(ctx, in)
		case <-ctx.Done():
			return nil, &vialambda.InvokeError{MayHaveRun: true, Err: ctx.Err()}
		}
	}
}

func TestTimeout(t *testing.T) {
	type want struct {
		seconds string // of the function's timeout; "": it answers
		after   time.Duration
	}
	second := func(fn vialambda.Invoker) vialambda.Invoker {
		return locallambda.Timeout{Invoker: fn, After: time.Second}
	}
	for name, test := range map[string]struct {
		fn vialambda.Invoker
		want
	}{
		"in time":                {second(slowly(999*time.Millisecond, false)), want{"", 999 * time.Millisecond}},
		"at the last instant":    {second(slowly(time.Second, false)), want{"1.00", time.Second}},
		"too late":               {second(slowly(time.Minute, false)), want{"1.00", time.Second}},
		"stops at its deadline":  {second(slowly(time.Minute, true)), want{"1.00", time.Second}},
		"fraction":               {locallambda.Timeout{Invoker: slowly(time.Hour, true), After: 1500 * time.Millisecond}, want{"1.50", 1500 * time.Millisecond}},
		"default":                {locallambda.Timeout{Invoker: slowly(time.Hour, true)}, want{"3.00", 3 * time.Second}},
		"without one":            {slowly(899*time.Second, true), want{"", 899 * time.Second}},
		"without one, for ever":  {slowly(24*time.Hour, true), want{"900.00", 900 * time.Second}},
		"within a longer one":    {locallambda.Timeout{Invoker: second(slowly(time.Hour, true)), After: time.Minute}, want{"1.00", time.Second}},
		"around a longer one":    {second(locallambda.Timeout{Invoker: slowly(time.Hour, true), After: time.Minute}), want{"1.00", time.Second}},
		"elsewhere, in time":     {second(elsewhere(time.Millisecond)), want{"", time.Millisecond}},
		"elsewhere, too late":    {second(elsewhere(time.Minute)), want{"1.00", time.Second}},
		"among others, too late": {locallambda.Functions{"fn": second(slowly(time.Minute, true))}, want{"1.00", time.Second}},
	} {
		for _, stream := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, stream %t", name, stream), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					begun := time.Now()
					res, payload, err := invokeAll(t, test.fn, &vialambda.Invocation{Function: "fn", Stream: stream, LogTail: true})
					if took := time.Since(begun); took != test.after {
						t.Errorf("after %v, want %v", took, test.after)
					}
					if res == nil {
						t.Fatal(err)
					}
					message := "RequestId: " + res.RequestID + " Error: Task timed out after " + test.seconds + " seconds"
					e, failed := errors.AsType[*vialambda.FunctionError](err)
					switch {
					case test.seconds == "":
						if payload != `"done"` || err != nil || res.FunctionError != "" {
							t.Errorf("%+v, %s, %v", res, payload, err)
						}
						return
					case stream && (!failed || payload != "" || e.Type != "Sandbox.Timedout" || e.Message != message || !e.Timeout()):
						t.Errorf("%s, %+v", payload, err)
					case !stream && (payload != `{"errorMessage":"`+message+`","errorType":"Sandbox.Timedout"}` || res.FunctionError != "Unhandled" || err != nil):
						t.Errorf("%+v, %s, %v", res, payload, err)
					}
					if strings.HasPrefix(name, "elsewhere") {
						return
					}
					log := string(res.LogTail)
					if !strings.HasPrefix(log, "START RequestId: "+res.RequestID+" Version: $LATEST\nbegun\n") ||
						!strings.Contains(log, "Z "+res.RequestID+" Task timed out after "+test.seconds+" seconds\nEND") ||
						!strings.HasSuffix(log, "\tStatus: timeout\t\n") || strings.Count(log, "REPORT") != 1 {
						t.Errorf("log tail %s", log)
					}
					time.Sleep(24 * time.Hour) // lets functions end that do not heed their contexts
				})
			})
		}
	}
}

// That the caller's time is over is no failure of the function.
func TestTimeoutIsNotTheCallers(t *testing.T) {
	for _, fn := range []vialambda.Invoker{slowly(2*time.Second, true), elsewhere(2 * time.Second)} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err := locallambda.Timeout{Invoker: fn, After: time.Minute}.Invoke(ctx, &vialambda.Invocation{})
			if e, ok := errors.AsType[*vialambda.InvokeError](err); !ok || !errors.Is(err, context.DeadlineExceeded) || !e.MayHaveRun {
				t.Errorf("%+v", err)
			}
			time.Sleep(time.Minute)
		})
	}
}

func TestTimeoutInStream(t *testing.T) {
	app := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "begun")
		<-r.Context().Done()
		if _, err := io.WriteString(w, "late"); err == nil {
			t.Error("a write after the deadline succeeds")
		}
	}))
	remote := vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
		r, w := io.Pipe()
		context.AfterFunc(ctx, func() { w.CloseWithError(ctx.Err()) })
		go w.Write(append(event.AppendPrelude(nil, event.RESTAPI, 200, nil), "begun"...))
		return &vialambda.Result{Payload: r}, nil
	})
	for name, fn := range map[string]vialambda.Invoker{"of a handler": app, "from elsewhere": remote} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				in := &vialambda.Invocation{Stream: true, Payload: httpEvent(t, event.RESTAPI, "GET", "/", nil, "")}
				begun := time.Now()
				_, payload, err := invokeAll(t, locallambda.Timeout{Invoker: fn, After: time.Second}, in)
				e, ok := errors.AsType[*vialambda.FunctionError](err)
				if !strings.HasSuffix(payload, "\x00begun") || !ok || e.Type != "Sandbox.Timedout" || time.Since(begun) != time.Second {
					t.Errorf("%q, %v after %v", payload, err, time.Since(begun))
				}
			})
		})
	}
}
