package otelvialambda_test

import (
	"context"
	"fmt"
	"log"
	"net/http"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
	otelvialambda "github.com/vialambda/vialambda/otel"
)

// One trace goes through caller, vialambda and function.
func Example() {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	propagator := propagation.TraceContext{}

	// The function, here in this process: what it would do on Lambda too.
	orders := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		_, span := provider.Tracer("orders").Start(ctx, "orders: list items")
		defer span.End()
	})

	client := &http.Client{Transport: &otelvialambda.Transport{
		Base:           &vialambda.Transport{Invoker: locallambda.Functions{"orders": locallambda.HTTP(orders)}},
		TracerProvider: provider,
		Propagator:     propagator,
	}}

	ctx, span := provider.Tracer("shop").Start(context.Background(), "shop: show the page")
	req, err := http.NewRequestWithContext(ctx, "GET", "http+lambda://orders/items", nil)
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	span.End()

	names := map[string]string{}
	for _, s := range spans.GetSpans() {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	for _, s := range spans.GetSpans() {
		same := s.SpanContext.TraceID() == span.SpanContext().TraceID()
		fmt.Printf("%s, of %q, same trace: %t\n", s.Name, names[s.Parent.SpanID().String()], same)
	}
	// Output:
	// orders: list items, of "GET", same trace: true
	// GET, of "shop: show the page", same trace: true
	// shop: show the page, of "", same trace: true
}
