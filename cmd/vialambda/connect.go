package main

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// connection is what a call goes through.
type connection struct {
	invoker vialambda.Invoker
	targets vialambda.Targets // what is known of the functions
	close   func()
}

// connect returns what the flags ask for.
func (o *options) connect(ctx context.Context, t *terminal) (*connection, error) {
	if o.local != "" {
		return o.connectLocal(t)
	}
	cfg, err := o.awsConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := awslambda.New(cfg)
	return &connection{invoker: client, close: client.CloseIdleConnections}, nil
}

func (o *options) connectLocal(t *terminal) (*connection, error) {
	if o.region != "" || o.profile != "" || o.endpoint != "" {
		return nil, usagef("--local goes without --region, --profile and --endpoint-url")
	}
	if o.local == samplesSet {
		return &connection{invoker: openSamples().naming(), close: func() {}}, nil
	}
	running, err := openLocal(o.local, t)
	if err != nil {
		return nil, err
	}
	return &connection{invoker: running.naming(), targets: running.targets, close: running.close}, nil
}

// awsConfig reads the environment and the configuration files as the AWS CLI does.
func (o *options) awsConfig(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithLogger(logging.Nop{}), // what goes wrong, this command says itself, once
	}
	if o.region != "" {
		options = append(options, config.WithRegion(o.region))
	}
	if o.profile != "" {
		options = append(options, config.WithSharedConfigProfile(o.profile))
	}
	if o.endpoint != "" {
		u, err := url.Parse(o.endpoint)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return aws.Config{}, usagef("--endpoint-url %q is no URL: write http://127.0.0.1:9001 or the like", o.endpoint)
		}
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return cfg, usagef("the AWS configuration cannot be read: %v", err)
	}
	if o.endpoint != "" {
		cfg.BaseEndpoint = &o.endpoint
		cfg.ConfigSources = append([]any{lambdaEndpoint(o.endpoint)}, cfg.ConfigSources...)
	}
	return cfg, nil
}

// lambdaEndpoint is the endpoint URL of the flags. It comes before
// AWS_ENDPOINT_URL_LAMBDA, and is Lambda's alone: config.WithBaseEndpoint would
// send the assuming of roles there, too.
type lambdaEndpoint string

// GetServiceBaseEndpoint is what the SDK's clients ask aws.Config.ConfigSources for.
func (e lambdaEndpoint) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) { //nolint:unparam // the SDK's signature
	return string(e), service == "Lambda", nil
}
