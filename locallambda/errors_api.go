package locallambda

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/vialambda/vialambda"
)

// apiError is the Invoke API's answer to err, which kept an invocation from
// being run or its answer from being had. What is not an InvokeError is a
// failure of the service, not of the function: the function's own are results.
func apiError(err error) *vialambda.InvokeError {
	if large, ok := errors.AsType[*vialambda.TooLargeError](err); ok {
		return &vialambda.InvokeError{
			Code: "RequestEntityTooLargeException", Status: http.StatusRequestEntityTooLarge, Message: large.Error(), Err: err,
		}
	}
	e, ok := errors.AsType[*vialambda.InvokeError](err)
	switch {
	case !ok:
		return serviceError(err)
	case e.Status >= 400 && e.Status < 600:
		return e
	case e.MayHaveRun:
		return serviceError(err)
	}
	// A function that is itself far away was not reached. This code, of all that
	// mean "did not run", is the one that says "try again".
	return &vialambda.InvokeError{
		Code: "ResourceNotReadyException", Status: http.StatusBadGateway, Message: e.Error(), Err: err,
	}
}

func serviceError(err error) *vialambda.InvokeError {
	return &vialambda.InvokeError{
		Code: "ServiceException", Status: http.StatusInternalServerError, Message: err.Error(), MayHaveRun: true, Err: err,
	}
}

// writeError answers with e as the Invoke API does: the code in a header, the
// rest in the body.
func writeError(w http.ResponseWriter, e *vialambda.InvokeError) {
	h := w.Header()
	h.Set("X-Amzn-ErrorType", e.Code)
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if skewed, ok := errors.AsType[*clockSkewError](e.Err); ok {
		h.Set("Date", skewed.now.UTC().Format(http.TimeFormat))
	}
	if e.Code == unknownOperation {
		// All services answer so, in XML and without a type.
		h["Content-Type"] = nil
		w.WriteHeader(e.Status)
		io.WriteString(w, "<"+unknownOperation+"/>\n") //nolint:errcheck // the caller's loss
		return
	}
	body := errorBody(e)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(e.Status)
	w.Write(body) //nolint:errcheck // the caller's loss
}

const unknownOperation = "UnknownOperationException"

// errorBody is the body of an error. The member of its text is "message" or
// "Message", as the API's model spells it for this error; what comes from in
// front of Lambda (signatures, validation) has no Type.
func errorBody(e *vialambda.InvokeError) []byte {
	type body struct {
		Reason  string `json:",omitempty"`
		Type    any    `json:",omitempty"`
		Message string `json:"message,omitempty"`
		Capital string `json:"Message,omitempty"`
	}
	b := body{Reason: e.Reason}
	switch e.Code {
	case "AccessDeniedException":
		b.Capital = e.Message
	case "ExpiredTokenException", "IncompleteSignatureException", "InvalidSignatureException",
		"MissingAuthenticationTokenException", "UnrecognizedClientException", "ValidationException":
		b.Message = e.Message
	case "CodeArtifactUserDeletedException", "CodeArtifactUserFailedException", "CodeArtifactUserPendingException",
		"InvalidParameterValueException", "InvalidRequestContentException", "ModeNotSupportedException",
		"RequestEntityTooLargeException", "RequestTooLargeException", "ResourceConflictException",
		"ResourceNotReadyException", "SerializedRequestEntityTooLargeException", "TooManyRequestsException",
		"UnsupportedMediaTypeException":
		b.Type, b.Message = errorSide(e.Status), e.Message
	default:
		b.Type, b.Capital = errorSide(e.Status), e.Message
	}
	if e.Message == badClientContext {
		b.Type = json.RawMessage("null") // as recorded
	}
	text, _ := marshal(b)
	return text
}

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}

// errorSide is the API's Type: whose fault it was.
func errorSide(status int) string {
	if status == http.StatusInternalServerError {
		return "Service"
	}
	return "User"
}

// mayHaveRun reports whether the function may have run although the API
// answered with this status and code: not after a 4xx, nor after one of the
// modelled 502s, which all say that the function could not be started
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors).
func mayHaveRun(status int, code string) bool {
	switch {
	case status >= 400 && status < 500:
		return false
	case status != http.StatusBadGateway:
		return true
	}
	switch code {
	case "EC2AccessDeniedException", "EC2ThrottledException", "EC2UnexpectedException", "ENILimitReachedException",
		"ENINotReadyException", "InvalidRuntimeException", "InvalidSecurityGroupIDException", "InvalidSubnetIDException",
		"InvalidZipFileException", "KMSAccessDeniedException", "KMSDisabledException", "KMSInvalidStateException",
		"KMSNotFoundException", "ResourceNotReadyException", "SubnetIPAddressLimitReachedException":
		return false
	}
	return true
}

// clockSkewError is the cause of an InvalidSignatureException whose answer must
// carry another time than the server's.
type clockSkewError struct{ now time.Time }

func (e *clockSkewError) Error() string { return "the clocks differ" }
