package awslambda

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// source is a provider that knows where its credentials come from.
type source struct {
	sources  []aws.CredentialSource
	retrieve func(context.Context) (aws.Credentials, error)
}

func (s source) Retrieve(ctx context.Context) (aws.Credentials, error) { return s.retrieve(ctx) }
func (s source) ProviderSources() []aws.CredentialSource               { return s.sources }

// TestMetadataWait has an instance metadata service that never answers: the wait is
// bounded and the error says what was tried. One that answers late serves the next
// call.
func TestMetadataWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answer := make(chan aws.Credentials)
		provider := aws.NewCredentialsCache(source{[]aws.CredentialSource{aws.CredentialSourceIMDS}, func(context.Context) (aws.Credentials, error) {
			return <-answer, nil
		}})
		c := newCredentials(provider, false)
		start := time.Now()
		_, err := c.retrieve(t.Context())
		if waited := time.Since(start); waited != metadataTimeout {
			t.Errorf("waited %v", waited)
		}
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("%v, which is not of the caller's deadline", err)
		}
		for _, word := range []string{"AWS_ACCESS_KEY_ID", "AWS_PROFILE", "container", "instance metadata", "within 3s", "aws configure"} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("no %q in %v", word, err)
			}
		}
		if strings.Contains(err.Error(), "…") {
			t.Errorf("cut: %v", err)
		}

		answer <- aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret"}
		synctest.Wait()
		if creds, err := c.retrieve(t.Context()); err != nil || creds.AccessKeyID != "id" {
			t.Errorf("%v, %v", creds, err)
		}
		if c.validUntil.Load() == 0 {
			t.Error("the next call would be bounded again")
		}
	})
}

// TestCredentialsContext ends the caller's own context, before the bound and without
// one: the error is the context's.
func TestCredentialsContext(t *testing.T) {
	for _, s := range []aws.CredentialSource{aws.CredentialSourceIMDS, aws.CredentialSourceProcess} {
		synctest.Test(t, func(t *testing.T) {
			c := newCredentials(source{[]aws.CredentialSource{s}, func(ctx context.Context) (aws.Credentials, error) {
				<-ctx.Done()
				return aws.Credentials{}, ctx.Err()
			}}, false)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := c.retrieve(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCredentialsErrors(t *testing.T) {
	broken := func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("broken") }
	empty := func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, nil }
	for _, test := range []struct {
		provider aws.CredentialsProvider
		want     string
	}{
		{nil, "lambda invoke: NoCredentials: aws.Config.Credentials is nil: config.LoadDefaultConfig sets it, aws.AnonymousCredentials sends unsigned"},
		{aws.CredentialsProviderFunc(broken), "lambda invoke: NoCredentials: broken"},
		{aws.CredentialsProviderFunc(empty), "lambda invoke: NoCredentials: their provider returned empty ones"},
		{source{[]aws.CredentialSource{aws.CredentialSourceProfileSourceProfile, aws.CredentialSourceProfile, aws.CredentialSourceSTSAssumeRole}, broken},
			"lambda invoke: NoCredentials: from the profile, an assumed role: broken"},
		{source{[]aws.CredentialSource{aws.CredentialSourceSSO}, broken}, "lambda invoke: NoCredentials: from SSO: broken; run aws sso login"},
	} {
		if _, err := newCredentials(test.provider, false).retrieve(t.Context()); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	for s := aws.CredentialSourceEnvVars; s <= aws.CredentialSourceLogin; s++ {
		switch s {
		case aws.CredentialSourceSTSFederationToken, aws.CredentialSourceSTSSessionToken: // no provider of the SDK for Go
		default:
			if sourceName(s) == "" {
				t.Errorf("credential source %d has no name", s)
			}
		}
	}
}

// TestRenew renews expired credentials under many calls at once.
func TestRenew(t *testing.T) {
	var asked atomic.Int64
	c := newCredentials(aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		n := asked.Add(1)
		return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "secret", SessionToken: strings.Repeat("x", int(n))}, nil
	})), false)
	used, err := c.retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 100 {
		group.Go(func() {
			if !c.renew(t.Context(), &used) {
				t.Error("not renewed")
			}
		})
	}
	group.Wait()
	if now, err := c.retrieve(t.Context()); err != nil || now.SessionToken == used.SessionToken {
		t.Errorf("%v, %v", now, err)
	}

	for name, provider := range map[string]aws.CredentialsProvider{
		"the same again":      aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return used, nil })),
		"no cache":            aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return used, nil }),
		"no longer to be had": aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("gone") })),
		"not configured":      nil,
	} {
		if newCredentials(provider, false).renew(t.Context(), &used) {
			t.Errorf("%s: renewed", name)
		}
	}
}
