package connectrpc_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/connectrpc"
	ordersv1 "github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1"
	"github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1/ordersv1connect"
	"github.com/vialambda/vialambda/locallambda"
)

// What connect says of a failure, what Code says, and how often the function ran.
func TestCode(t *testing.T) {
	works := locallambda.HTTP(connectrpc.NewFunction())
	panics := locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))
	hangs := locallambda.HTTP(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	always := func(rule locallambda.FaultRule) vialambda.Invoker {
		return &locallambda.Faults{Invoker: works, Rules: []locallambda.FaultRule{rule}}
	}
	for _, tc := range []struct {
		name   string
		fn     vialambda.Invoker
		theirs connect.Code
		ours   connect.Code
	}{
		{"function error", panics, connect.CodeUnavailable, connect.CodeInternal},
		{"function timeout", locallambda.Timeout{Invoker: hangs, After: time.Millisecond}, connect.CodeUnavailable, connect.CodeDeadlineExceeded},
		{"no HTTP answer", locallambda.Func(func(context.Context, []byte) ([]byte, error) { return []byte(`{"statusCode":"x"}`), nil }), connect.CodeUnavailable, connect.CodeInternal},
		{"throttled", always(locallambda.FaultRule{Error: locallambda.Throttle(0)}), connect.CodeUnavailable, connect.CodeUnavailable},
		{"cut", always(locallambda.FaultRule{Cut: true}), connect.CodeUnavailable, connect.CodeUnknown},
		{"denied", always(locallambda.FaultRule{Error: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}}), connect.CodeUnavailable, connect.CodePermissionDenied},
		{"no function", locallambda.Functions{}, connect.CodeUnavailable, connect.CodeUnimplemented},
		{"no such method", locallambda.HTTP(http.NotFoundHandler()), connect.CodeUnimplemented, connect.CodeUnimplemented},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := newOrders(t, tc.fn).AddItem(t.Context(), &ordersv1.Item{Id: "pen", Cents: 1})
			if connect.CodeOf(err) != tc.theirs || connectrpc.Code(err) != tc.ours {
				t.Errorf("connect says %v, Code %v, of %v", connect.CodeOf(err), connectrpc.Code(err), err)
			}
		})
	}
	t.Run("too large", func(t *testing.T) {
		_, err := newOrders(t, works).AddItem(t.Context(), &ordersv1.Item{Id: strings.Repeat("x", 7<<20)})
		if connectrpc.Code(err) != connect.CodeResourceExhausted {
			t.Errorf("%v", err)
		}
	})
	t.Run("withdrawn", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := newOrders(t, works).AddItem(ctx, &ordersv1.Item{Id: "pen"})
		if connectrpc.Code(err) != connect.CodeCanceled {
			t.Errorf("%v", err)
		}
	})
}

// ErrorResponses make gateways' answers of the Transport's errors, which connect
// maps by their status.
func TestErrorResponses(t *testing.T) {
	lambda := &vialambda.Transport{
		Invoker: locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") })),
		Format:  vialambda.FunctionURL, ErrorResponses: true,
	}
	_, err := connectrpc.NewClient(lambda, "orders").AddItem(t.Context(), &ordersv1.Item{})
	if connect.CodeOf(err) != connect.CodeUnavailable {
		t.Errorf("%v", err)
	}
}

// A stream that breaks off is an error, not an end; what is in it is the cause.
func TestBrokenStream(t *testing.T) {
	fn := connectrpc.NewFunction()
	breaking := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fn.ServeHTTP(&short{ResponseWriter: w}, r)
	}))
	out, err := newOrders(t, breaking).WatchItem(t.Context(), &ordersv1.GetItemRequest{Id: "pen"})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	n := 0
	for out.Receive() {
		n++
	}
	if _, ok := errors.AsType[*vialambda.FunctionError](out.Err()); n != 1 || !ok || connectrpc.Code(out.Err()) != connect.CodeInternal {
		t.Errorf("%d messages, then %v", n, out.Err())
	}
}

// short lets one message through, flushed, and breaks.
type short struct{ http.ResponseWriter }

func (s *short) Flush() {
	_ = http.NewResponseController(s.ResponseWriter).Flush()
	panic("broken")
}

func newOrders(t *testing.T, fn vialambda.Invoker, options ...connect.ClientOption) ordersv1connect.OrdersClient {
	t.Helper()
	if fn == nil {
		fn = locallambda.HTTP(connectrpc.NewFunction())
	}
	return connectrpc.NewClient(&vialambda.Transport{
		Invoker: fn, Format: vialambda.FunctionURL, Mode: vialambda.Stream, Retry: vialambda.Retry{BaseDelay: time.Nanosecond},
	}, "orders", options...)
}
