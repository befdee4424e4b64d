package edge

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/vialambda/vialambda"
)

// Detail says of an error of vialambda.Transport what a client may know: what
// kind it is, never what AWS or the function said.
func Detail(err error) string {
	if e, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		if e.Timeout() {
			return "the function was stopped at its time limit"
		}
		return "the function failed"
	}
	if _, ok := errors.AsType[*vialambda.ResponseError](err); ok {
		return "the function's answer is no HTTP response"
	}
	if e, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return "the " + e.What + " is too large: allowed are " + strconv.FormatInt(e.Limit, 10) + " bytes"
	}
	if e, ok := errors.AsType[*vialambda.InvokeError](err); ok {
		switch {
		case e.Code == vialambda.CodeQueueFull:
			return "the gateway is busy: try again later"
		case e.Status == http.StatusTooManyRequests:
			return "the function is throttled: try again later"
		}
	}
	return "the function could not be called"
}
