package caddyvialambda

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/dustin/go-humanize"

	"github.com/vialambda/vialambda"
)

// UnmarshalCaddyfile reads the block of a transport:
//
//	transport lambda {
//		<option> <value>          # of all targets: see Target
//		target <name> {
//			<option> <value>      # of this one
//		}
//		problem_json [true|false]
//		max_attempts <number>
//	}
func (t *Transport) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the transport's name
	if d.NextArg() {
		return d.Errf("transport lambda has no arguments: write %q as an upstream, reverse_proxy %s, or in a block", d.Val(), d.Val())
	}
	return t.unmarshal(d)
}

// parseGlobal reads the global option lambda, whose block is like a transport's.
func parseGlobal(d *caddyfile.Dispenser, before any) (any, error) {
	d.Next() // the option's name
	if before != nil {
		return nil, d.Err("the global option lambda is there twice: put both into one")
	}
	if d.NextArg() {
		return nil, d.Err("the global option lambda has no arguments: write a block")
	}
	var app App
	if err := app.unmarshal(d); err != nil {
		return nil, err
	}
	return httpcaddyfile.App{Name: appName, Value: caddyconfig.JSON(&app, nil)}, nil
}

// word reads the arguments of an option.
type word func(d *caddyfile.Dispenser) error

func (o *Options) unmarshal(d *caddyfile.Dispenser) error {
	words := o.words()
	words["problem_json"] = flag(&o.ProblemJSON)
	words["max_attempts"] = func(d *caddyfile.Dispenser) error {
		n, err := strconv.Atoi(d.Val())
		if err != nil || n < 1 {
			return d.Errf("max_attempts: %q is no number above zero", d.Val())
		}
		o.MaxAttempts = n
		return nil
	}
	words["target"] = func(d *caddyfile.Dispenser) error {
		name := d.Val()
		if _, twice := o.Targets[name]; twice {
			return d.Errf("target %s is there twice", name)
		}
		var t Target
		if err := unmarshalBlock(d, t.words()); err != nil {
			return err
		}
		if o.Targets == nil {
			o.Targets = map[string]Target{}
		}
		o.Targets[name] = t
		return nil
	}
	return unmarshalBlock(d, words)
}

// unmarshalBlock reads a block of options, each of them once, but for targets.
func unmarshalBlock(d *caddyfile.Dispenser, words map[string]word) error {
	seen := map[string]bool{}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		name := d.Val()
		if instead, ok := caddysOwn[name]; ok {
			return d.Errf("%s: %s", name, instead)
		}
		read, ok := words[name]
		switch {
		case !ok:
			return d.Errf("there is no %q here: there are %s", name, strings.Join(slices.Sorted(maps.Keys(words)), ", "))
		case seen[name] && name != "target":
			return d.Errf("%s is there twice", name)
		}
		seen[name] = true
		if _, isFlag := flagNames[name]; !isFlag && !d.NextArg() {
			return d.Errf("%s: the value is missing", name)
		}
		if err := read(d); err != nil {
			return err
		}
		if d.NextArg() {
			return d.Errf("%s: %q is one value too many: put quotes around values with spaces", name, d.Val())
		}
	}
	return nil
}

// caddysOwn are words of the gateway for which Caddy has its own.
var caddysOwn = map[string]string{
	"max_concurrent": "write unhealthy_request_count into the reverse_proxy block instead: more requests at a time than that are 503",
	"queue":          "write lb_try_duration into the reverse_proxy block instead: that is how long requests wait for an upstream",
	"queue_timeout":  "write lb_try_duration into the reverse_proxy block instead: that is how long requests wait for an upstream",
}

// flagNames are the options that may stand without a value.
var flagNames = map[string]struct{}{"async": {}, "idempotent": {}, "idempotency_key": {}, "log_tail": {}, "problem_json": {}}

func (t *Target) words() map[string]word {
	return map[string]word{
		"function": text(&t.Function), "qualifier": text(&t.Qualifier),
		"format": oneOf(&t.Format, vialambda.ParseFormat), "mode": oneOf(&t.Mode, vialambda.ParseMode),
		"domain_name": text(&t.DomainName), "tenant": text(&t.Tenant),
		"region": text(&t.Region), "profile": text(&t.Profile), "endpoint_url": text(&t.EndpointURL),
		"role": text(&t.Role), "external_id": text(&t.ExternalID), "session_name": text(&t.SessionName),
		"async": flag(&t.Async), "idempotent": flag(&t.Idempotent), "idempotency_key": flag(&t.IdempotencyKey), "log_tail": flag(&t.LogTail),
		"routes": func(d *caddyfile.Dispenser) error {
			t.Routes = append([]string{d.Val()}, d.RemainingArgs()...)
			return nil
		},
		"timeout": func(d *caddyfile.Dispenser) error {
			v, err := caddy.ParseDuration(d.Val())
			if err != nil || v <= 0 {
				return d.Errf("timeout: %q is no duration: write 30s or 5m", d.Val())
			}
			t.Timeout = caddy.Duration(v)
			return nil
		},
		"max_body": func(d *caddyfile.Dispenser) error {
			v, err := humanize.ParseBytes(d.Val())
			if err != nil || v == 0 || v > 1<<30 {
				return d.Errf("max_body: %q is no size: write bytes, or 64KiB, 6MiB", d.Val())
			}
			t.MaxBody = int64(v)
			return nil
		},
		"client_context": func(d *caddyfile.Dispenser) error {
			if t.ClientContext = json.RawMessage(d.Val()); !json.Valid(t.ClientContext) {
				return d.Errf("client_context: %s is no JSON: put it between backticks", d.Val())
			}
			return nil
		},
	}
}

func text(to *string) word {
	return func(d *caddyfile.Dispenser) error {
		if *to = d.Val(); *to == "" {
			return d.Err("the value is empty")
		}
		return nil
	}
}

func flag(to **bool) word {
	return func(d *caddyfile.Dispenser) error {
		v, name := true, d.Val()
		if d.NextArg() {
			switch d.Val() {
			case "true":
			case "false":
				v = false
			default:
				return d.Errf("%s: true or false belongs here, not %q", name, d.Val())
			}
		}
		*to = &v
		return nil
	}
}

// oneOf reads one of a set of words. What has placeholders is looked at later.
func oneOf[T any](to *string, parse func(string) (T, error)) word {
	return func(d *caddyfile.Dispenser) error {
		*to = d.Val()
		if _, err := parse(*to); err != nil && !strings.Contains(*to, "{") {
			return d.Err(err.Error())
		}
		return nil
	}
}
