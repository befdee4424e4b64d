// Command lambdaurl is the contract's reference server behind
// aws-lambda-go/lambdaurl, which answers a function URL with a stream.
package main

import (
	"github.com/aws/aws-lambda-go/lambdaurl"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	contract.Serve(contract.Handler())
	lambdaurl.Start(contract.Handler())
}
