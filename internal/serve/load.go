package serve

import (
	"errors"
	"fmt"
	"os"

	"github.com/goccy/go-yaml/ast"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

const maxConfig = 4 << 20

// Load reads a configuration file. The error joins all mistakes found, each an
// [*Error] with file, line and column.
func Load(file string) (*Config, error) {
	info, err := os.Stat(file)
	if err == nil && info.Size() > maxConfig {
		err = fmt.Errorf("%s is larger than %d bytes", file, maxConfig)
	}
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(file, text, environment)
}

func parse(file string, text []byte, lookup func(string) (string, bool)) (*Config, error) {
	c := Default()
	r := &reader{file: file, lookup: lookup, positions: map[string]position{}}
	if body := r.parse(text); body != nil {
		r.config(c, body)
	}
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	c.file, c.positions = file, r.positions
	return c, nil
}

func (r *reader) config(c *Config, n ast.Node) {
	r.object(n, "", map[string]field{
		"listen": r.text(&c.Listen), "metrics_listen": r.text(&c.MetricsListen), "insecure_listen": r.flag(&c.InsecureListen),
		"tls_cert": r.text(&c.TLSCert), "tls_key": r.text(&c.TLSKey),
		"hosts": r.texts(&c.Hosts), "trusted_proxies": r.texts(&c.TrustedProxies),
		"problem_json": r.flag(&c.ProblemJSON), "log_format": r.text(&c.LogFormat),
		"header_timeout": r.duration(&c.HeaderTimeout), "idle_timeout": r.duration(&c.IdleTimeout),
		"body_timeout": r.duration(&c.BodyTimeout), "write_timeout": r.duration(&c.WriteTimeout), "drain_timeout": r.duration(&c.DrainTimeout),
		"max_header_bytes": r.size(&c.MaxHeaderBytes), "max_bytes_in_flight": r.size(&c.MaxBytesInFlight), "max_attempts": r.number(&c.MaxAttempts),
		"region": r.text(&c.Region), "profile": r.text(&c.Profile), "endpoint_url": r.text(&c.EndpointURL),
		"role": r.text(&c.Role), "external_id": r.text(&c.ExternalID), "session_name": r.text(&c.SessionName),
		"proxy": r.texts(&c.Proxy), "by_name": r.texts(&c.ByName),
		"targets": func(n ast.Node, path string) {
			r.mapping(n, path, func(name string, _, v ast.Node, path string) { c.Targets[name] = r.target(v, path) })
		},
		"routes": func(n ast.Node, path string) {
			r.list(n, path, func(n ast.Node, path string) { c.Routes = append(c.Routes, r.route(n, path)) })
		},
	})
}

func (r *reader) target(n ast.Node, path string) Target {
	var t Target
	t.LogTail = true // tells cold starts from warm ones
	r.object(n, path, map[string]field{
		"function": r.text(&t.Function), "qualifier": r.text(&t.Qualifier), "tenant": r.text(&t.TenantID), "domain_name": r.text(&t.Front.DomainName),
		"client_context": r.clientContext(&t.ClientContext),
		"routes":         r.texts(&t.Routes), "async": r.flag(&t.Async), "idempotent": r.flag(&t.Idempotent),
		"idempotency_key": r.flag(&t.IdempotencyKey), "log_tail": r.flag(&t.LogTail),
		"timeout": r.duration(&t.Timeout), "max_body": r.size(&t.MaxBody),
		"max_concurrent": r.number(&t.MaxConcurrent), "queue": r.number(&t.Queue), "queue_timeout": r.duration(&t.QueueTimeout),
		"region": r.text(&t.Region), "profile": r.text(&t.Profile), "endpoint_url": r.text(&t.EndpointURL),
		"role": r.text(&t.Role), "external_id": r.text(&t.ExternalID), "session_name": r.text(&t.SessionName),
		"format": word(r, &t.Format, vialambda.ParseFormat), "mode": word(r, &t.Mode, vialambda.ParseMode),
	})
	return t
}

// word reads one of a set of words.
func word[T any](r *reader, to *T, parse func(string) (T, error)) field {
	return func(n ast.Node, path string) {
		var s string
		before := len(r.errs)
		r.text(&s)(n, path)
		if len(r.errs) > before {
			return
		}
		v, err := parse(s)
		if err != nil {
			r.fail(n, "%v", err)
			return
		}
		*to = v
	}
}

func (r *reader) route(n ast.Node, path string) gateway.Route {
	var t gateway.Route
	headers := func(h *gateway.Headers) field {
		return func(n ast.Node, path string) {
			r.object(n, path, map[string]field{"remove": r.texts(&h.Remove), "set": r.textMap(&h.Set)})
		}
	}
	r.object(n, path, map[string]field{
		"hosts": r.texts(&t.Hosts), "path": r.text(&t.Path), "methods": r.texts(&t.Methods), "target": r.text(&t.Target),
		"strip": r.flag(&t.Strip), "rewrite": r.text(&t.Rewrite), "origins": r.texts(&t.Origins),
		"request_headers": headers(&t.RequestHeaders), "response_headers": headers(&t.ResponseHeaders),
	})
	return t
}
