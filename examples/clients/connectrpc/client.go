package connectrpc

import (
	"errors"
	"net/http"

	"connectrpc.com/connect"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/connectrpc/orders/v1/ordersv1connect"
)

// NewClient returns a client of the service in a function. What has no side
// effects is called with GET, which caches understand and the Transport repeats.
//
// For streams from the function the Transport's Mode is vialambda.Stream and its
// Format what the function's adapter streams in, in general vialambda.FunctionURL.
func NewClient(t *vialambda.Transport, function string, options ...connect.ClientOption) ordersv1connect.OrdersClient {
	options = append([]connect.ClientOption{connect.WithHTTPGet()}, options...)
	return ordersv1connect.NewOrdersClient(&http.Client{Transport: t}, vialambda.Scheme+"://"+function, options...)
}

// Code is the code of an error of a call. Where the function has answered it is
// the function's. Where it has not, connect has CodeUnavailable for everything;
// here that is left for what did not run and can be called again.
func Code(err error) connect.Code {
	if failed, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		if failed.Timeout() {
			return connect.CodeDeadlineExceeded
		}
		return connect.CodeInternal
	}
	if _, ok := errors.AsType[*vialambda.ResponseError](err); ok {
		return connect.CodeInternal
	}
	if _, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return connect.CodeResourceExhausted
	}
	code := connect.CodeOf(err)
	refused, ok := errors.AsType[*vialambda.InvokeError](err)
	switch {
	case !ok || code != connect.CodeUnavailable:
		return code
	case refused.MayHaveRun:
		return connect.CodeUnknown
	case refused.Status == http.StatusForbidden:
		return connect.CodePermissionDenied
	case refused.Status == http.StatusNotFound:
		return connect.CodeUnimplemented
	}
	return connect.CodeUnavailable
}
