package layers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/httpcache"
	"github.com/vialambda/vialambda/examples/clients/otelhttp"
	retryable "github.com/vialambda/vialambda/examples/clients/retryablehttp"
	"github.com/vialambda/vialambda/locallambda"
)

// The first attempt is throttled, the first answer is a 503, the second is good
// for a minute: two requests make three invocations and two spans.
func Example() {
	runs := 0
	prices := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if runs++; runs == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, "120 cents")
	}))
	invocations := &locallambda.Counter{Invoker: &locallambda.Faults{
		Invoker: locallambda.Functions{"prices": prices},
		Rules:   []locallambda.FaultRule{{Calls: []int64{1}, Error: locallambda.Throttle(0)}},
	}}
	spans := tracetest.NewInMemoryExporter()
	traces := contrib.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans)))

	lambda := &vialambda.Transport{Invoker: invocations, Retry: vialambda.Retry{BaseDelay: time.Millisecond}}
	client := retryable.New(httpcache.New(otelhttp.New(lambda, traces), 1000))
	client.RetryWaitMin = time.Millisecond

	std := client.StandardClient()
	for range 2 {
		req, err := http.NewRequestWithContext(context.Background(), "GET", "http+lambda://prices/pen", nil)
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := std.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, string(body))
	}
	fmt.Println("invocations:", invocations.Total(), "runs:", runs, "spans:", len(spans.GetSpans()))
	// Output:
	// 200 120 cents
	// 200 120 cents
	// invocations: 3 runs: 2 spans: 2
}
