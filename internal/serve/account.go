package serve

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// Client calls functions of one Account.
type Client struct {
	vialambda.Invoker
	// Credentials are what readiness asks for; nil: there are none to ask for.
	Credentials aws.CredentialsProvider
}

// sourceOf is the SDK's word for where a Client's credentials come from,
// EnvConfigCredentials or the like; "" if there are none, or none at hand.
func sourceOf(client vialambda.Invoker) string {
	c, ok := client.(*Client)
	if !ok || c.Credentials == nil {
		return ""
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // nobody is to be asked
	credentials, err := c.Credentials.Retrieve(ctx)
	if err != nil {
		return ""
	}
	return credentials.Source
}

// AWS returns a function that makes a Client of an Account, by the SDK's
// configuration that load returns for it. A role is assumed with the credentials
// of that.
func AWS(load func(context.Context, Account) (aws.Config, error)) func(context.Context, Account) (*Client, error) {
	return func(ctx context.Context, a Account) (*Client, error) {
		if err := a.Check(); err != nil {
			return nil, err
		}
		cfg, err := load(ctx, a)
		if err != nil {
			return nil, err
		}
		if cfg.Region == "" {
			return nil, errors.New("no AWS region: set region (--region), AWS_REGION, or a profile that has one")
		}
		if a.Role != "" {
			base := cfg.Copy()
			base.BaseEndpoint = nil // that is Lambda's, not STS's
			cfg.Credentials = aws.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), a.Role, a.session))
		}
		return &Client{Invoker: awslambda.New(cfg), Credentials: cfg.Credentials}, nil
	}
}
