package awslambda_test

import (
	"net/http"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// trusting returns cfg with the SDK's own HTTP client, which trusts server.
func trusting(cfg aws.Config, server *httptest.Server) aws.Config {
	roots := server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(tr *http.Transport) {
		tr.TLSClientConfig.RootCAs = roots
	})
	return cfg
}

// withClient returns cfg with a caller's own HTTP client.
func withClient(cfg aws.Config, client *http.Client) aws.Config {
	cfg.HTTPClient = client
	return cfg
}
