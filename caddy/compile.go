package caddyvialambda

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/gateway"
	"github.com/vialambda/vialambda/internal/edge"
)

const (
	defaultTimeout = 15 * time.Minute
	defaultMaxBody = 6_291_456
)

// lane is a target that is ready to be called.
type lane struct {
	name    string // of the target
	host    string // of the URL that the Transport gets
	rt      *vialambda.Transport
	format  vialambda.Format
	timeout time.Duration
	maxBody int64
	tenant  string // may have placeholders

	ownHost        bool // the event carries the domain_name
	idempotent     bool // all requests may be sent again,
	idempotencyKey bool // or those with a key
}

// compile makes the lane of a target whose options are complete.
func compile(name string, t Target, maxAttempts int, invoker vialambda.Invoker) (*lane, error) {
	made := gateway.Target{
		Target: vialambda.Target{
			Function: t.Function, Qualifier: t.Qualifier, Routes: t.Routes,
			Async: said(t.Async, false), Idempotent: said(t.Idempotent, false), LogTail: said(t.LogTail, true),
			ClientContext: t.ClientContext, Invoker: invoker,
		},
		Timeout: time.Duration(t.Timeout), MaxBody: t.MaxBody,
	}
	made.Front.DomainName = t.DomainName
	var err error
	if t.Format != "" {
		if made.Format, err = vialambda.ParseFormat(t.Format); err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
	}
	if t.Mode != "" {
		if made.Mode, err = vialambda.ParseMode(t.Mode); err != nil {
			return nil, fmt.Errorf("target %s: %w", name, err)
		}
	}
	if err := checkTarget(name, made); err != nil {
		return nil, err
	}
	if made.Function == "" {
		made.Function = name
		if qualifier, function, ok := strings.Cut(name, "."); ok {
			made.Function, made.Qualifier = function, qualifier
		}
	}
	if strings.EqualFold(made.Qualifier, "$LATEST") {
		made.Qualifier = "$LATEST"
	}
	l := &lane{
		name: name, host: edge.BareName(made.Function), format: made.Format, tenant: t.Tenant,
		timeout: made.Timeout, maxBody: made.MaxBody,
		ownHost: t.DomainName != "", idempotent: made.Idempotent, idempotencyKey: said(t.IdempotencyKey, false),
	}
	if l.format == 0 {
		l.format = vialambda.RESTAPI
	}
	if l.timeout == 0 {
		l.timeout = defaultTimeout
	}
	if l.maxBody == 0 {
		l.maxBody = defaultMaxBody
	}
	l.rt = &vialambda.Transport{
		Targets:            vialambda.Targets{l.host: made.Target},
		Retry:              vialambda.Retry{MaxAttempts: maxAttempts},
		DisableCompression: true, // what the client asks for, it gets
	}
	return l, nil
}

// checkTarget finds what the gateway would find, and says it in its words.
func checkTarget(name string, t gateway.Target) error {
	t.Invoker = vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return nil, errors.New("not called")
	})
	_, err := gateway.New(gateway.Config{Targets: map[string]gateway.Target{name: t}})
	if e, ok := errors.AsType[*gateway.ConfigError](err); ok {
		return fmt.Errorf("target %s: %s", name, e.Reason)
	}
	return err
}
