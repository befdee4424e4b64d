package otelvialambda

import (
	"errors"
	"net/http"
	"sync"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/faasconv"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"
)

// Transport is an [http.RoundTripper] that makes spans and metrics of the
// requests that it sends through Base. It keeps the contract that Base keeps.
//
// It is safe for concurrent use. Its fields must not be changed, nor the
// Transport copied, after its first use.
type Transport struct {
	// Base sends the requests: a *vialambda.Transport, or what has one at its
	// bottom, such as [vialambda.Mount] or a cache. Required. Requests that do
	// not reach a function have the attributes of an HTTP client alone.
	Base http.RoundTripper
	// TracerProvider makes the spans; if nil, the global one.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics; if nil, the global one.
	MeterProvider metric.MeterProvider
	// Propagator writes the span's context into the event's headers; if nil, the
	// global one, which writes nothing until it is set.
	Propagator propagation.TextMapPropagator
	// Region is faas.invoked_region of functions that are not named by an ARN. If
	// empty, the attribute is left out.
	Region string

	once       sync.Once
	tracer     trace.Tracer
	duration   httpconv.ClientRequestDuration
	coldstarts faasconv.Coldstarts
}

const scope = "github.com/vialambda/vialambda/otel"

// RoundTrip sends req through Base as a span.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.Base == nil {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, errors.New("otelvialambda: Transport.Base is nil: set it to a *vialambda.Transport")
	}
	t.once.Do(t.start)
	c := t.begin(req)
	resp, err := t.Base.RoundTrip(c.request(req))
	if err != nil {
		c.end(err)
		return nil, err
	}
	c.answered(resp)
	return resp, nil
}

// CloseIdleConnections is passed on to Base if it has such a method.
func (t *Transport) CloseIdleConnections() {
	if c, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// start makes the tracer and the instruments.
func (t *Transport) start() {
	spans, metrics := t.TracerProvider, t.MeterProvider
	if spans == nil {
		spans = otel.GetTracerProvider()
	}
	if metrics == nil {
		metrics = otel.GetMeterProvider()
	}
	t.tracer = spans.Tracer(scope, trace.WithInstrumentationVersion(version()), trace.WithSchemaURL(semconv.SchemaURL))
	meter := metrics.Meter(scope, metric.WithInstrumentationVersion(version()), metric.WithSchemaURL(semconv.SchemaURL))
	var err, err2 error
	t.duration, err = httpconv.NewClientRequestDuration(meter)
	t.coldstarts, err2 = faasconv.NewColdstarts(meter)
	if err = errors.Join(err, err2); err != nil {
		otel.Handle(err) // the instruments that could not be made measure nothing
	}
}

func (t *Transport) propagator() propagation.TextMapPropagator {
	if t.Propagator != nil {
		return t.Propagator
	}
	return otel.GetTextMapPropagator()
}
