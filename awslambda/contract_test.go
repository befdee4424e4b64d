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
	for _, test := range []struct {
		name  string
		start func(*httptest.Server)
		cfg   func(*httptest.Server) aws.Config
		make  func(aws.Config) *awslambda.Client
	}{
		{"New", (*httptest.Server).Start, plainConfig, awslambda.New},
		{"New over TLS", (*httptest.Server).StartTLS, trustingConfig, awslambda.New},
		{"New over HTTP2", startHTTP2, func(s *httptest.Server) aws.Config { return overHTTP2(testConfig(s.URL), s) }, awslambda.New},
		{"New over net/http", (*httptest.Server).Start,
			func(s *httptest.Server) aws.Config { return withClient(plainConfig(s), manyConnections()) }, awslambda.New},
		{"New without a socket", nil, nil, awslambda.New},
		{"FromSDK", (*httptest.Server).Start,
			func(s *httptest.Server) aws.Config { return withClient(plainConfig(s), manyConnections()) },
			func(cfg aws.Config) *awslambda.Client { return awslambda.FromSDK(lambda.NewFromConfig(cfg)) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
				local := &locallambda.Server{
					Functions:   functions,
					Region:      "us-east-1",
					Credentials: locallambda.Credentials{AccessKeyID: testCredentials.AccessKeyID, SecretAccessKey: testCredentials.SecretAccessKey},
				}
				if test.start == nil {
					t.Cleanup(func() { local.Close(context.WithoutCancel(t.Context())) })
					return test.make(withClient(testConfig("http://lambda.local"), local.Client()))
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
				if server.EnableHTTP2 {
					// Calls that come before it is known what the server speaks
					// each make a connection of their own: a thousand of them would.
					_, _ = client.Invoke(t.Context(), &vialambda.Invocation{Function: "nobody"})
				}
				return client
			})
		})
	}
}

func plainConfig(s *httptest.Server) aws.Config    { return testConfig(s.URL) }
func trustingConfig(s *httptest.Server) aws.Config { return trusting(testConfig(s.URL), s) }

func startHTTP2(s *httptest.Server) {
	s.EnableHTTP2 = true
	s.Config.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 2000}
	s.StartTLS()
}

// manyConnections is a caller's HTTP client for many calls at once.
func manyConnections() *http.Client {
	tr := http.DefaultTransport.(*http.Transport).Clone()
	tr.MaxIdleConnsPerHost = 1000
	return &http.Client{Transport: tr}
}
