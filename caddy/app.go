package caddyvialambda

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
	"github.com/caddyserver/caddy/v2"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/serve"
)

const appName = "lambda"

// App is Caddy's app lambda: what the transports of one configuration share. Its
// options are those of all transports that do not say otherwise; in a Caddyfile
// they are the global option lambda.
//
// Each account, that is region, profile, role with external id and session name,
// and endpoint, has one client with its connections and credentials. They are made
// when a configuration is loaded, none is taken over from the one before, and when
// it is replaced they end with the last request that began under it.
type App struct {
	Options

	mu      sync.Mutex
	clients map[serve.Account]*serve.Client
	gone    atomic.Bool // the configuration has been replaced
}

// CaddyModule tells Caddy what this is.
func (*App) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: appName, New: func() caddy.Module { return new(App) }}
}

// Provision checks the options.
func (a *App) Provision(caddy.Context) error {
	if a.Function != "" || a.Qualifier != "" {
		return errors.New("function and qualifier belong into a target block")
	}
	if err := a.fill(); err != nil {
		return err
	}
	return a.account().Check()
}

// Start is for Caddy's interface of an app.
func (a *App) Start() error { return nil }

// Stop is for Caddy's interface of an app. Requests under way go on.
func (a *App) Stop() error { return nil }

// Cleanup closes the connections that no request uses. The others are closed
// when theirs has ended.
func (a *App) Cleanup() error {
	a.gone.Store(true)
	a.closeIdle()
	return nil
}

// ended is called at the end of each request. A client's connection to a server
// of a former configuration may bring more of them after Cleanup.
func (a *App) ended() {
	if a.gone.Load() {
		a.closeIdle()
	}
}

func (a *App) closeIdle() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.clients {
		if idle, ok := c.Invoker.(interface{ CloseIdleConnections() }); ok {
			idle.CloseIdleConnections()
		}
	}
}

// client returns the one client of an account.
func (a *App) client(ctx context.Context, account serve.Account) (vialambda.Invoker, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.clients[account]; known != nil {
		return known.Invoker, nil
	}
	made, err := serve.AWS(loadAWS)(ctx, account)
	if err != nil {
		return nil, err
	}
	if a.clients == nil {
		a.clients = map[serve.Account]*serve.Client{}
	}
	a.clients[account] = made
	return made.Invoker, nil
}

// loadAWS reads the environment and the configuration files as the AWS CLI does.
func loadAWS(ctx context.Context, a serve.Account) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // what goes wrong is an error, and logged once
	}
	if a.Region != "" {
		options = append(options, config.WithRegion(a.Region))
	}
	if a.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(a.Profile))
	}
	if a.EndpointURL != "" {
		u, err := url.Parse(a.EndpointURL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return aws.Config{}, fmt.Errorf("endpoint_url %q is no URL: write http://127.0.0.1:9001 or the like", a.EndpointURL)
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, fmt.Errorf("the AWS configuration cannot be read: %w", err)
	}
	if a.EndpointURL != "" {
		cfg.BaseEndpoint = &a.EndpointURL
		cfg.ConfigSources = append([]any{lambdaEndpoint(a.EndpointURL)}, cfg.ConfigSources...)
	}
	return cfg, nil
}

// lambdaEndpoint is an endpoint_url. It comes before AWS_ENDPOINT_URL_LAMBDA and
// is Lambda's alone: config.WithBaseEndpoint would have roles assumed there, too.
type lambdaEndpoint string

// GetServiceBaseEndpoint is what the SDK's clients ask aws.Config.ConfigSources for.
func (e lambdaEndpoint) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	return string(e), service == "Lambda", nil
}
