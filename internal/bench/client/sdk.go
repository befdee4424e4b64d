package client

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// region is any: the stub is in none.
const region = "eu-central-1"

// awsConfig is what config.LoadDefaultConfig would return, had the credentials
// been in the environment.
func awsConfig(spec *Spec) aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(spec.Endpoint),
		Credentials: aws.NewCredentialsCache(
			credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "")),
	}
}

// newLambda returns the SDK's client. If pool is not nil, it sets up the
// transport's pool.
func newLambda(spec *Spec, pool func(*http.Transport)) *lambda.Client {
	buildable := awshttp.NewBuildableClient()
	if pool != nil {
		buildable = buildable.WithTransportOptions(pool)
	}
	return lambda.NewFromConfig(awsConfig(spec), func(o *lambda.Options) {
		o.HTTPClient = noWriterTo{buildable}
	})
}

// DefaultMost is how many connections the SDK's client opens by default; calls
// above that wait, without a word, for one of them: awshttp.DefaultHTTPTransportMaxConnsPerHost.
const DefaultMost = 2048

// sizedPool keeps as many connections as are used at once. The SDK's default
// keeps 10 of a host, and a call above that pays for a connection of its own;
// and it opens no more than DefaultMost.
func sizedPool(inFlight int) func(*http.Transport) {
	return func(t *http.Transport) {
		t.MaxIdleConns = 0
		t.MaxConnsPerHost = 0
		t.MaxIdleConnsPerHost = max(inFlight, 10)
	}
}

// noWriterTo hides the WriteTo of the request's body from net/http. That of
// smithy-go v1.28.9 returns io.EOF once the body has been closed; net/http takes
// it for a failed write and cuts the connection while a large answer is being
// read, and the SDK sends the invocation again: a benchmark would measure that.
type noWriterTo struct{ *awshttp.BuildableClient }

func (c noWriterTo) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return c.BuildableClient.Do(r)
}
