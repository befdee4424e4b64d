package awslambda_test

import (
	"context"
	"io"
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

// signerFunc is a caller's signer.
type signerFunc func(ctx context.Context, r *http.Request) error

func (f *signerFunc) SignHTTP(ctx context.Context, _ aws.Credentials, r *http.Request, _, _, _ string, _ time.Time, _ ...func(*v4.SignerOptions)) error {
	return (*f)(ctx, r)
}

func withSigner(cfg aws.Config, sign signerFunc) aws.Config {
	cfg.ServiceOptions = append(cfg.ServiceOptions, func(_ string, o any) { o.(*lambda.Options).HTTPSignerV4 = &sign })
	return cfg
}

// TestOwnSignerKeeps says that a signer may do to a request, and keep of it, what it
// likes: the next one has a URL of its own, and a body that was not released stays.
func TestOwnSignerKeeps(t *testing.T) {
	server := record(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"statusCode":200}`) })
	var bodies []func() (io.ReadCloser, error)
	client := newClient(t, withSigner(testConfig(server.URL), func(_ context.Context, r *http.Request) error {
		r.URL.RawQuery += "&signed"
		bodies = append(bodies, r.GetBody)
		return nil
	}))
	tr := &vialambda.Transport{Invoker: client, Format: vialambda.ALB}
	for i := range 20 {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http+lambda://f/call/"+itoa(i)+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tr.RoundTrip(req); err != nil {
			t.Fatal(err)
		}
		if got := server.last(t).URL.RawQuery; got != "&signed" {
			t.Fatalf("call %d has the query %q", i, got)
		}
	}
	for i, body := range bodies {
		r, err := body()
		if err != nil {
			t.Fatal(err)
		}
		if event, err := io.ReadAll(r); err != nil || !strings.Contains(string(event), "/call/"+itoa(i)+"/") {
			t.Errorf("event %d became %s, %v", i, event, err)
		}
	}
}

// TestOwnSignerSends: what a signer sends under its context, to a service that
// signs for instance, is not taken for the request.
func TestOwnSignerSends(t *testing.T) {
	service := record(t, nil)
	gone := record(t, nil)
	gone.Close()
	cfg := withSigner(testConfig(gone.URL), func(ctx context.Context, _ *http.Request) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, service.URL, nil)
		if err != nil {
			return err
		}
		resp, err := service.Client().Do(req)
		if err == nil {
			resp.Body.Close()
		}
		return err
	})
	transport := http.DefaultTransport.(*http.Transport).Clone()
	cfg.HTTPClient = opaqueClient{transport}
	eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
		_, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")})
		if e := invokeError(t, err); e.MayHaveRun {
			t.Errorf("nobody listens, but the function may have run: %v", e)
		}
	})
	if n := len(service.all()); n != 2 {
		t.Errorf("signed %d times", n)
	}
}

// opaqueClient is an HTTP client of which it is not known what it is made of.
type opaqueClient struct{ transport *http.Transport }

func (c opaqueClient) Do(req *http.Request) (*http.Response, error) {
	return c.transport.RoundTrip(req)
}

// TestOwnSignerWritesToHeader: a signer may change values where they are, and the
// next request has none of it.
func TestOwnSignerWritesToHeader(t *testing.T) {
	server := record(t, nil)
	var given []string
	cfg := withSigner(testConfig(server.URL), func(_ context.Context, r *http.Request) error {
		given = append(given, r.Header.Get("User-Agent")+" "+r.Header.Get("Content-Type"))
		for _, values := range r.Header {
			for i := range values {
				values[i] = "changed"
			}
		}
		return nil
	})
	eachClient(t, cfg, func(t *testing.T, client *awslambda.Client) {
		given = nil
		for range 2 {
			if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: "f", Payload: []byte("{}")}); err != nil {
				t.Fatal(err)
			}
		}
		if len(given) != 2 || given[0] != given[1] {
			t.Errorf("the signer was given %q", given)
		}
	})
}
