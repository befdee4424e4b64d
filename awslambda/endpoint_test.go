package awslambda_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// sent is where a request would have gone, and the scope of its signature.
type sent struct{ url, host, scope string }

// capture is an HTTP client that sends nothing.
type capture struct{ sent *sent }

func (c capture) Do(r *http.Request) (*http.Response, error) {
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=AKIDEXAMPLE/")
	scope, _, _ = strings.Cut(scope, ",")
	if _, after, ok := strings.Cut(scope, "/"); ok {
		scope = after // without the date
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	*c.sent = sent{r.URL.Scheme + "://" + r.URL.Host + r.URL.EscapedPath(), host, scope}
	return httptest.NewRecorder().Result(), nil
}

// TestEndpoints compares with the SDK's own client where a call goes and how it is
// signed, for regions of every partition and every way to choose an endpoint.
func TestEndpoints(t *testing.T) {
	fips := func(o *lambda.Options) { o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled }
	dual := func(o *lambda.Options) { o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled }
	base := func(url string) func(*lambda.Options) {
		return func(o *lambda.Options) { o.BaseEndpoint = aws.String(url) }
	}
	legacy := func(e aws.Endpoint) func(*lambda.Options) {
		return func(o *lambda.Options) {
			o.EndpointResolver = lambda.EndpointResolverFunc(func(string, lambda.EndpointResolverOptions) (aws.Endpoint, error) { return e, nil })
		}
	}
	for name, set := range map[string][]func(*lambda.Options){
		"plain":                    nil,
		"FIPS":                     {fips},
		"dual-stack":               {dual},
		"FIPS and dual-stack":      {fips, dual},
		"base endpoint":            {base("http://localhost:3001")},
		"base endpoint, own port":  {base("https://example.com:443/")},
		"base endpoint, path":      {base("https://example.com/a/b")},
		"FIPS and a base endpoint": {fips, base("http://localhost:3001")},
		"no HTTPS":                 {func(o *lambda.Options) { o.EndpointOptions.DisableHTTPS = true }},
		"resolver of old":          {legacy(aws.Endpoint{URL: "https://old.example/x", SigningRegion: "mars-1", SigningName: "lambada"})},
		"resolver of old, bare":    {legacy(aws.Endpoint{URL: "https://old.example", HostnameImmutable: true})},
		"resolver of old, lost":    {legacyLost},
	} {
		for _, region := range []string{"us-east-1", "eu-central-2", "cn-north-1", "cn-northwest-1", "us-gov-west-1", "us-iso-east-1",
			"us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1", "mars-north-1", "fips-us-east-1", "us-west-2-fips", "us east", ""} {
			t.Run(name+"/"+region, func(t *testing.T) {
				var got, want sent
				cfg := aws.Config{Region: region, Credentials: testCredentials}
				cfg.ServiceOptions = append(cfg.ServiceOptions, func(_ string, o any) {
					for _, set := range set {
						set(o.(*lambda.Options))
					}
				})
				_, sdkErr := lambda.NewFromConfig(withClient(cfg, capture{&want})).Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("f")})
				_, err := awslambda.New(withClient(cfg, capture{&got})).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
				if region == "" { // E12: an error, even where the SDK signs without a region
					if err == nil || !strings.Contains(err.Error(), "NoRegion") || got.url != "" {
						t.Errorf("E12: %v, %+v", err, got)
					}
					return
				}
				if (err == nil) != (sdkErr == nil) {
					t.Fatalf("got %v, the SDK %v", err, sdkErr)
				}
				if err != nil {
					if failed := invokeError(t, err); failed.MayHaveRun {
						t.Errorf("%+v", failed)
					}
				}
				if got != want {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
				if err == nil && want.url == "" {
					t.Error("nothing was compared")
				}
			})
		}
	}
}

func legacyLost(o *lambda.Options) {
	o.EndpointResolver = lambda.EndpointResolverFunc(func(string, lambda.EndpointResolverOptions) (aws.Endpoint, error) {
		return aws.Endpoint{}, &aws.EndpointNotFoundError{Err: errors.New("no")}
	})
}

// TestRegionOfARN says that an ARN's region chooses endpoint and signature; where the
// endpoint is configured, the signature alone.
func TestRegionOfARN(t *testing.T) {
	for _, test := range []struct {
		name, function, region, base string
		want                         sent
	}{
		{"name", "f", "eu-west-1", "", sent{"https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/f/invocations", "lambda.eu-west-1.amazonaws.com", "eu-west-1/lambda/aws4_request"}},
		{"ARN", "arn:aws:lambda:us-west-2:123456789012:function:f", "eu-west-1", "", sent{
			"https://lambda.us-west-2.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Af/invocations", "lambda.us-west-2.amazonaws.com", "us-west-2/lambda/aws4_request"}},
		{"ARN of another partition", "arn:aws-cn:lambda:cn-north-1:123456789012:function:f:prod", "eu-west-1", "", sent{
			"https://lambda.cn-north-1.amazonaws.com.cn/2015-03-31/functions/arn%3Aaws-cn%3Alambda%3Acn-north-1%3A123456789012%3Afunction%3Af%3Aprod/invocations", "lambda.cn-north-1.amazonaws.com.cn", "cn-north-1/lambda/aws4_request"}},
		{"ARN without a configured region", "arn:aws:lambda:us-west-2:123456789012:function:f", "", "", sent{
			"https://lambda.us-west-2.amazonaws.com/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Af/invocations", "lambda.us-west-2.amazonaws.com", "us-west-2/lambda/aws4_request"}},
		{"ARN and base endpoint", "arn:aws:lambda:us-west-2:123456789012:function:f", "eu-west-1", "http://localhost:3001", sent{
			"http://localhost:3001/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A123456789012%3Afunction%3Af/invocations", "localhost:3001", "us-west-2/lambda/aws4_request"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got sent
			cfg := aws.Config{Region: test.region, Credentials: testCredentials, HTTPClient: capture{&got}}
			if test.base != "" {
				cfg.BaseEndpoint = aws.String(test.base)
			}
			for name, client := range map[string]*awslambda.Client{"New": awslambda.New(cfg), "FromSDK": awslambda.FromSDK(lambda.NewFromConfig(cfg))} {
				got = sent{}
				if _, err := client.Invoke(t.Context(), &vialambda.Invocation{Function: test.function}); err != nil {
					t.Fatal(err)
				}
				if got != test.want {
					t.Errorf("%s\ngot  %+v\nwant %+v", name, got, test.want)
				}
			}
		})
	}
}

// TestEndpointPath has an endpoint whose path must be escaped.
func TestEndpointPath(t *testing.T) {
	var got sent
	cfg := withClient(testConfig("https://example.com/a%20b"), capture{&got})
	if _, err := awslambda.New(cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f:1"}); err != nil {
		t.Fatal(err)
	}
	if want := "https://example.com/a%20b/2015-03-31/functions/f%3A1/invocations"; got.url != want {
		t.Errorf("got %s, want %s", got.url, want)
	}
}

// TestPipeline says which configurations make New work through the SDK's pipeline:
// one that only asks for other values does not.
func TestPipeline(t *testing.T) {
	with := func(set func(*lambda.Options)) func(*aws.Config) {
		return func(cfg *aws.Config) {
			cfg.ServiceOptions = append(cfg.ServiceOptions, func(_ string, o any) { set(o.(*lambda.Options)) })
		}
	}
	for name, test := range map[string]struct {
		set  func(*aws.Config)
		want bool
	}{
		"nothing":         {func(*aws.Config) {}, false},
		"app id":          {func(cfg *aws.Config) { cfg.AppID = "a" }, false},
		"logged retries":  {func(cfg *aws.Config) { cfg.ClientLogMode = aws.LogRetries }, false},
		"own signer":      {with(func(o *lambda.Options) { o.HTTPSignerV4 = new(ownSigner) }), false},
		"middleware":      {func(cfg *aws.Config) { cfg.APIOptions = append(cfg.APIOptions, setHeader("X-Own", "1")) }, true},
		"interceptor":     {func(cfg *aws.Config) { cfg.Interceptors.AddBeforeTransmit(interceptor{}) }, true},
		"logged requests": {func(cfg *aws.Config) { cfg.ClientLogMode = aws.LogRequest }, true},
		"resolver V2":     {with(func(o *lambda.Options) { o.EndpointResolverV2 = resolver{} }), true},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, nil)
			cfg := testConfig(server.URL)
			test.set(&cfg)
			result, err := newClient(t, cfg).Invoke(t.Context(), &vialambda.Invocation{Function: "f"})
			if err != nil {
				t.Fatal(err)
			}
			read(t, result)
			if got := server.last(t).Header.Get("Amz-Sdk-Invocation-Id") != ""; got != test.want {
				t.Errorf("through the pipeline: %v", got)
			}
		})
	}
}
