package awslambda

import (
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// settings are what the SDK makes of a configuration, and what of it this package
// must know beyond the SDK's own options.
type settings struct {
	options lambda.Options
	http    *httpClient

	anonymous     bool                // aws.AnonymousCredentials were configured
	signer        lambda.HTTPSignerV4 // the caller's own; nil: none
	needsPipeline bool
}

// resolve asks the SDK what cfg means. Neither network nor files are touched.
func resolve(cfg aws.Config) *settings {
	s := new(settings)

	// The SDK applies ServiceOptions between its defaults and the options that
	// NewFromConfig is given: what differs between the two was set by the caller.
	var defaults lambda.Options
	cfg.ServiceOptions = append([]func(string, any){func(_ string, o any) {
		defaults = *o.(*lambda.Options)
	}}, cfg.ServiceOptions...)
	client := lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		s.anonymous = aws.IsCredentialsProvider(o.Credentials, (*aws.AnonymousCredentials)(nil))
		if own, ok := o.HTTPSignerV4.(*v4.Signer); !ok || own != defaults.HTTPSignerV4 {
			s.signer = o.HTTPSignerV4
		}
		s.needsPipeline = needsPipeline(o, &defaults)
	})
	s.options = client.Options()
	s.http = newHTTPClient(s.options.HTTPClient)
	return s
}

// needsPipeline reports whether o carries what only the SDK's request pipeline can
// carry out.
func needsPipeline(o, defaults *lambda.Options) bool {
	const logged = aws.LogSigning | aws.LogRequest | aws.LogRequestWithBody | aws.LogResponse |
		aws.LogResponseWithBody | aws.LogRequestEventMessage | aws.LogResponseEventMessage
	return len(o.APIOptions) > 0 ||
		hasInterceptors(o.Interceptors) ||
		o.ClientLogMode&logged != 0 ||
		o.AuthSchemes != nil ||
		typeDiffers(o.AuthSchemeResolver, defaults.AuthSchemeResolver) ||
		typeDiffers(o.EndpointResolverV2, defaults.EndpointResolverV2) ||
		typeDiffers(o.Protocol, defaults.Protocol) ||
		typeDiffers(o.MeterProvider, defaults.MeterProvider) ||
		typeDiffers(o.TracerProvider, defaults.TracerProvider)
}

func hasInterceptors(registry smithyhttp.InterceptorRegistry) bool {
	for _, hooks := range reflect.ValueOf(registry).Fields() {
		if hooks.Len() > 0 {
			return true
		}
	}
	return false
}

func typeDiffers(a, b any) bool { return reflect.TypeOf(a) != reflect.TypeOf(b) }
