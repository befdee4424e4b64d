package caddyvialambda

import (
	"cmp"
	"encoding/json"

	"github.com/caddyserver/caddy/v2"

	"github.com/vialambda/vialambda/internal/serve"
)

// Options are what a transport says of its targets, and [App] of all.
// Placeholders of the environment ({env.NAME}) are filled in when the
// configuration is loaded, in all texts but routes.
type Options struct {
	// Options of all targets. Function and qualifier may stand here if there is
	// just one.
	Target

	// Targets by name. A name that is not here is the name of a function,
	// optionally with a qualifier before it: "orders", "prod.orders".
	Targets map[string]Target `json:"targets,omitempty"`

	// ProblemJSON makes errors application/problem+json (RFC 9457) instead of
	// what the target's format has. Default: false.
	ProblemJSON *bool `json:"problem_json,omitempty"`

	// MaxAttempts is how often an invocation is sent at most. It is sent again
	// only if it is proven that the function did not run, or if the request is
	// idempotent. Default: 3.
	MaxAttempts int `json:"max_attempts,omitempty"`
}

// Target is a function that can be called, and how.
type Target struct {
	// Function is a name, a partial ARN or an ARN. Default: the target's name.
	Function string `json:"function,omitempty"`
	// Qualifier is a version, an alias or $LATEST.
	Qualifier string `json:"qualifier,omitempty"`

	// Format is the front door whose events the function expects: rest-api,
	// http-api, function-url, alb, alb-multi-value or raw. Default: rest-api.
	Format string `json:"format,omitempty"`
	// Mode is how answers are fetched: buffered, stream or auto. Default:
	// buffered.
	Mode string `json:"mode,omitempty"`
	// Routes are the function's own routes, as API Gateway has them: "GET
	// /items/{id}", "$default". A request that none of them matches is 404.
	Routes []string `json:"routes,omitempty"`
	// DomainName is the host that the event carries. Default: the request's
	// Host.
	DomainName string `json:"domain_name,omitempty"`

	// Tenant is for functions with tenant isolation. It may have placeholders of
	// the request; if one of them is empty or unknown, the request is 400.
	Tenant string `json:"tenant,omitempty"`
	// ClientContext is JSON that the function gets as its client context.
	ClientContext json.RawMessage `json:"client_context,omitempty"`

	// Timeout is how long an answer may take, streams to their end. What takes
	// longer is 504. Default: 15m, Lambda's own limit.
	Timeout caddy.Duration `json:"timeout,omitempty"`
	// MaxBody bounds request bodies, in bytes. More is 413. Default: 6291456,
	// Lambda's own limit for an event.
	MaxBody int64 `json:"max_body,omitempty"`

	// Async lets "Prefer: respond-async" make a call asynchronous, answered with
	// 202. Default: false.
	Async *bool `json:"async,omitempty"`
	// Idempotent lets all requests be sent again though they may have run.
	// Default: false.
	Idempotent *bool `json:"idempotent,omitempty"`
	// IdempotencyKey lets those be sent again that have an Idempotency-Key or
	// X-Idempotency-Key header. Default: false.
	IdempotencyKey *bool `json:"idempotency_key,omitempty"`
	// LogTail asks for the end of the function's log, which tells cold starts
	// from warm ones in the access log. Default: true.
	LogTail *bool `json:"log_tail,omitempty"`

	// Region, Profile, Role and EndpointURL say whose functions are called, and
	// where: an AWS region, a profile of the AWS configuration, the ARN of a role
	// to assume, the URL of another Invoke API. Default: as the AWS CLI has them.
	Region      string `json:"region,omitempty"`
	Profile     string `json:"profile,omitempty"`
	Role        string `json:"role,omitempty"`
	EndpointURL string `json:"endpoint_url,omitempty"`
	// ExternalID is what the role's trust policy may ask for. It belongs to the
	// role that it stands with: a target with a role of its own takes none from
	// above. Default: none.
	ExternalID string `json:"external_id,omitempty"`
	// SessionName is the name of the sessions with the role. Default: vialambda.
	SessionName string `json:"session_name,omitempty"`
}

// over returns t with what it leaves open taken from under. Function and
// qualifier belong to one target and are not taken.
func (t Target) over(under Target) Target {
	t.Format = cmp.Or(t.Format, under.Format)
	t.Mode = cmp.Or(t.Mode, under.Mode)
	if t.Routes == nil {
		t.Routes = under.Routes
	}
	t.DomainName = cmp.Or(t.DomainName, under.DomainName)
	t.Tenant = cmp.Or(t.Tenant, under.Tenant)
	if t.ClientContext == nil {
		t.ClientContext = under.ClientContext
	}
	t.Timeout = cmp.Or(t.Timeout, under.Timeout)
	t.MaxBody = cmp.Or(t.MaxBody, under.MaxBody)
	t.Async = cmp.Or(t.Async, under.Async)
	t.Idempotent = cmp.Or(t.Idempotent, under.Idempotent)
	t.IdempotencyKey = cmp.Or(t.IdempotencyKey, under.IdempotencyKey)
	t.LogTail = cmp.Or(t.LogTail, under.LogTail)
	t.Region = cmp.Or(t.Region, under.Region)
	t.Profile = cmp.Or(t.Profile, under.Profile)
	if t.Role == "" {
		t.ExternalID = cmp.Or(t.ExternalID, under.ExternalID)
	}
	t.Role = cmp.Or(t.Role, under.Role)
	t.SessionName = cmp.Or(t.SessionName, under.SessionName)
	t.EndpointURL = cmp.Or(t.EndpointURL, under.EndpointURL)
	return t
}

func (t Target) account() serve.Account {
	return serve.Account{
		Region: t.Region, Profile: t.Profile, EndpointURL: t.EndpointURL,
		Role: t.Role, ExternalID: t.ExternalID, SessionName: t.SessionName,
	}.For(t.Function)
}

// said is what b says; otherwise if it says nothing.
func said(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}
