package vialambda

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// ErrorResponse is the HTTP response that the front door of format f gives where
// a request came to err instead of an HTTP response:
//
//	function error, malformed answer        502; of HTTPAPI 500
//	function stopped at its time limit      504
//	own deadline passed                     504
//	throttled                               429, with Retry-After
//	own queue full (Code QueueFull)         503, with Retry-After
//	request or event too large              413
//	anything else: no such function, access
//	denied, bad credentials, unreachable    502
//
// The body is the format's own and says no more than the status: AWS's texts,
// ARNs, accounts and stack traces are in err alone. The response has Request
// set to req.
func ErrorResponse(req *http.Request, f Format, err error) *http.Response {
	status, wait := gatewayStatus(f, err)
	body, header := gatewayBody(f, status)
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		seconds := max(1, int64((wait+time.Second-1)/time.Second))
		header.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	x := exchange{req: req}
	if req != nil && req.Method == http.MethodHead {
		setLength(header, int64(len(body)))
		return x.newResponse(status, header, nil, int64(len(body)))
	}
	return x.newWhole(status, header, body)
}

// CodeQueueFull is the Code of an [InvokeError] with which an Invoker says that
// its own queue is full, before Lambda was asked.
const CodeQueueFull = "QueueFull"

func gatewayStatus(f Format, err error) (status int, retryAfter time.Duration) {
	badAnswer := http.StatusBadGateway
	if f == HTTPAPI {
		badAnswer = http.StatusInternalServerError
	}
	if e, ok := errors.AsType[*FunctionError](err); ok {
		if e.Timeout() {
			return http.StatusGatewayTimeout, 0
		}
		return badAnswer, 0
	}
	if isA[*ResponseError](err) {
		return badAnswer, 0
	}
	if e, ok := errors.AsType[*TooLargeError](err); ok {
		if e.What == tooLargeAnswer || e.What == tooLargeStream {
			return badAnswer, 0
		}
		return http.StatusRequestEntityTooLarge, 0
	}
	if e, ok := errors.AsType[*InvokeError](err); ok {
		switch {
		case e.Code == CodeQueueFull:
			return http.StatusServiceUnavailable, e.RetryAfter
		case e.Status == http.StatusTooManyRequests:
			return http.StatusTooManyRequests, e.RetryAfter
		case e.Status == http.StatusRequestEntityTooLarge:
			return http.StatusRequestEntityTooLarge, 0
		}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return http.StatusBadGateway, 0 // a dial's own time limit is a DeadlineExceeded, too
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusGatewayTimeout, 0
	}
	return http.StatusBadGateway, 0
}

// gatewayBody returns what each front door writes into an error's body.
func gatewayBody(f Format, status int) ([]byte, http.Header) {
	switch f {
	case FunctionURL, Raw:
		return []byte(http.StatusText(textOf(status))), http.Header{"Content-Type": {"text/plain"}}
	case ALB, ALBMultiValue:
		title := strconv.Itoa(status) + " " + http.StatusText(status)
		return []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n</body>\r\n</html>\r\n"), http.Header{"Content-Type": {"text/html"}}
	case HTTPAPI:
		return []byte(`{"message":"` + gatewayMessage(f, status) + `"}`), http.Header{"Content-Type": {"application/json"}}
	}
	header := http.Header{"Content-Type": {"application/json"}}
	if status == http.StatusBadGateway {
		header.Set("X-Amzn-Errortype", "InternalServerErrorException")
	}
	return []byte(`{"message": "` + gatewayMessage(f, status) + `"}`), header
}

// textOf is the status whose text a function URL writes: a failed function is
// a 502 that says "Internal Server Error".
func textOf(status int) int {
	if status == http.StatusBadGateway {
		return http.StatusInternalServerError
	}
	return status
}

func gatewayMessage(f Format, status int) string {
	switch status {
	case http.StatusBadGateway, http.StatusInternalServerError:
		if f == RESTAPI {
			return "Internal server error"
		}
		return "Internal Server Error"
	case http.StatusGatewayTimeout:
		return "Endpoint request timed out"
	case http.StatusRequestEntityTooLarge:
		return "Request Too Long"
	}
	return http.StatusText(status)
}
