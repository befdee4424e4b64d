package awslambda_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	smithyendpoints "github.com/aws/smithy-go/endpoints"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

func setHeader(name, value string) func(*middleware.Stack) error {
	return smithyhttp.SetHeaderValue(name, value)
}

// ownSigner is a caller's signer.
type ownSigner struct{}

func (*ownSigner) SignHTTP(_ context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, _ ...func(*v4.SignerOptions)) error {
	r.Header.Set("Authorization", strings.Join([]string{"Own", c.AccessKeyID, hash[:8], service, region}, " "))
	return nil
}

type interceptor struct{}

func (interceptor) BeforeTransmit(context.Context, *smithyhttp.InterceptorContext) error { return nil }

// resolver is a caller's endpoint resolver.
type resolver struct{}

func (resolver) ResolveEndpoint(ctx context.Context, params lambda.EndpointParameters) (smithyendpoints.Endpoint, error) {
	return lambda.NewDefaultEndpointResolverV2().ResolveEndpoint(ctx, params)
}

// TestOwnSigner says that a caller's signer signs, and that its failure is said.
func TestOwnSigner(t *testing.T) {
	server := record(t, nil)
	cfg := testConfig(server.URL)
	cfg.ServiceOptions = append(cfg.ServiceOptions, func(_ string, o any) { o.(*lambda.Options).HTTPSignerV4 = new(ownSigner) })
	eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
		if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f"}); err != nil {
			t.Fatal(err)
		}
		if got, want := server.last(t).Header.Get("Authorization"), "Own AKIDEXAMPLE e3b0c442 lambda us-east-1"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}
