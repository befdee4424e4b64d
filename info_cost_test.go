//go:build !race

package vialambda_test // not under the race detector, which makes sync.Pool forget at random

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// TestInfoAndTraceCostNothingUnused: a request that asks for neither makes none of
// the allocations that measuring makes; one that asks for an Info makes few.
func TestInfoAndTraceCostNothingUnused(t *testing.T) {
	const payload = `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"ok"}`
	transport := &vialambda.Transport{Invoker: vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(payload)), Size: int64(len(payload))}, nil
	})}
	allocations := func(ctx context.Context) float64 {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http+lambda://f/items?a=b", nil)
		if err != nil {
			t.Fatal(err)
		}
		return testing.AllocsPerRun(200, func() {
			resp, err := transport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		})
	}
	type unrelated struct{}
	without := allocations(context.WithValue(context.Background(), unrelated{}, 1))
	ctx, _ := vialambda.WithInfo(context.Background())
	withInfo := allocations(ctx)
	withTrace := allocations(vialambda.WithTrace(context.Background(), &vialambda.Trace{Done: func(*vialambda.Info, error) {}}))
	t.Logf("%v allocations without, %v with an Info, %v with a Trace", without, withInfo, withTrace)

	// An attempt that is measured has a clock, two hooks of httptrace and the
	// contexts that carry them; a Trace has an Info besides.
	const measuring, most = 4, 12
	if d := withInfo - without; d < measuring || d > most {
		t.Errorf("an Info makes %v allocations more: is nothing measured, or also where nobody asks?", d)
	}
	if withTrace <= withInfo {
		t.Errorf("a Trace makes %v allocations, an Info %v: does a request without either make an Info?", withTrace, withInfo)
	}
}
