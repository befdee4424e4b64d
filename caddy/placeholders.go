package caddyvialambda

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"

	"github.com/vialambda/vialambda/internal/edge"
)

// fill fills in the placeholders of the environment.
func (o *Options) fill() error {
	if o.MaxAttempts < 0 {
		return fmt.Errorf("max_attempts: %d is no number above zero", o.MaxAttempts)
	}
	repl := caddy.NewReplacer()
	if err := o.Target.fill(repl); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Targets)) {
		t := o.Targets[name]
		if err := t.fill(repl); err != nil {
			return fmt.Errorf("target %s: %w", name, err)
		}
		o.Targets[name] = t
	}
	return nil
}

func (t *Target) fill(repl *caddy.Replacer) error {
	for _, field := range []struct {
		name string
		text *string
	}{
		{"function", &t.Function}, {"qualifier", &t.Qualifier}, {"format", &t.Format}, {"mode", &t.Mode}, {"domain_name", &t.DomainName},
		{"region", &t.Region}, {"profile", &t.Profile}, {"endpoint_url", &t.EndpointURL},
		{"role", &t.Role}, {"external_id", &t.ExternalID}, {"session_name", &t.SessionName},
	} {
		filled, err := repl.ReplaceOrErr(*field.text, true, true)
		if err != nil {
			return fmt.Errorf("%s: %w: only placeholders of the environment, {env.NAME}, can be filled in here, and they must be set", field.name, err)
		}
		*field.text = filled
	}
	if t.Tenant != "" {
		t.Tenant = repl.ReplaceKnown(t.Tenant, "")
		if !strings.Contains(t.Tenant, "{") && !edge.IsTenant(t.Tenant) {
			return fmt.Errorf("tenant: %q is no tenant id: write 1 to 256 letters, digits, spaces and any of ._:/=+-@", t.Tenant)
		}
	}
	if len(t.ClientContext) > 0 {
		t.ClientContext = json.RawMessage(repl.ReplaceKnown(string(t.ClientContext), ""))
		if !json.Valid(t.ClientContext) {
			return fmt.Errorf("client_context: with its placeholders filled in it is no JSON")
		}
	}
	for i, route := range t.Routes {
		if strings.Contains(route, "{http.") {
			return fmt.Errorf(`routes: in %q the Caddyfile has replaced a parameter by a placeholder of its own: write \{path\} instead of {path}`, route)
		}
		t.Routes[i] = unescapeBraces.Replace(route)
	}
	return nil
}

var unescapeBraces = strings.NewReplacer(`\{`, "{", `\}`, "}")
