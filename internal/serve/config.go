// Package serve is "vialambda serve": a gateway.Gateway with a configuration file,
// listeners, TLS, metrics, an access log and reload.
package serve

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
)

// Config is what the file and the flags say. Flags have the same names, with
// dashes.
type Config struct {
	Listen         string // host:port or unix:PATH
	MetricsListen  string // "": none
	InsecureListen bool
	TLSCert        string
	TLSKey         string

	Hosts          []string
	TrustedProxies []string
	ProblemJSON    bool
	LogFormat      string // text or json

	HeaderTimeout, IdleTimeout, BodyTimeout, WriteTimeout, DrainTimeout time.Duration
	MaxHeaderBytes, MaxBytesInFlight                                    int64
	MaxAttempts                                                         int

	Account
	Targets map[string]Target
	Routes  []gateway.Route
	Proxy   []string
	ByName  []string

	file      string
	positions map[string]position
}

// Target is a gateway.Target whose Invoker is still to be made.
type Target struct {
	gateway.Target
	Account
}

// Default returns the Config of an empty file.
func Default() *Config {
	return &Config{
		Listen: "127.0.0.1:8080", LogFormat: "text",
		HeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, DrainTimeout: 30 * time.Second,
		MaxHeaderBytes: 64 << 10,
		Targets:        map[string]Target{},
	}
}

// AddTarget makes sure that there is a target of this name; if there is none, it
// is like t.
func (c *Config) AddTarget(name string, t gateway.Target) {
	if _, ok := c.Targets[name]; !ok {
		t.LogTail = true
		c.Targets[name] = Target{Target: t}
	}
}

// gateway makes the Gateway's configuration, with the Invokers that connect
// returns.
func (c *Config) gateway(connect func(Account) (vialambda.Invoker, error)) (gateway.Config, error) {
	made := gateway.Config{
		Targets: map[string]gateway.Target{}, Routes: c.Routes, Proxy: c.Proxy, ByName: c.ByName, Hosts: c.Hosts,
		Retry: vialambda.Retry{MaxAttempts: c.MaxAttempts}, ProblemJSON: c.ProblemJSON,
		MaxBytesInFlight: c.MaxBytesInFlight, BodyTimeout: c.BodyTimeout, WriteTimeout: c.WriteTimeout,
	}
	for i, text := range c.TrustedProxies {
		if text == "unix" {
			made.TrustUnix = true
			continue
		}
		prefix, err := netip.ParsePrefix(text)
		if addr, isAddr := netip.ParseAddr(text); isAddr == nil {
			prefix, err = addr.Prefix(addr.BitLen())
		}
		if err != nil {
			return made, c.at(fmt.Sprintf("trusted_proxies[%d]", i), "%q is no address: write 10.0.0.0/8, 10.0.0.1 or unix", text)
		}
		made.TrustedProxies = append(made.TrustedProxies, prefix)
	}
	for name, t := range c.Targets {
		invoker, err := connect(c.account(t))
		if err != nil {
			return made, c.at("targets."+name, "%s", err)
		}
		t.Invoker = invoker
		made.Targets[name] = t.Target
	}
	return made, nil
}

// check finds mistakes beyond those of the Gateway.
func (c *Config) check() error {
	switch {
	case len(c.Routes)+len(c.Proxy)+len(c.ByName) == 0:
		return c.at("", "nothing is served: name a function, a route, or targets under proxy or by_name")
	case c.LogFormat != "text" && c.LogFormat != "json":
		return c.at("log_format", "%q is no log format: use text or json", c.LogFormat)
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return c.at("tls_cert", "tls_cert and tls_key go together")
	case c.MaxHeaderBytes <= 0 || c.MaxHeaderBytes > 1<<20:
		return c.at("max_header_bytes", "%d is not between 1 and 1 MiB", c.MaxHeaderBytes)
	case c.HeaderTimeout <= 0:
		return c.at("header_timeout", "header_timeout must be above zero")
	case c.IdleTimeout <= 0:
		return c.at("idle_timeout", "idle_timeout must be above zero")
	case c.DrainTimeout < 0:
		return c.at("drain_timeout", "drain_timeout must not be below zero")
	}
	if err := c.checkAccounts(); err != nil {
		return err
	}
	if err := checkListen(c.Listen, c.InsecureListen || c.TLSCert != ""); err != nil {
		return c.at("listen", "%s", err)
	}
	if c.MetricsListen != "" {
		if err := checkListen(c.MetricsListen, true); err != nil {
			return c.at("metrics_listen", "%s", err)
		}
	}
	return nil
}

// place gives ConfigErrors of the Gateway the place in the file.
func (c *Config) place(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, c.place(one))
		}
		return errors.Join(all...)
	}
	if e, ok := errors.AsType[*gateway.ConfigError](err); ok {
		return c.at(e.Path, "%s", e.Reason)
	}
	return err
}

// at returns an Error at what the file has at path, or nearest above it.
func (c *Config) at(path, format string, args ...any) error {
	e := &Error{File: c.file, Reason: fmt.Sprintf(format, args...)}
	for at := path; ; {
		if p, ok := c.positions[at]; ok {
			e.Line, e.Column = p.line, p.column
			return e
		}
		cut := max(strings.LastIndexByte(at, '.'), strings.LastIndexByte(at, '['))
		if cut < 0 {
			break
		}
		at = at[:cut]
	}
	if path != "" && !strings.Contains(e.Reason, path) {
		e.Reason = path + ": " + e.Reason
	}
	if c.file != "" {
		e.Line, e.Column = 1, 1
	}
	return e
}

// Error is a mistake in the configuration.
type Error struct {
	File         string // "": of the flags
	Line, Column int
	Reason       string
}

// Error is "file:line:column: reason".
func (e *Error) Error() string {
	if e.File == "" {
		return e.Reason
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Reason)
}
