package caddyvialambda

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp/reverseproxy"
	"go.uber.org/zap"
)

// Caddy finds modules only by their being registered before main.
func init() {
	caddy.RegisterModule((*Transport)(nil))
	caddy.RegisterModule((*App)(nil))
	httpcaddyfile.RegisterGlobalOption(appName, parseGlobal)
}

var (
	_ caddy.App                      = (*App)(nil)
	_ caddy.Provisioner              = (*App)(nil)
	_ caddy.CleanerUpper             = (*App)(nil)
	_ caddy.Provisioner              = (*Transport)(nil)
	_ caddyfile.Unmarshaler          = (*Transport)(nil)
	_ http.RoundTripper              = (*Transport)(nil)
	_ reverseproxy.BufferedTransport = (*Transport)(nil)
)

// Transport is Caddy's module http.reverse_proxy.transport.lambda: it answers
// requests of a reverse_proxy by invoking Lambda functions. The upstream that
// reverse_proxy has selected is the name of the target.
type Transport struct {
	Options

	app   *App
	log   *zap.Logger
	proxy proxy
	lanes map[string]*lane // by name; nothing else can be called
	fold  map[string]*lane // by name in lower case, for upstreams out of requests
	once  string           // the key of a request's attempts
}

// CaddyModule tells Caddy what this is.
func (*Transport) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.reverse_proxy.transport.lambda",
		New: func() caddy.Module { return new(Transport) },
	}
}

// Provision checks the options and makes what is needed to call the targets.
// Nothing is sent.
func (t *Transport) Provision(ctx caddy.Context) error {
	t.log = ctx.Logger()
	t.once = fmt.Sprintf("lambda.%p", t)
	shared, err := ctx.App(appName)
	if err != nil {
		return err
	}
	app := shared.(*App)
	t.app = app
	if t.proxy, err = proxyOf(ctx.Modules()); err != nil {
		return err
	}
	if err := t.fill(); err != nil {
		return err
	}
	if err := t.over(app.Target).account().Check(); err != nil {
		return err
	}
	if t.ProblemJSON == nil {
		t.ProblemJSON = app.ProblemJSON
	}
	if t.MaxAttempts == 0 {
		t.MaxAttempts = app.MaxAttempts
	}
	names, err := t.names(app)
	if err != nil {
		return err
	}
	t.lanes, t.fold = map[string]*lane{}, map[string]*lane{}
	for _, name := range names {
		full := t.complete(name, app, len(names) == 1)
		invoker, err := app.client(ctx, full.account())
		if err != nil {
			return fmt.Errorf("target %s: %w", name, err)
		}
		l, err := compile(name, full, t.MaxAttempts, invoker)
		if err != nil {
			return err
		}
		t.lanes[name] = l
		lower := strings.ToLower(name)
		if other := t.fold[lower]; other != nil && t.proxy.open {
			return fmt.Errorf("targets %s and %s differ in nothing but case, which host names do not keep: give one another name, and its function in its block", other.name, name)
		}
		t.fold[lower] = l
	}
	if t.proxy.probes {
		t.log.Warn("active health checks invoke the functions, and are charged as such", zap.Strings("targets", names))
	}
	return nil
}

// names are those of the targets that this transport may call.
func (t *Transport) names(app *App) ([]string, error) {
	names := slices.Clone(t.proxy.upstreams)
	for name := range t.Targets {
		if !t.proxy.open && !slices.Contains(t.proxy.upstreams, name) {
			return nil, fmt.Errorf("target %s is not among the upstreams (%s): write reverse_proxy %s, or leave the block out", name, strings.Join(t.proxy.upstreams, " "), name)
		}
		names = append(names, name)
	}
	if t.proxy.open && len(t.Targets) == 0 {
		names = slices.AppendSeq(names, maps.Keys(app.Targets))
	}
	slices.Sort(names)
	names = slices.Compact(names)
	switch {
	case len(names) == 0:
		return nil, errors.New("nothing can be called: name a function as the upstream, reverse_proxy orders, or, if the upstream is a placeholder, all that it may mean in target blocks")
	case len(names) > 1 && (t.Function != "" || t.Qualifier != ""):
		return nil, fmt.Errorf("function and qualifier belong into a target block, since there are several targets: %s", strings.Join(names, ", "))
	}
	return names, nil
}

// complete is what all places together say of a target.
func (t *Transport) complete(name string, app *App, alone bool) Target {
	full := t.Targets[name]
	if alone {
		if full.Function == "" {
			full.Function = t.Function
		}
		if full.Qualifier == "" {
			full.Qualifier = t.Qualifier
		}
	}
	full = full.over(t.Target)
	if global, ok := app.Targets[name]; ok {
		if full.Function == "" {
			full.Function, full.Qualifier = global.Function, cmp.Or(full.Qualifier, global.Qualifier)
		}
		full = full.over(global)
	}
	return full.over(app.Target)
}

// DefaultBufferSizes is for Caddy's reverse_proxy. If that may try another
// upstream, it has to keep the body.
func (t *Transport) DefaultBufferSizes() (request, response int64) {
	if !t.proxy.retries {
		return 0, 0
	}
	for _, l := range t.lanes {
		request = max(request, l.maxBody+1) // a buffer that is full counts as too small
	}
	return request, 0
}

// find returns the lane of an upstream, or nil.
func (t *Transport) find(name string) *lane {
	name = trimSuffix(name)
	if l := t.lanes[name]; l != nil {
		return l
	}
	if t.proxy.open {
		return t.fold[strings.ToLower(name)]
	}
	return nil
}
