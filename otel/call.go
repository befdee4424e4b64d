package otelvialambda

import (
	"context"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/vialambda/vialambda"
)

// call is one request on its way, from RoundTrip to the end of the body.
type call struct {
	t     *Transport
	ctx   context.Context // with the span
	span  trace.Span
	since time.Time
	once  sync.Once // the end
	told  sync.Once // the report

	http     []attribute.KeyValue // of the metric, those that the request has
	faas     []attribute.KeyValue // of both metrics, those that the target has
	status   int                  // of the answer; 0: none
	failed   error                // that ErrorResponses made an answer of
	attempts int
	before   error // the failure of the attempt before
}

func (t *Transport) begin(req *http.Request) *call {
	c := &call{t: t, http: requestAttributes(req), since: time.Now()}
	c.ctx, c.span = t.tracer.Start(req.Context(), spanName(req.Method),
		trace.WithSpanKind(trace.SpanKindClient),
		trace.WithTimestamp(c.since),
		trace.WithAttributes(c.http...),
		trace.WithAttributes(spanAttributes(req)...),
	)
	return c
}

// request is req with the span in its context and headers, and with hooks.
func (c *call) request(req *http.Request) *http.Request {
	ctx := vialambda.WithTrace(c.ctx, &vialambda.Trace{
		Resolved:     c.resolved,
		AttemptStart: c.attemptStart,
		AttemptDone:  func(_ *vialambda.Info, err error) { c.before = err },
		Done:         c.done,
		BodyDone:     func(i *vialambda.Info, _ error) { c.report(i) },
	})
	out := req.WithContext(ctx)
	if out.Header = req.Header.Clone(); out.Header == nil {
		out.Header = http.Header{}
	}
	c.t.propagator().Inject(ctx, propagation.HeaderCarrier(out.Header))
	return out
}

func (c *call) resolved(i *vialambda.Info) {
	c.faas = functionAttributes(i.Function, c.t.Region)
	c.span.SetAttributes(c.faas...)
	if isARN(i.Function) {
		c.span.SetAttributes(semconv.AWSLambdaInvokedARN(qualified(i)))
	}
}

func (c *call) attemptStart(i *vialambda.Info) {
	c.attempts = i.Attempts
	if c.before != nil {
		c.span.AddEvent("retry", trace.WithAttributes(errorType(c.before)))
	}
}

func (c *call) done(i *vialambda.Info, err error) {
	c.failed = err
	if c.attempts > 1 {
		c.span.SetAttributes(semconv.HTTPRequestResendCount(c.attempts - 1))
	}
	if i.RequestID != "" {
		c.span.SetAttributes(semconv.AWSRequestID(i.RequestID))
	}
	if i.Version != "" {
		c.span.SetAttributes(semconv.FaaSVersion(i.Version))
	}
	c.report(i)
}

// report tells what the log's tail says of a cold start. Of a stream it is there
// at the end of the body, of everything else when the request is done.
func (c *call) report(i *vialambda.Info) {
	r, ok := i.Report()
	if !ok {
		return
	}
	c.told.Do(func() {
		c.span.SetAttributes(semconv.FaaSColdstart(r.Cold()))
		if r.Cold() {
			c.t.coldstarts.AddSet(c.ctx, 1, attribute.NewSet(c.faas...))
		}
	})
}

// answered takes note of an answer, and ends the call with its body.
func (c *call) answered(resp *http.Response) {
	c.status = resp.StatusCode
	c.span.SetAttributes(semconv.HTTPResponseStatusCode(c.status))
	if resp.Body == nil || resp.Body == http.NoBody {
		c.end(nil)
		return
	}
	resp.Body = &body{ReadCloser: resp.Body, end: c.end}
}

// end ends the call, with err if that kept it from an answer or from the answer's
// end. Only the first end counts.
func (c *call) end(err error) {
	c.once.Do(func() {
		if err == nil {
			err = c.failed
		}
		all := append(c.http, c.faas...)
		if c.status != 0 {
			all = append(all, semconv.HTTPResponseStatusCode(c.status))
		}
		switch {
		case err != nil:
			all = c.fail(all, errorType(err), shorten(err.Error()))
		case c.status >= http.StatusBadRequest:
			all = c.fail(all, statusType(c.status), "")
		}
		now := time.Now()
		c.t.duration.Inst().Record(c.ctx, now.Sub(c.since).Seconds(), metric.WithAttributes(all...))
		c.span.End(trace.WithTimestamp(now))
	})
}

func (c *call) fail(all []attribute.KeyValue, typ attribute.KeyValue, text string) []attribute.KeyValue {
	c.span.SetAttributes(typ)
	c.span.SetStatus(codes.Error, text)
	return append(all, typ)
}
