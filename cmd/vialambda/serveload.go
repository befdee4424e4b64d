package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/internal/serve"
)

// load is the file with the flags laid over it.
func (o *serveOptions) load() (*serve.Config, error) {
	c := serve.Default()
	if o.file != "" {
		var err error
		if c, err = serve.Load(o.file); err != nil {
			return nil, fileError(err)
		}
	}
	if err := o.override(c); err != nil {
		return nil, err
	}
	target, err := o.flagTarget()
	if err != nil {
		return nil, err
	}
	for _, text := range o.routes {
		route, err := parseRoute(text)
		if err != nil {
			return nil, err
		}
		c.AddTarget(route.Target, target)
		c.Routes = append(c.Routes, route)
	}
	if o.set.Changed("proxy") {
		c.Proxy = slices.Clone(o.values.Proxy)
	}
	if o.set.Changed("by-name") {
		c.ByName = slices.Clone(o.values.ByName)
	}
	functions := o.set.Args()
	for _, name := range functions {
		if !slices.Contains(c.Proxy, name) {
			c.Proxy = append(c.Proxy, name)
		}
		if len(functions) > 1 && !slices.Contains(c.ByName, name) {
			c.ByName = append(c.ByName, name)
		}
	}
	if len(functions) == 1 {
		c.Routes = append(c.Routes, gateway.Route{Path: "/*", Target: functions[0]})
	}
	for _, name := range slices.Concat(functions, flagNames(o.set, "proxy", o.values.Proxy), flagNames(o.set, "by-name", o.values.ByName)) {
		c.AddTarget(name, target)
	}
	return c, nil
}

// flagTarget is what the flags say of the functions that they name.
func (o *serveOptions) flagTarget() (t gateway.Target, err error) {
	t = o.target
	if o.format != "" {
		if t.Format, err = vialambda.ParseFormat(o.format); err != nil {
			return t, usagef("--format: %v", err)
		}
	}
	if o.mode != "" {
		if t.Mode, err = vialambda.ParseMode(o.mode); err != nil {
			return t, usagef("--mode: %v", err)
		}
	}
	return t, nil
}

func flagNames(f *pflag.FlagSet, name string, values []string) []string {
	if f.Changed(name) {
		return values
	}
	return nil
}

// fileError makes mistakes of the user's what they are.
func fileError(err error) error {
	if _, ok := errors.AsType[*serve.Error](err); ok {
		return err
	}
	return usagef("the configuration cannot be read: %v", err)
}

// override lays the flags that were given over c.
func (o *serveOptions) override(c *serve.Config) error {
	v := o.values
	for name, set := range map[string]func(){
		"listen": func() { c.Listen = v.Listen }, "insecure-listen": func() { c.InsecureListen = v.InsecureListen },
		"tls-cert": func() { c.TLSCert = v.TLSCert }, "tls-key": func() { c.TLSKey = v.TLSKey },
		"metrics-listen": func() { c.MetricsListen = v.MetricsListen }, "hosts": func() { c.Hosts = v.Hosts },
		"trusted-proxies": func() { c.TrustedProxies = v.TrustedProxies }, "problem-json": func() { c.ProblemJSON = v.ProblemJSON },
		"log-format": func() { c.LogFormat = v.LogFormat }, "header-timeout": func() { c.HeaderTimeout = v.HeaderTimeout },
		"idle-timeout": func() { c.IdleTimeout = v.IdleTimeout }, "body-timeout": func() { c.BodyTimeout = v.BodyTimeout },
		"write-timeout": func() { c.WriteTimeout = v.WriteTimeout }, "drain-timeout": func() { c.DrainTimeout = v.DrainTimeout },
		"max-attempts": func() { c.MaxAttempts = v.MaxAttempts }, "region": func() { c.Region = v.Region },
		"profile": func() { c.Profile = v.Profile }, "role": func() { c.Role = v.Role },
		"external-id": func() { c.ExternalID = v.ExternalID }, "session-name": func() { c.SessionName = v.SessionName }, "endpoint-url": func() { c.EndpointURL = v.EndpointURL },
	} {
		if o.set.Changed(name) {
			set()
		}
	}
	for name, size := range map[string]struct {
		text string
		to   *int64
	}{"max-header-bytes": {o.maxHeaderBytes, &c.MaxHeaderBytes}, "max-bytes-in-flight": {o.maxBytesInFlight, &c.MaxBytesInFlight}} {
		if !o.set.Changed(name) {
			continue
		}
		n, err := serve.ParseSize(size.text)
		if err != nil {
			return usagef("--%s: %v", name, err)
		}
		*size.to = n
	}
	return nil
}

// parseRoute reads [METHOD ]PATH=TARGET.
func parseRoute(text string) (gateway.Route, error) {
	at := strings.LastIndexByte(text, '=')
	if at <= 0 || at == len(text)-1 {
		return gateway.Route{}, usagef("--route %q cannot be read: write '/api/orders/*=prod.orders' or 'GET /health=health'", text)
	}
	r := gateway.Route{Path: text[:at], Target: text[at+1:]}
	if method, path, ok := strings.Cut(r.Path, " "); ok {
		r.Methods, r.Path = strings.Split(method, ","), path
	}
	return r, nil
}
