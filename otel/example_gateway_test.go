package otelvialambda_test

import (
	"cmp"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/locallambda"
	otelvialambda "github.com/vialambda/vialambda/otel"
)

// A gateway in a program of one's own: a client's trace goes through the gateway
// to the function. gateway.Config.Wrap puts a span around every call, a handler
// around the gateway takes up the client's trace and makes a span of its request.
func Example_gateway() {
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	propagator := propagation.TraceContext{}

	// The function, here in this process: what it would do on Lambda too.
	orders := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		_, span := provider.Tracer("orders").Start(ctx, "orders: "+r.URL.Path)
		defer span.End()
		_, _ = io.WriteString(w, "three items")
	})

	gw, err := gateway.New(gateway.Config{
		Invoker: locallambda.Functions{"orders": locallambda.HTTP(orders)}, // awslambda.New(cfg)
		Targets: map[string]gateway.Target{"orders": {Target: vialambda.Target{LogTail: true}}},
		Routes:  []gateway.Route{{Path: "/api/orders/*", Target: "orders", Strip: true}},
		Wrap: func(next http.RoundTripper) http.RoundTripper {
			return &otelvialambda.Transport{Base: next, TracerProvider: provider, Propagator: propagator}
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	traced := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := propagator.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := provider.Tracer("gateway").Start(ctx, "gateway: "+r.URL.Path, trace.WithSpanKind(trace.SpanKindServer))
		defer span.End()
		gw.ServeHTTP(w, r.WithContext(ctx))
	})
	server := httptest.NewServer(traced)

	// A client in any language, which sends the W3C header.
	req, err := http.NewRequest("GET", server.URL+"/api/orders/items", nil)
	if err != nil {
		log.Fatal(err)
	}
	req.Header.Set("Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode, string(body))
	http.DefaultClient.CloseIdleConnections()
	server.Close() // waits until the gateway's own span has ended, too

	names := map[string]string{"00f067aa0ba902b7": "the client"}
	made := spans.GetSpans()
	for _, s := range made {
		names[s.SpanContext.SpanID().String()] = s.Name
	}
	slices.SortFunc(made, func(a, b tracetest.SpanStub) int { return cmp.Compare(a.Name, b.Name) })
	for _, s := range made {
		fmt.Printf("%s, %s, of %s", s.Name, s.SpanKind, names[s.Parent.SpanID().String()])
		for _, a := range s.Attributes {
			if strings.HasPrefix(string(a.Key), "faas.invoked_name") || a.Key == "http.response.status_code" {
				fmt.Printf(", %s=%s", a.Key, a.Value.String())
			}
		}
		if s.SpanContext.TraceID().String() != "4bf92f3577b34da6a3ce929d0e0e4736" {
			fmt.Print(", of another trace")
		}
		fmt.Println()
	}
	// Output:
	// 200 three items
	// GET, client, of gateway: /api/orders/items, faas.invoked_name=orders, http.response.status_code=200
	// gateway: /api/orders/items, server, of the client
	// orders: /items, internal, of GET
}
