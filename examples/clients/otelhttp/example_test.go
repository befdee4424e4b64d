package otelhttp_test

import (
	"context"
	"fmt"
	"net/http"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/otelhttp"
	"github.com/vialambda/vialambda/locallambda"
)

// otelhttp on both sides: around the Transport, and around the function's handler.
func Example() {
	spans := tracetest.NewInMemoryExporter()
	options := []contrib.Option{
		contrib.WithTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))),
		contrib.WithPropagators(propagation.TraceContext{}),
	}
	orders := contrib.NewHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), "orders", options...)
	client := &http.Client{Transport: otelhttp.New(
		&vialambda.Transport{Invoker: locallambda.Functions{"orders": locallambda.HTTP(orders)}}, options...)}

	req, err := http.NewRequestWithContext(context.Background(), "GET", "http+lambda://orders/items?token=secret", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp, err := client.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close() // ends the client's span

	server, caller := spans.GetSpans()[0], spans.GetSpans()[1]
	fmt.Println(caller.SpanKind, caller.Name, "then", server.SpanKind, server.Name)
	fmt.Println("the function continues the trace:", server.Parent.SpanID() == caller.SpanContext.SpanID())
	for _, a := range caller.Attributes {
		fmt.Printf("%s=%s\n", a.Key, a.Value.String())
	}
	// Output:
	// client HTTP GET then server GET
	// the function continues the trace: true
	// http.request.method=GET
	// url.full=http+lambda://orders/items?REDACTED
	// server.address=orders
	// network.protocol.version=1.1
	// http.response.status_code=200
}
