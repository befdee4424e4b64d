package awslambda

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/vialambda/vialambda"
)

// maxErrorBody bounds how much of an error's body is read. AWS's are below 1 KiB.
const maxErrorBody = 64 << 10

// errorReader reads the API's errors with the SDK's own protocol, so that codes and
// types are the SDK's.
type errorReader struct{ protocol smithyhttp.ClientProtocol }

// read reads an answer that is not a success, and closes it.
func (r errorReader) read(ctx context.Context, resp *http.Response) *vialambda.InvokeError {
	defer resp.Body.Close()
	// What cannot be read is as good as absent: the header tells the essence.
	text, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	whole := *resp
	whole.Body = io.NopCloser(bytes.NewReader(text))
	err := r.protocol.DeserializeResponse(ctx, &smithy.OperationSchema{}, lambda.TypeRegistry, &smithyhttp.Response{Response: &whole}, nil)

	// A body that is not the API's, such as a proxy's page, leaves the header.
	if _, ok := errors.AsType[smithy.APIError](err); !ok {
		err = nil
		if code := errorCode(resp.Header); code != "" {
			err = &smithy.GenericAPIError{Code: code}
		}
	}
	return refusal(resp.StatusCode, resp.Header, err)
}

// errorCode returns the code in h, without the namespace and the address that may
// be around it.
func errorCode(h http.Header) string {
	code, _, _ := strings.Cut(h.Get("X-Amzn-ErrorType"), ":")
	if _, after, ok := strings.Cut(code, "#"); ok {
		code = after
	}
	return code
}

// refusal is the error for an answer of status that holds err, a smithy.APIError or
// nil.
func refusal(status int, h http.Header, err error) *vialambda.InvokeError {
	refused := &vialambda.InvokeError{
		Status:     status,
		RequestID:  requestID(h),
		RetryAfter: retryAfter(h),
		Err:        err,
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		refused.Code, refused.Message = api.ErrorCode(), api.ErrorMessage()
	}
	if throttle, ok := errors.AsType[*types.TooManyRequestsException](err); ok {
		refused.Reason = string(throttle.Reason)
	}
	refused.MayHaveRun = !neverStarted(status, refused.Code)
	return refused
}

// neverStarted reports whether an answer proves that the function was not started:
// any 4xx, and those 502s in which the API tells why it could not be
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors).
func neverStarted(status int, code string) bool {
	if status/100 == 4 {
		return true
	}
	if status != http.StatusBadGateway {
		return false
	}
	switch code {
	case "EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException",
		"ENILimitReachedException", "ENINotReadyException",
		"InvalidRuntimeException", "InvalidSecurityGroupIDException", "InvalidSubnetIDException", "InvalidZipFileException",
		"KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException", "KMSNotFoundException",
		"ResourceNotReadyException", "SubnetIPAddressLimitReachedException":
		return true
	}
	return false
}

// retryAfter reads Retry-After, seconds or a date (RFC 9110, section 10.2.3).
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(time.Until(at), 0)
	}
	return 0
}

// unanswered is the error of a request that ended in err before there was an answer.
func unanswered(ctx context.Context, ran bool, err error) *vialambda.InvokeError {
	if ctx.Err() != nil {
		return &vialambda.InvokeError{MayHaveRun: ran, Err: ended(ctx)}
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // the URL is no business of who reads the error
	}
	return &vialambda.InvokeError{MayHaveRun: ran, Err: explainNetwork(err)}
}
