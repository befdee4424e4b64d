package awslambda

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda/internal/http1"
	"github.com/vialambda/vialambda/internal/memo"
)

// endpoint is where the functions of a region are called, and how calls are signed.
type endpoint struct {
	scheme string
	addr   string // the host to connect to
	host   string // the Host header: addr without the scheme's own port
	path   string // before the API's own, without a slash at its end
	// escapedPath is path as it is on the request line.
	escapedPath string

	pool *http1.Pool // for small requests; nil: they are net/http's, too

	service, region string // of the signature
	key             cachedKey
	stamp           cachedStamp
}

// endpoints asks the SDK, once for each region, where it would send a call.
type endpoints struct {
	options lambda.Options
	signed  bool // a region is needed for the signature
	small   *pools
	known   memo.Map[string, *endpoint]
}

// of returns the endpoint of region, or a *vialambda.InvokeError.
func (e *endpoints) of(region string) (*endpoint, error) {
	if ep, ok := e.known.Get(region); ok {
		return ep, nil
	}
	ep, err := e.find(region)
	if err != nil {
		return nil, err
	}
	e.known.Add(strings.Clone(region), ep) // which may be part of an ARN
	return ep, nil
}

// probed is the function of the request that find has the SDK build.
const probed = "f"

// find has the SDK build a request and looks at it: endpoint rules, partitions,
// FIPS, dual-stack, base endpoints and resolvers of an older kind all are the SDK's.
func (e *endpoints) find(region string) (*endpoint, error) {
	if region == "" && e.signed {
		return nil, noRegion()
	}
	var probe probe
	options := e.options.Copy()
	options.Region = region
	options.HTTPClient = &probe
	options.HTTPSignerV4 = &probe
	options.AuthSchemes, options.AuthSchemePreference = nil, nil // made anew, of the signer above
	options.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: probed, SecretAccessKey: probed}, nil
	})
	options.Retryer = aws.NopRetryer{}
	_, err := lambda.New(options).Invoke(context.Background(), &lambda.InvokeInput{FunctionName: aws.String(probed)})
	if probe.url == nil {
		return nil, e.explain(region, err)
	}
	ep := &endpoint{scheme: probe.url.Scheme, addr: probe.url.Host, host: probe.host, service: probe.service, region: probe.region}
	if ep.scheme != "http" && ep.scheme != "https" || probe.url.Hostname() == "" {
		return nil, e.explain(region, err)
	}
	if ep.host == "" {
		ep.host = withoutPort(ep.scheme, ep.addr)
	}
	ep.path = strings.TrimSuffix(probe.url.Path, invokePath+probed+invokeSuffix)
	ep.escapedPath = strings.TrimSuffix(probe.url.EscapedPath(), invokePath+probed+invokeSuffix)
	ep.pool = e.small.of(ep)
	return ep, nil
}

func noRegion() error {
	return unasked(CodeNoRegion, errors.New("set AWS_REGION, or region in the profile, or name the function by its ARN"))
}

// explain says why no endpoint came of the configuration.
func (e *endpoints) explain(region string, cause error) error {
	if base := aws.ToString(e.options.BaseEndpoint); base != "" {
		u, err := url.Parse(base)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return unasked(CodeNoEndpoint, fmt.Errorf("the endpoint URL %.80q is not one: write it like http://localhost:3001 or https://lambda.us-east-1.amazonaws.com", redact(base)))
		}
	}
	if region == "" {
		return noRegion()
	}
	if cause == nil {
		return unasked(CodeNoEndpoint, fmt.Errorf("region %.40q has none", region))
	}
	return unasked(CodeNoEndpoint, &sentence{fmt.Sprintf("region %.40q has none: %s", region, essence(cause)), cause})
}

// redact hides a password in what should have been a URL.
func redact(text string) string {
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		return "…@" + text[at+1:]
	}
	return text
}

// withoutPort returns the Host header for addr: the port that a scheme has anyway is
// not in it, neither on the wire nor in the signature.
func withoutPort(scheme, addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err == nil && (scheme == "https" && port == "443" || scheme == "http" && port == "80") {
		return strings.TrimSuffix(addr, ":"+port)
	}
	return addr
}

// probe is the SDK's HTTP client and signer in one: it takes down what it sees.
type probe struct {
	url             *url.URL
	host            string
	service, region string
}

func (p *probe) SignHTTP(_ context.Context, _ aws.Credentials, _ *http.Request, _, service, region string, _ time.Time, _ ...func(*v4.SignerOptions)) error {
	p.service, p.region = service, region
	return nil
}

func (p *probe) Do(req *http.Request) (*http.Response, error) {
	p.url, p.host = req.URL, req.Host
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, ContentLength: 0, Request: req}, nil
}
