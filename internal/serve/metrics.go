package serve

import (
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// metrics are what Prometheus asks for.
type metrics struct {
	registry *prometheus.Registry

	requests, attempts, throttles, bytes, functionErrors, reloads *prometheus.CounterVec
	duration                                                      *prometheus.HistogramVec
	available                                                     *prometheus.GaugeVec

	mu    sync.Mutex
	types map[string]bool // error types that have a label of their own
}

// maxErrorTypes bounds the labels: a function may name its errors at will.
const maxErrorTypes = 50

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry(), types: map[string]bool{}}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "vialambda_" + name, Help: help}, labels)
		m.registry.MustRegister(c)
		return c
	}
	m.requests = counter("requests_total", "Requests by target and status of the answer.", "target", "status")
	m.attempts = counter("attempts_total", "Invocations sent, or tried to be.", "target")
	m.throttles = counter("throttles_total", "Requests that ended throttled by Lambda (lambda) or by the gateway's own limits (gateway).", "target", "by")
	m.bytes = counter("payload_bytes_total", "Bytes of events and answers.", "target", "direction")
	m.functionErrors = counter("function_errors_total", "Functions that ran and failed, by error type.", "target", "type")
	m.reloads = counter("config_reloads_total", "Reloads of the configuration.", "result")
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "vialambda_request_duration_seconds", Help: "Time to the end of the answer; start is cold, warm or unknown.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 900},
	}, []string{"target", "start"})
	m.available = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "vialambda_target_available", Help: "0 if a dry run at the start, or after a reload, found that the function cannot be called.",
	}, []string{"target"})
	m.registry.MustRegister(m.duration, m.available,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) observe(r *gateway.Record) {
	m.requests.WithLabelValues(r.Target, strconv.Itoa(r.Status)).Inc()
	if r.Target == "" || r.Info.Function == "" {
		return // refused
	}
	m.duration.WithLabelValues(r.Target, startOf(r)).Observe(r.Duration.Seconds())
	m.attempts.WithLabelValues(r.Target).Add(float64(r.Info.Attempts))
	m.bytes.WithLabelValues(r.Target, "event").Add(float64(r.Info.EventBytes))
	m.bytes.WithLabelValues(r.Target, "answer").Add(float64(r.Info.AnswerBytes))
	if e, ok := errors.AsType[*vialambda.FunctionError](r.Err); ok {
		m.functionErrors.WithLabelValues(r.Target, m.errorType(e.Type)).Inc()
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](r.Err); ok {
		switch {
		case e.Code == vialambda.CodeQueueFull:
			m.throttles.WithLabelValues(r.Target, "gateway").Inc()
		case e.Status == http.StatusTooManyRequests:
			m.throttles.WithLabelValues(r.Target, "lambda").Inc()
		}
	}
}

func (m *metrics) errorType(name string) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.types[name] {
		return name
	}
	if len(m.types) >= maxErrorTypes {
		return "other"
	}
	m.types[name] = true
	return name
}

// forget drops what is said of targets that are in old and no more in c.
func (m *metrics) forget(old, c *Config) {
	for name := range old.Targets {
		if _, ok := c.Targets[name]; !ok {
			m.available.DeleteLabelValues(name)
		}
	}
}

// startOf is whether the function was started for the request.
func startOf(r *gateway.Record) string {
	report, ok := r.Info.Report()
	switch {
	case !ok:
		return "unknown"
	case report.Cold():
		return "cold"
	}
	return "warm"
}

// watch adds what is under way in gw.
func (m *metrics) watch(gw *gateway.Gateway) { m.registry.MustRegister(&underWay{gw}) }

type underWay struct{ gw *gateway.Gateway }

var (
	inFlight      = prometheus.NewDesc("vialambda_requests_in_flight", "Requests being served.", []string{"target"}, nil)
	queued        = prometheus.NewDesc("vialambda_queue_length", "Invocations that wait for their turn.", []string{"target"}, nil)
	bytesInFlight = prometheus.NewDesc("vialambda_bytes_in_flight", "Bytes of bodies and answers held.", nil, nil)
)

func (u *underWay) Describe(c chan<- *prometheus.Desc) {
	c <- inFlight
	c <- queued
	c <- bytesInFlight
}

func (u *underWay) Collect(c chan<- prometheus.Metric) {
	for _, s := range u.gw.Stats() {
		c <- prometheus.MustNewConstMetric(inFlight, prometheus.GaugeValue, float64(s.Requests), s.Target)
		c <- prometheus.MustNewConstMetric(queued, prometheus.GaugeValue, float64(s.Queued), s.Target)
	}
	c <- prometheus.MustNewConstMetric(bytesInFlight, prometheus.GaugeValue, float64(u.gw.BytesInFlight()))
}
