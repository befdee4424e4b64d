package checkout_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// What a function or Lambda can do, and what this service makes of it. Each case
// has functions of its own, so that all run at once.
func TestCheckout(t *testing.T) {
	always := func(rule locallambda.FaultRule) func(vialambda.Invoker) vialambda.Invoker {
		return func(fn vialambda.Invoker) vialambda.Invoker {
			return &locallambda.Faults{Invoker: fn, Rules: []locallambda.FaultRule{rule}}
		}
	}
	first := func(rule locallambda.FaultRule) func(vialambda.Invoker) vialambda.Invoker {
		rule.Calls = []int64{1}
		return always(rule)
	}
	instead := func(h http.HandlerFunc) func(vialambda.Invoker) vialambda.Invoker {
		return func(vialambda.Invoker) vialambda.Invoker { return locallambda.HTTP(h) }
	}
	for _, tc := range []struct {
		name           string
		item           string // if not pen
		prices, orders func(vialambda.Invoker) vialambda.Invoker
		status         int
		text           string
		booked         int64
	}{
		{name: "all is well", status: 200, text: `"cents":240`, booked: 1},
		{name: "no such item", item: "a/b", status: 404},
		{name: "prices fails", prices: instead(func(http.ResponseWriter, *http.Request) { panic("broken") }), status: 502},
		{name: "prices answers 500", prices: instead(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }), status: 502},
		{name: "prices answers no JSON", prices: instead(func(http.ResponseWriter, *http.Request) {}), status: 502},
		{name: "prices is throttled once", prices: first(locallambda.FaultRule{Error: locallambda.Throttle(0)}), status: 200, booked: 1},
		{name: "prices is throttled", prices: always(locallambda.FaultRule{Error: locallambda.Throttle(0)}), status: 503},
		{name: "prices is not allowed", prices: always(locallambda.FaultRule{Error: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}}), status: 502},
		{name: "orders is throttled once", orders: first(locallambda.FaultRule{Error: locallambda.Throttle(0)}), status: 200, booked: 1},
		{name: "orders is cut off after it has run", orders: always(locallambda.FaultRule{Cut: true, At: locallambda.AfterRun}), status: 502, booked: 1},
		{name: "orders is cut off before it runs", orders: always(locallambda.FaultRule{Cut: true}), status: 502}, // nobody can know: not sent again
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var orders ledger
			functions := locallambda.Functions{"prices": pens(), "orders": orders.function()}
			if tc.prices != nil {
				functions["prices"] = tc.prices(functions["prices"])
			}
			if tc.orders != nil {
				functions["orders"] = tc.orders(functions["orders"])
			}
			item := tc.item
			if item == "" {
				item = "pen"
			}
			w := buy(t.Context(), service(functions), item)
			want(t, w, tc.status, tc.text)
			if (w.Header().Get("Retry-After") != "") != (tc.status == 503) {
				t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
			}
			if n := orders.booked.Load(); n != tc.booked {
				t.Errorf("booked %d times, want %d", n, tc.booked)
			}
		})
	}
}

// Two time limits: the function's own, and that of this service's caller. In a
// synctest bubble neither takes any time.
func TestTimeouts(t *testing.T) {
	slow := func(took time.Duration) vialambda.Invoker {
		return locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(took):
				w.Write([]byte(`{"cents":1}`))
			case <-r.Context().Done():
			}
		}))
	}
	for _, tc := range []struct {
		name      string
		limit     time.Duration // of the function; Lambda's default is 3 s
		took      time.Duration
		withdrawn time.Duration // when the caller gives up
		status    int
	}{
		{"in time", 3 * time.Second, 2 * time.Second, time.Minute, 200},
		{"the function is stopped", 3 * time.Second, 4 * time.Second, time.Minute, 504},
		{"the caller gives up", 3 * time.Second, 2 * time.Second, time.Second, 502},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var orders ledger
				s := service(locallambda.Functions{
					"prices": locallambda.Timeout{Invoker: slow(tc.took), After: tc.limit},
					"orders": orders.function(),
				})
				ctx, cancel := context.WithTimeout(t.Context(), tc.withdrawn)
				defer cancel()
				want(t, buy(ctx, s, "pen"), tc.status, "")
				time.Sleep(tc.limit) // as on Lambda, a function that nobody waits for runs on
			})
		})
	}
}

// What the functions get. A handler sees the request; whoever must know the event
// itself, for a function that routes on it, looks at the payload.
func TestEvent(t *testing.T) {
	var got struct {
		Version, RawPath, Body string
		Headers                map[string]string
		RequestContext         struct {
			Stage string
			HTTP  struct{ Method, Path string }
		}
	}
	var called vialambda.Invocation
	orders := recorded{(&ledger{}).function(), &called}
	w := buy(t.Context(), service(locallambda.Functions{"prices": pens(), "orders": orders}), "pen")
	want(t, w, 200, `"cents":240`)

	if called.Function != "orders" || called.Qualifier != "prod" || called.Type != vialambda.RequestResponse {
		t.Errorf("called %s:%s as %v", called.Function, called.Qualifier, called.Type)
	}
	if err := json.Unmarshal(called.Payload, &got); err != nil {
		t.Fatal(err)
	}
	if got.Version != "2.0" || got.RawPath != "/orders" || got.RequestContext.HTTP.Method != "POST" {
		t.Errorf("%+v", got)
	}
	if got.Headers["content-type"] != "application/json" || got.Body != `{"id":"o1","item":"pen","quantity":2,"cents":240}` {
		t.Errorf("%+v", got)
	}
}
