package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/webguard"
)

// operations are /metrics, /healthz and /readyz.
func (s *Server) operations(loopback bool) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if reason := s.notReady(r.Context()); reason != "" {
			http.Error(w, reason, http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	if !loopback {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, reason := (webguard.Guard{}).Check(r); status != 0 {
			http.Error(w, reason, status)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// notReady is why no requests should come, or "".
func (s *Server) notReady(ctx context.Context) string {
	if s.draining.Load() {
		return "draining"
	}
	if err := s.clients.usable(ctx); err != nil {
		s.log.Warn("no usable credentials", "error", err)
		return "no usable credentials"
	}
	return ""
}

// tryTargets finds out by dry runs which functions cannot be called.
func (s *Server) tryTargets(ctx context.Context, c *Config) {
	for name, t := range c.Targets {
		client := s.clients.known(c.account(t))
		if client == nil {
			return // a reload has taken place
		}
		transport := &vialambda.Transport{Invoker: client, Targets: vialambda.Targets{}, Retry: vialambda.Retry{MaxAttempts: 1}}
		target := t.Target.Target
		target.DryRun, target.Routes, target.LogTail = true, nil, false
		err := dryRun(ctx, transport, name, target)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			s.metrics.available.WithLabelValues(name).Set(1)
			continue
		}
		s.metrics.available.WithLabelValues(name).Set(0)
		attrs := []any{"target", name, "error", err}
		if hint := hintOf(err); hint != "" {
			attrs = append(attrs, "hint", hint)
		}
		s.log.Warn("a target cannot be called", attrs...)
	}
}

func dryRun(ctx context.Context, transport *vialambda.Transport, name string, target vialambda.Target) error {
	ctx, cancel := context.WithTimeout(vialambda.WithTarget(ctx, target), 15*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("%s://%s/", vialambda.Scheme, name), nil)
	if err != nil {
		return err
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func hintOf(err error) string {
	if h, ok := errors.AsType[interface {
		error
		Hint() string
	}](err); ok {
		return h.Hint()
	}
	return ""
}
