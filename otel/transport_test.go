package otelvialambda_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/vialambda/vialambda"
	otelvialambda "github.com/vialambda/vialambda/otel"
)

// telemetry is a Transport under test with what it exports.
type telemetry struct {
	*otelvialambda.Transport
	spans  *tracetest.InMemoryExporter
	reader *sdkmetric.ManualReader
	tracer trace.Tracer
}

func observe(base http.RoundTripper) *telemetry {
	o := &telemetry{spans: tracetest.NewInMemoryExporter(), reader: sdkmetric.NewManualReader()}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithSyncer(o.spans))
	o.tracer = tracers.Tracer("test")
	o.Transport = &otelvialambda.Transport{
		Base:           base,
		TracerProvider: tracers,
		MeterProvider:  sdkmetric.NewMeterProvider(sdkmetric.WithReader(o.reader)),
		Propagator:     propagation.TraceContext{},
		Region:         "eu-central-1",
	}
	return o
}

// span is the one span that there is.
func (o *telemetry) span(t *testing.T) tracetest.SpanStub {
	t.Helper()
	spans := o.spans.GetSpans()
	if len(spans) != 1 {
		t.Fatalf("%d spans: %v", len(spans), spans)
	}
	return spans[0]
}

// attributes are those of a span, as text.
func attributes(all []attribute.KeyValue) map[string]string {
	m := map[string]string{}
	for _, kv := range all {
		m[string(kv.Key)] = kv.Value.String()
	}
	return m
}

// points are the attributes of the points of a metric.
func (o *telemetry) points(t *testing.T, name string) []map[string]string {
	t.Helper()
	var got metricdata.ResourceMetrics
	if err := o.reader.Collect(t.Context(), &got); err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, s := range got.ScopeMetrics {
		for _, m := range s.Metrics {
			if m.Name != name {
				continue
			}
			switch data := m.Data.(type) {
			case metricdata.Histogram[float64]:
				for _, p := range data.DataPoints {
					all = append(all, attributes(p.Attributes.ToSlice()))
				}
			case metricdata.Sum[int64]:
				for _, p := range data.DataPoints {
					point := attributes(p.Attributes.ToSlice())
					point["value"] = attribute.Int64Value(p.Value).String()
					all = append(all, point)
				}
			}
		}
	}
	return all
}

func check(t *testing.T, what string, got, want map[string]string) {
	t.Helper()
	for k, v := range want {
		if got[k] != v {
			t.Errorf("%s: %s is %q, want %q", what, k, got[k], v)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s has %s: %q", what, k, got[k])
		}
	}
}

func answering(payload string) vialambda.InvokerFunc {
	return func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
		res := &vialambda.Result{Payload: io.NopCloser(strings.NewReader(payload)), RequestID: "id", Version: "7"}
		if in.LogTail {
			res.LogTail = []byte("REPORT RequestId: id\tDuration: 1.00 ms\tInit Duration: 100.00 ms\t\n")
		}
		return res, nil
	}
}

func get(t *testing.T, rt http.RoundTripper, ctx context.Context, method, url string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := rt.RoundTrip(req)
	if len(req.Header) != 0 {
		t.Errorf("the request was changed: %v", req.Header)
	}
	return resp, err
}

func TestSpanAndMetrics(t *testing.T) {
	const arn = "arn:aws:lambda:us-west-2:123456789012:function:orders-v2"
	lambda := &vialambda.Transport{
		Invoker: answering(`{"statusCode":200,"body":"hello"}`),
		Targets: vialambda.Targets{"orders": {Function: arn, Qualifier: "prod", LogTail: true}},
	}
	o := observe(lambda)
	resp, err := get(t, o, t.Context(), "GET", "http+lambda://user:secret@orders/items?token=secret#part")
	if err != nil {
		t.Fatal(err)
	}
	if n := len(o.spans.GetSpans()); n != 0 {
		t.Errorf("%d spans have ended before the body", n)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "hello" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
	span := o.span(t)
	resp.Body.Close()
	o.span(t) // still one
	if span.Name != "GET" || span.SpanKind != trace.SpanKindClient || span.Status.Code != codes.Unset {
		t.Errorf("%+v", span)
	}
	check(t, "span", attributes(span.Attributes), map[string]string{
		"http.request.method":       "GET",
		"http.response.status_code": "200",
		"url.full":                  "http+lambda://REDACTED:REDACTED@orders/items?REDACTED",
		"url.scheme":                "http+lambda",
		"server.address":            "orders",
		"server.port":               "443",
		"faas.invoked_name":         "orders-v2",
		"faas.invoked_provider":     "aws",
		"faas.invoked_region":       "us-west-2",
		"faas.version":              "7",
		"faas.coldstart":            "true",
		"aws.lambda.invoked_arn":    arn + ":prod",
		"aws.request_id":            "id",
	})
	points := o.points(t, "http.client.request.duration")
	if len(points) != 1 {
		t.Fatalf("%d points", len(points))
	}
	check(t, "duration", points[0], map[string]string{
		"http.request.method":       "GET",
		"http.response.status_code": "200",
		"url.scheme":                "http+lambda",
		"server.address":            "orders",
		"server.port":               "443",
		"faas.invoked_name":         "orders-v2",
		"faas.invoked_provider":     "aws",
		"faas.invoked_region":       "us-west-2",
	})
	points = o.points(t, "faas.coldstarts")
	if len(points) != 1 {
		t.Fatalf("%d points", len(points))
	}
	check(t, "coldstarts", points[0], map[string]string{
		"faas.invoked_name": "orders-v2", "faas.invoked_provider": "aws", "faas.invoked_region": "us-west-2", "value": "1",
	})
}

// A stream has its log's tail at its end, and a short one before that: either
// way a cold start is counted once.
func TestColdStartOfAStream(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		o := observe(&vialambda.Transport{Invoker: answering("a stream"), Mode: vialambda.Stream})
		resp, err := get(t, o, vialambda.WithTarget(t.Context(), vialambda.Target{LogTail: true}), method, "http+lambda://f/")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if got := attributes(o.span(t).Attributes)["faas.coldstart"]; got != "true" {
			t.Errorf("%s: coldstart %q", method, got)
		}
		if points := o.points(t, "faas.coldstarts"); len(points) != 1 || points[0]["value"] != "1" {
			t.Errorf("%s: %v", method, points)
		}
	}
}

func TestAttributes(t *testing.T) {
	for _, tc := range []struct{ name, method, url, span, key, value string }{
		{"a method that nobody knows", "FETCH", "http+lambda://f/", "HTTP", "http.request.method", "_OTHER"},
		{"its own name", "FETCH", "http+lambda://f/", "HTTP", "http.request.method_original", "FETCH"},
		{"a name", "PUT", "http+lambda://f/", "PUT", "faas.invoked_name", "f"},
		{"the region of a name", "PUT", "http+lambda://f/", "PUT", "faas.invoked_region", "eu-central-1"},
		{"a version is no port", "GET", "http+lambda://f:42/", "GET", "server.port", "443"},
		{"http", "GET", "http://f.lambda.internal/", "GET", "server.port", "80"},
		{"http with a port", "GET", "http://f.lambda.internal:81/", "GET", "server.port", "81"},
		{"https", "GET", "https://f.lambda.internal/", "GET", "server.address", "f.lambda.internal"},
	} {
		o := observe(&vialambda.Transport{Invoker: answering(`{"statusCode":200}`)})
		if _, err := get(t, o, t.Context(), tc.method, tc.url); err != nil {
			t.Fatal(err)
		}
		span := o.span(t) // without a body it ends at once
		if got := attributes(span.Attributes)[tc.key]; got != tc.value || span.Name != tc.span {
			t.Errorf("%s: %s is %q, name %q", tc.name, tc.key, got, span.Name)
		}
	}
}

// Without a function, through Mount for instance, a span is that of any client.
func TestOtherRequests(t *testing.T) {
	o := observe(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 204, Body: http.NoBody}, nil
	}))
	if _, err := get(t, o, t.Context(), "GET", "https://example.com/"); err != nil {
		t.Fatal(err)
	}
	check(t, "span", attributes(o.span(t).Attributes), map[string]string{
		"http.request.method": "GET", "http.response.status_code": "204", "url.full": "https://example.com/",
		"url.scheme": "https", "server.address": "example.com", "server.port": "443",
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		o := observe(&vialambda.Transport{Invoker: vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			if calls++; calls < 3 {
				return nil, &vialambda.InvokeError{Code: "TooManyRequestsException", Status: 429}
			}
			return answering(`{"statusCode":200}`)(ctx, in)
		})})
		if _, err := get(t, o, t.Context(), "GET", "http+lambda://f/"); err != nil {
			t.Fatal(err)
		}
		span := o.span(t)
		got := attributes(span.Attributes)
		if got["http.request.resend_count"] != "2" || got["error.type"] != "" || span.Status.Code != codes.Unset {
			t.Errorf("%v, %v", got, span.Status)
		}
		if len(span.Events) != 2 || span.Events[0].Name != "retry" || attributes(span.Events[0].Attributes)["error.type"] != "TooManyRequestsException" {
			t.Errorf("events are %v", span.Events)
		}
	})
}

// TestContinuation: the function sees the client's span as its parent, in the
// event and, as X-Ray's header, on the call; what it has itself is left alone.
func TestContinuation(t *testing.T) {
	var in *vialambda.Invocation
	o := observe(&vialambda.Transport{Format: vialambda.HTTPAPI, Invoker: vialambda.InvokerFunc(
		func(ctx context.Context, got *vialambda.Invocation) (*vialambda.Result, error) {
			in = got
			return answering(`{"statusCode":200}`)(ctx, got)
		})})
	ctx, parent := o.tracer.Start(t.Context(), "caller")
	if _, err := get(t, o, ctx, "GET", "http+lambda://f/"); err != nil {
		t.Fatal(err)
	}
	span := o.span(t)
	id, own := parent.SpanContext().TraceID().String(), span.SpanContext.SpanID().String()
	if span.Parent.SpanID() != parent.SpanContext().SpanID() || span.SpanContext.TraceID().String() != id {
		t.Errorf("the parent is %v", span.Parent)
	}
	if want := `"traceparent":"00-` + id + "-" + own + `-01"`; !strings.Contains(string(in.Payload), want) {
		t.Errorf("no %s in %s", want, in.Payload)
	}
	xray := "Root=1-" + id[:8] + "-" + id[8:] + ";Parent=" + own + ";Sampled=1"
	if in.TraceHeader != xray || !strings.Contains(string(in.Payload), `"x-amzn-trace-id":"`+xray+`"`) {
		t.Errorf("X-Ray header %q, want %q, in %s", in.TraceHeader, xray, in.Payload)
	}
}

func TestNoBase(t *testing.T) {
	body := &closing{Reader: strings.NewReader("x")}
	req, _ := http.NewRequestWithContext(t.Context(), "POST", "http+lambda://f/", body)
	if _, err := (&otelvialambda.Transport{}).RoundTrip(req); err == nil || !body.closed {
		t.Errorf("%v, closed %t", err, body.closed)
	}
}

// With the global providers, which do nothing until they are set, it works too.
func TestZeroValue(t *testing.T) {
	tr := &otelvialambda.Transport{Base: &vialambda.Transport{Invoker: answering(`{"statusCode":200,"body":"x"}`)}}
	defer tr.CloseIdleConnections()
	resp, err := get(t, tr, t.Context(), "GET", "http+lambda://f/")
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "x" || err != nil {
		t.Errorf("%q, %v", body, err)
	}
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

var errBroken = errors.New("broken")
