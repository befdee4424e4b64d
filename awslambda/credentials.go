package awslambda

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// metadataTimeout bounds the wait for the instance metadata service, which is the
// last source of the SDK's chain and silent where there is none. Where there is one
// it answers within milliseconds; an aws.CredentialsCache goes on waiting for it, so
// that a slow answer serves the next call.
const metadataTimeout = 3 * time.Second

// credentials are the caller's.
type credentials struct {
	provider  aws.CredentialsProvider
	anonymous bool // requests are to be unsigned
	sources   []aws.CredentialSource
	metadata  bool // the instance metadata service is among the sources

	validUntil atomic.Int64 // Unix seconds: until then the provider need not ask anybody
}

func newCredentials(provider aws.CredentialsProvider, anonymous bool) *credentials {
	c := &credentials{provider: provider, anonymous: anonymous}
	if p, ok := provider.(aws.CredentialProviderSource); ok {
		c.sources = p.ProviderSources()
		c.metadata = slices.Contains(c.sources, aws.CredentialSourceIMDS)
	}
	return c
}

// retrieve returns the present credentials, without keys if requests are to be
// unsigned, or a *vialambda.InvokeError.
func (c *credentials) retrieve(ctx context.Context) (aws.Credentials, error) {
	if c.anonymous {
		return aws.Credentials{}, nil
	}
	if c.provider == nil {
		return aws.Credentials{}, unasked(CodeNoCredentials, errors.New("aws.Config.Credentials is nil: "+
			"config.LoadDefaultConfig sets it, aws.AnonymousCredentials sends unsigned"))
	}
	bounded := ctx
	if c.metadata && c.validUntil.Load() <= time.Now().Unix() {
		var cancel context.CancelFunc
		bounded, cancel = context.WithTimeout(ctx, metadataTimeout)
		defer cancel()
	}
	creds, err := c.provider.Retrieve(bounded)
	switch {
	case err != nil && ctx.Err() != nil:
		return aws.Credentials{}, unsent(ctx)
	case err != nil:
		return aws.Credentials{}, unasked(CodeNoCredentials, c.explain(err))
	case !creds.HasKeys():
		return aws.Credentials{}, unasked(CodeNoCredentials, errors.New("their provider returned empty ones"))
	}
	if c.metadata {
		valid := int64(1<<63 - 1)
		if creds.CanExpire {
			valid = creds.Expires.Unix()
		}
		c.validUntil.Store(valid)
	}
	return creds, nil
}

// renew gets other credentials in the place of used, which the API says have
// expired, and reports whether there are any. A cache is invalidated, which the SDK
// does not do.
func (c *credentials) renew(ctx context.Context, used *aws.Credentials) bool {
	if !used.HasKeys() {
		return false
	}
	differ := func() bool {
		now, err := c.retrieve(ctx)
		return err == nil && (now.AccessKeyID != used.AccessKeyID || now.SecretAccessKey != used.SecretAccessKey || now.SessionToken != used.SessionToken)
	}
	if differ() { // another call has renewed them meanwhile
		return true
	}
	cache, ok := c.provider.(interface{ Invalidate() })
	if !ok {
		return false
	}
	cache.Invalidate()
	c.validUntil.Store(0)
	return differ()
}

// explain says which sources there were, and what the last of them said.
func (c *credentials) explain(cause error) error {
	said := essence(cause)
	if errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled) {
		cause = nil // it was not the caller's context that ended
	}
	if slices.Equal(c.sources, []aws.CredentialSource{aws.CredentialSourceIMDS}) {
		switch {
		case cause == nil:
			said = "no answer within " + metadataTimeout.String()
		case strings.EqualFold(os.Getenv("AWS_EC2_METADATA_DISABLED"), "true"):
			said = "turned off (AWS_EC2_METADATA_DISABLED)"
		}
		return &sentence{"none in the environment (AWS_ACCESS_KEY_ID), the shared config and credentials files (AWS_PROFILE) or a container; " +
			"instance metadata: " + clip(said, 80) + "; set AWS_PROFILE, or run aws configure or aws sso login", cause}
	}
	text := said
	if names := sourceNames(c.sources); names != "" {
		text = "from " + names + ": " + said
	}
	if slices.ContainsFunc(c.sources, func(s aws.CredentialSource) bool {
		return s == aws.CredentialSourceSSO || s == aws.CredentialSourceSSOLegacy
	}) {
		text = clip(text, 250) + "; run aws sso login"
	}
	return &sentence{text, cause}
}

// sourceNames names sources in the order in which they were used.
func sourceNames(sources []aws.CredentialSource) string {
	var names []string
	for _, source := range sources {
		if name := sourceName(source); name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func sourceName(source aws.CredentialSource) string {
	switch source {
	case aws.CredentialSourceEnvVars:
		return "the environment"
	case aws.CredentialSourceEnvVarsSTSWebIDToken, aws.CredentialSourceProfileSTSWebIDToken, aws.CredentialSourceSTSAssumeRoleWebID:
		return "a web identity"
	case aws.CredentialSourceSTSAssumeRole, aws.CredentialSourceSTSAssumeRoleSaml:
		return "an assumed role"
	case aws.CredentialSourceProfile, aws.CredentialSourceProfileSourceProfile, aws.CredentialSourceProfileNamedProvider:
		return "the profile"
	case aws.CredentialSourceSSO, aws.CredentialSourceSSOLegacy, aws.CredentialSourceProfileSSO, aws.CredentialSourceProfileSSOLegacy:
		return "SSO"
	case aws.CredentialSourceProcess, aws.CredentialSourceProfileProcess:
		return "credential_process"
	case aws.CredentialSourceHTTP:
		return "the container"
	case aws.CredentialSourceIMDS:
		return "instance metadata"
	case aws.CredentialSourceLogin, aws.CredentialSourceProfileLogin:
		return "aws login"
	}
	return ""
}
