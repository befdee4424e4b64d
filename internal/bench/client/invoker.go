package client

import (
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

// defaultPool is how many idle connections awslambda.New keeps by itself.
const defaultPool = 2048

func newInvoker(spec *Spec) vialambda.Invoker {
	if spec.Contender == FromSDK {
		return awslambda.FromSDK(newLambda(spec, sizedPool(spec.InFlight)))
	}
	cfg := awsConfig(spec)
	if spec.InFlight > defaultPool {
		cfg.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(sizedPool(spec.InFlight))
	}
	return awslambda.New(cfg)
}
