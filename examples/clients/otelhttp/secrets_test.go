package otelhttp_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	contrib "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/otelhttp"
	"github.com/vialambda/vialambda/locallambda"
	otelvialambda "github.com/vialambda/vialambda/otel"
)

// Neither the query nor userinfo is anywhere in spans or metrics, whether the
// call succeeds, is refused or fails in the function.
func TestNoSecrets(t *testing.T) {
	app := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			panic("broken")
		}
		if user, password, _ := r.BasicAuth(); r.URL.Query().Get("token") != "s3cret" || user != "ada" || password != "s3cret" {
			panic("the function did not get the credentials")
		}
	})
	for _, tc := range []struct {
		path  string
		rules []locallambda.FaultRule
		fails bool
	}{
		{path: "/"},
		{path: "/broken", fails: true},
		{path: "/denied", fails: true, rules: []locallambda.FaultRule{{Error: &vialambda.InvokeError{Code: "AccessDeniedException", Status: 403}}}},
	} {
		t.Run(tc.path, func(t *testing.T) {
			o := newObserver()
			lambda := &vialambda.Transport{Invoker: &locallambda.Faults{Invoker: locallambda.HTTP(app), Rules: tc.rules}}
			client := &http.Client{Transport: otelhttp.New(lambda, o.options()...)}
			resp, err := client.Get("http+lambda://ada:s3cret@orders" + tc.path + "?token=s3cret")
			if (err != nil) != tc.fails {
				t.Fatal(err)
			}
			if err == nil {
				resp.Body.Close()
			}
			seen := o.everything(t)
			if !strings.Contains(seen, "http+lambda://orders"+tc.path+"?REDACTED") || strings.Contains(seen, "s3cret") {
				t.Error(seen)
			}
			if tc.fails != (o.spans.GetSpans()[0].Status.Code == codes.Error) {
				t.Errorf("status is %+v", o.spans.GetSpans()[0].Status)
			}
		})
	}
}

// Why New has redacted: otelhttp alone leaves the query in.
func TestOtelhttpAloneTellsTheQuery(t *testing.T) {
	o := newObserver()
	lambda := &vialambda.Transport{Invoker: locallambda.HTTP(http.NotFoundHandler())}
	client := &http.Client{Transport: contrib.NewTransport(lambda, o.options()...)}
	resp, err := client.Get("http+lambda://orders/?token=s3cret")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !strings.Contains(o.everything(t), "s3cret") {
		t.Error("otelhttp has begun to redact queries: this package can go")
	}
}

// A stream that breaks off marks the span as failed, and does not end it before.
func TestBrokenStream(t *testing.T) {
	o := newObserver()
	app := locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		panic("broken")
	}))
	client := &http.Client{Transport: otelhttp.New(&vialambda.Transport{Invoker: app, Mode: vialambda.Stream}, o.options()...)}
	resp, err := client.Get("http+lambda://orders/")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(o.spans.GetSpans()); n != 0 {
		t.Errorf("%d spans have ended before the body", n)
	}
	_, err = io.ReadAll(resp.Body)
	resp.Body.Close()
	if _, ok := errors.AsType[*vialambda.FunctionError](err); !ok {
		t.Errorf("%v is no FunctionError", err)
	}
	if spans := o.spans.GetSpans(); len(spans) != 1 || spans[0].Status.Code != codes.Error {
		t.Errorf("%+v", spans)
	}
}

// What vialambda's own module adds: the attempts, the function, the error's code.
func TestOwnModuleGoesFurther(t *testing.T) {
	lambda := func() *vialambda.Transport {
		return &vialambda.Transport{
			Invoker: &locallambda.Faults{Invoker: locallambda.Functions{}, Rules: []locallambda.FaultRule{{Calls: []int64{1}, Error: locallambda.Throttle(0)}}},
			Retry:   vialambda.Retry{BaseDelay: time.Nanosecond},
		}
	}
	span := func(o *observer, transport http.RoundTripper) tracetest.SpanStub {
		if _, err := (&http.Client{Transport: transport}).Get("http+lambda://orders/"); err == nil {
			t.Fatal("there is no function, and no error")
		}
		return o.spans.GetSpans()[0]
	}
	theirs, ours := newObserver(), newObserver()
	plain := span(theirs, otelhttp.New(lambda(), theirs.options()...))
	own := span(ours, &otelvialambda.Transport{Base: lambda(), TracerProvider: ours.tracers, MeterProvider: ours.meters})
	if len(plain.Events) != 0 || value(plain, "faas.invoked_name") != "" || value(plain, "error.type") != "*vialambda.InvokeError" {
		t.Errorf("otelhttp: %+v", plain)
	}
	if len(own.Events) != 1 || value(own, "faas.invoked_name") != "orders" || value(own, "error.type") != "ResourceNotFoundException" {
		t.Errorf("own: %+v", own)
	}
}

func value(s tracetest.SpanStub, key attribute.Key) string {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.String()
		}
	}
	return ""
}

// observer keeps what is exported.
type observer struct {
	spans   *tracetest.InMemoryExporter
	tracers *sdktrace.TracerProvider
	metrics *metric.ManualReader
	meters  *metric.MeterProvider
}

func newObserver() *observer {
	o := &observer{spans: tracetest.NewInMemoryExporter(), metrics: metric.NewManualReader()}
	o.tracers = sdktrace.NewTracerProvider(sdktrace.WithSyncer(o.spans))
	o.meters = metric.NewMeterProvider(metric.WithReader(o.metrics))
	return o
}

func (o *observer) options() []contrib.Option {
	return []contrib.Option{contrib.WithTracerProvider(o.tracers), contrib.WithMeterProvider(o.meters)}
}

// everything is all that was exported, as text.
func (o *observer) everything(t *testing.T) string {
	t.Helper()
	var text strings.Builder
	for _, s := range o.spans.GetSpans() {
		fmt.Fprintf(&text, "%s %+v %+v\n", s.Name, s.Status, s.Events)
		for _, a := range s.Attributes {
			fmt.Fprintf(&text, "%s=%s\n", a.Key, a.Value.String())
		}
	}
	var metrics metricdata.ResourceMetrics
	if err := o.metrics.Collect(t.Context(), &metrics); err != nil {
		t.Fatal(err)
	}
	for _, scope := range metrics.ScopeMetrics {
		for _, m := range scope.Metrics {
			if h, ok := m.Data.(metricdata.Histogram[float64]); ok {
				for _, point := range h.DataPoints {
					fmt.Fprintf(&text, "%s %s\n", m.Name, point.Attributes.Encoded(attribute.DefaultEncoder()))
				}
			}
		}
	}
	return text.String()
}
