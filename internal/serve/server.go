package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// Server serves what a configuration says until it is told to stop.
type Server struct {
	// Load reads the configuration, at the start and for each reload. Required.
	Load func() (*Config, error)
	// Connect makes the Client of an Account. Required. Clients are kept.
	Connect func(context.Context, Account) (*Client, error)
	// Reload has a value for each reload that is asked for; nil: none.
	Reload <-chan os.Signal
	// Log is where the log goes. Required.
	Log io.Writer
	// Ready, if set, is told where the gateway listens.
	Ready func(c *Config, listening net.Addr, metrics net.Addr)

	log      *slog.Logger
	clients  clients
	metrics  *metrics
	gateway  *gateway.Gateway
	cert     atomic.Pointer[tls.Certificate]
	draining atomic.Bool
}

// Check reads the configuration and says whether it could be served.
func (s *Server) Check(ctx context.Context) error {
	_, _, err := s.load(ctx)
	return err
}

// load makes the gateway's configuration, and a certificate if there is to be one.
func (s *Server) load(ctx context.Context) (*Config, *gateway.Config, error) {
	c, err := s.Load()
	if err != nil {
		return nil, nil, err
	}
	if err := c.check(); err != nil {
		return nil, nil, err
	}
	made, err := c.gateway(func(a Account) (vialambda.Invoker, error) { return s.clients.get(ctx, a, s.Connect) })
	if err != nil {
		return nil, nil, err
	}
	if _, err := gateway.New(made); err != nil {
		return nil, nil, c.place(err)
	}
	if c.TLSCert != "" {
		cert, err := c.certificate()
		if err != nil {
			return nil, nil, err
		}
		s.cert.Store(cert)
	}
	return c, &made, nil
}

// Run serves until ctx ends, then lets requests under way end within the
// configured time.
func (s *Server) Run(ctx context.Context) error {
	c, made, err := s.load(ctx)
	if err != nil {
		return err
	}
	s.log, s.metrics = newLog(s.Log, c.LogFormat), newMetrics()
	made.Observe = s.observer(made.Targets)
	if s.gateway, err = gateway.New(*made); err != nil {
		return c.place(err)
	}
	defer s.clients.keep(Default())
	s.metrics.watch(s.gateway)

	listener, err := listen(ctx, c.Listen, "--listen")
	if err != nil {
		return err
	}
	addr := listener.Addr()
	var metricsListener net.Listener
	var metricsAddr net.Addr
	if c.MetricsListen != "" {
		if metricsListener, err = listen(ctx, c.MetricsListen, "--metrics-listen"); err != nil {
			listener.Close()
			return err
		}
		metricsAddr = metricsListener.Addr()
	}
	if s.Ready != nil {
		s.Ready(c, addr, metricsAddr)
	}
	return s.serve(ctx, c, listener, metricsListener)
}

func (s *Server) serve(ctx context.Context, c *Config, listener, metricsListener net.Listener) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	failed := make(chan error, 2)
	start := func(l net.Listener, h http.Handler, config *tls.Config) *http.Server {
		server := &http.Server{
			Handler: h, ReadHeaderTimeout: c.HeaderTimeout, IdleTimeout: c.IdleTimeout, MaxHeaderBytes: int(c.MaxHeaderBytes),
			ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), TLSConfig: config,
		}
		wg.Go(func() {
			serve := server.Serve
			if config != nil {
				serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
			}
			if err := serve(l); !errors.Is(err, http.ErrServerClosed) {
				failed <- err
			}
		})
		return server
	}
	if metricsListener != nil {
		ops := start(metricsListener, s.operations(isLoopback(c.MetricsListen)), nil)
		defer ops.Close()
	}
	var config *tls.Config
	if c.TLSCert != "" {
		config = &tls.Config{
			MinVersion:     tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.cert.Load(), nil },
		}
	}
	main := start(listener, s.gateway, config)
	defer main.Close()
	trial := trial{server: s}
	trial.begin(ctx, c)
	defer trial.end()
	for {
		select {
		case err := <-failed:
			return err
		case <-s.Reload:
			if changed := s.reload(ctx, c, trial.config); changed != nil {
				trial.begin(ctx, changed)
			}
			continue
		case <-ctx.Done():
		}
		break
	}
	s.draining.Store(true)
	s.log.Info("draining", "limit", trial.config.DrainTimeout)
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), trial.config.DrainTimeout)
	defer cancel()
	if err := main.Shutdown(limit); err != nil {
		s.log.Warn("some requests did not end in time and were cut off; their functions may still run")
	}
	return nil
}

// reload puts a new configuration in place and returns it, or keeps the present one
// and returns nil. began is the one that the process began with.
func (s *Server) reload(ctx context.Context, began, present *Config) *Config {
	c, made, err := s.load(ctx)
	if err == nil {
		made.Observe = s.observer(made.Targets)
		err = s.gateway.Reload(*made)
	}
	if err != nil {
		s.clients.keep(present)
		s.metrics.reloads.WithLabelValues("failed").Inc()
		s.log.Error("the new configuration is wrong, the old one stays", "error", err)
		return nil
	}
	s.clients.keep(c)
	s.metrics.reloads.WithLabelValues("ok").Inc()
	s.log.Info("configuration reloaded")
	if c.Listen != began.Listen || c.MetricsListen != began.MetricsListen || (c.TLSCert == "") != (began.TLSCert == "") ||
		c.LogFormat != began.LogFormat || c.HeaderTimeout != began.HeaderTimeout || c.IdleTimeout != began.IdleTimeout || c.MaxHeaderBytes != began.MaxHeaderBytes {
		s.log.Warn("addresses, TLS on or off, log format, header_timeout, idle_timeout and max_header_bytes change with a restart only")
	}
	return c
}

// observer counts and logs the requests to targets.
func (s *Server) observer(targets map[string]gateway.Target) func(*gateway.Record) {
	return func(r *gateway.Record) {
		s.metrics.observe(r)
		source := ""
		if e, ok := errors.AsType[*vialambda.InvokeError](r.Err); ok && e.Status == http.StatusForbidden {
			source = sourceOf(targets[r.Target].Invoker)
		}
		logRecord(s.log, r, source)
	}
}
