package awslambda_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
	"github.com/vialambda/vialambda/internal/invokertest"
	"github.com/vialambda/vialambda/locallambda"
)

// TestContract checks both constructors against the contract of an Invoker, over a
// local Lambda that verifies signatures.
func TestContract(t *testing.T) {
	pooled := func() *http.Client {
		tr := http.DefaultTransport.(*http.Transport).Clone()
		tr.MaxIdleConnsPerHost = 1000
		return &http.Client{Transport: tr}
	}
	for _, test := range []struct {
		name  string
		start func(*httptest.Server)
		cfg   func(*httptest.Server) aws.Config
		make  func(aws.Config) *awslambda.Client
	}{
		{"New", (*httptest.Server).Start, plainConfig, awslambda.New},
		{"New over TLS", (*httptest.Server).StartTLS, trustingConfig, awslambda.New},
		{"New over HTTP2", startHTTP2, trustingConfig, awslambda.New},
		{"New with an HTTP client of the caller's", (*httptest.Server).Start,
			func(s *httptest.Server) aws.Config { return withClient(plainConfig(s), pooled()) }, awslambda.New},
		{"New through the pipeline", (*httptest.Server).Start,
			func(s *httptest.Server) aws.Config {
				cfg := plainConfig(s)
				cfg.APIOptions = append(cfg.APIOptions, setHeader("X-Own", "1"))
				return cfg
			}, awslambda.New},
		{"FromSDK", (*httptest.Server).Start,
			func(s *httptest.Server) aws.Config { return withClient(plainConfig(s), pooled()) },
			func(cfg aws.Config) *awslambda.Client { return awslambda.FromSDK(lambda.NewFromConfig(cfg)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
				local := &locallambda.Server{
					Functions:   functions,
					Region:      "us-east-1",
					Credentials: locallambda.Credentials{AccessKeyID: testCredentials.AccessKeyID, SecretAccessKey: testCredentials.SecretAccessKey},
				}
				server := httptest.NewUnstartedServer(local)
				server.Config.ErrorLog = discardLog()
				test.start(server)
				client := test.make(test.cfg(server))
				t.Cleanup(func() {
					client.CloseIdleConnections()
					server.CloseClientConnections()
					server.Close()
					local.Close(context.WithoutCancel(t.Context()))
				})
				return client
			})
		})
	}
}

func plainConfig(s *httptest.Server) aws.Config    { return testConfig(s.URL) }
func trustingConfig(s *httptest.Server) aws.Config { return trusting(testConfig(s.URL), s) }

func startHTTP2(s *httptest.Server) {
	s.EnableHTTP2 = true
	s.StartTLS()
}
