package client

import "fmt"

// Names of the contenders. The Python ones are in ../python.
const (
	Plain          = "plain"
	Signed         = "signed"
	HandWritten    = "hand-written"
	DefaultPool    = "hand-written, default pool"
	Vialambda      = "vialambda"
	FromSDK        = "vialambda FromSDK"
	LambdaHTTPX    = "lambda-httpx"
	LambdaRequests = "lambda-requests"
	Direct         = "HTTP" // what is measured is at the endpoint
)

// newContender returns the contender that spec names, set up as its user would:
// one client for all calls, its pool large enough for spec.InFlight unless the
// contender's name says otherwise.
func newContender(spec *Spec, body []byte) (contender, error) {
	switch spec.Contender {
	case Plain, Signed:
		return newPlain(spec, body)
	case HandWritten:
		return newHandWritten(spec, body, sizedPool(spec.InFlight)), nil
	case DefaultPool:
		return newHandWritten(spec, body, nil), nil
	case Vialambda, FromSDK:
		return newVialambda(spec, body), nil
	case Direct:
		return newDirect(spec), nil
	}
	return nil, fmt.Errorf("unknown contender %q", spec.Contender)
}
