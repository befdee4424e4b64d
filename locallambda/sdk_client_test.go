package locallambda_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/schemas"
	"github.com/aws/smithy-go/transport/http/protocol/restjson1"
	"go.uber.org/goleak"

	"github.com/vialambda/vialambda/locallambda"
)

// overBoth runs test with an SDK client that reaches s over a socket, and with
// one that reaches it without.
func overBoth(t *testing.T, s *locallambda.Server, test func(t *testing.T, client *lambda.Client)) {
	t.Run("socket", func(t *testing.T) { test(t, overSocket(t, s)) })
	t.Run("no socket", func(t *testing.T) {
		leaks := goleak.IgnoreCurrent()
		test(t, sdkClient("https://lambda.us-east-1.amazonaws.com", s.Client()))
		goleak.VerifyNone(t, leaks)
	})
}

func overSocket(t *testing.T, handler http.Handler) *lambda.Client {
	leaks := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, leaks) })
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return sdkClient(server.URL, server.Client())
}

func sdkClient(endpoint string, client lambda.HTTPClient) *lambda.Client {
	return lambda.New(lambda.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials("AKIDEXAMPLE", "secret", ""),
		HTTPClient:   plainBody{client},
	})
}

func credentials(id, secret, token string) aws.CredentialsProvider {
	return aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}, nil
	})
}

// plainBody hides the WriteTo of the SDK's request bodies: with it, net/http
// closes the connection under large answers.
type plainBody struct{ lambda.HTTPClient }

func (c plainBody) Do(req *http.Request) (*http.Response, error) {
	if req.Body != nil && req.Body != http.NoBody {
		req.Body = struct{ io.ReadCloser }{req.Body}
	}
	return c.HTTPClient.Do(req)
}

// quickRetries is the SDK's default retryer without its pauses.
func quickRetries(o *lambda.Options) {
	o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
		s.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// ownProtocol gives a call a protocol of its own: that of a client is written to
// by every stream it reads, without a lock.
func ownProtocol(o *lambda.Options) { o.Protocol = restjson1.New(schemas.AWSGirApiService) }
