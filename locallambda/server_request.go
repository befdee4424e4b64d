package locallambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/vialambda/vialambda"
)

const (
	// maxClientContext bounds the base64 of a client context, in bytes
	// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
	maxClientContext = 3583
	// maxDiscard is how much of a body that is too large is read only so that
	// its sender gets to read the answer.
	maxDiscard = 64 << 20

	badClientContext = "Client context must be a valid Base64-encoded JSON object."
)

// parsePath takes an escaped path of the Invoke API apart. An ARN is one
// segment, percent-encoded.
func parsePath(escaped string) (function string, stream, ok bool) {
	version, rest, _ := strings.Cut(strings.TrimPrefix(escaped, "/"), "/functions/")
	name, operation, _ := strings.Cut(rest, "/")
	switch version + " " + operation {
	case "2015-03-31 invocations":
	case "2021-11-15 response-streaming-invocations":
		stream = true
	default:
		return "", false, false
	}
	function, err := url.PathUnescape(name)
	return function, stream, err == nil
}

// readBody returns r's body if it is not larger than an invocation may be.
func readBody(r *http.Request) ([]byte, *vialambda.InvokeError) {
	over := func() *vialambda.InvokeError {
		io.CopyN(io.Discard, r.Body, maxDiscard) //nolint:errcheck // see maxDiscard
		return apiError(tooLarge(fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxRequest)))
	}
	if r.ContentLength > maxRequest {
		return nil, over()
	}
	var body []byte
	var err error
	if r.ContentLength >= 0 {
		body = make([]byte, r.ContentLength)
		_, err = io.ReadFull(r.Body, body)
	} else if body, err = io.ReadAll(io.LimitReader(r.Body, maxRequest+1)); len(body) > maxRequest {
		return nil, over()
	}
	if err != nil {
		return nil, &vialambda.InvokeError{
			Code: "InvalidRequestContentException", Status: http.StatusBadRequest, Message: "The request ended early.", Err: err,
		}
	}
	return body, nil
}

// readParameters reads what r's query and headers say of an invocation. What it
// does not know it ignores, as Lambda does.
func readParameters(r *http.Request, in *vialambda.Invocation) *vialambda.InvokeError {
	in.Qualifier = r.URL.Query().Get("Qualifier")
	in.TenantID = r.Header.Get("X-Amz-Tenant-Id")
	in.TraceHeader = r.Header.Get("X-Amzn-Trace-Id")
	if !in.Stream {
		in.DurableName = r.Header.Get("X-Amz-Durable-Execution-Name")
	}
	switch value := r.Header.Get("X-Amz-Invocation-Type"); value {
	case "", "RequestResponse":
	case "Event":
		in.Type = vialambda.Event
	case "DryRun":
		in.Type = vialambda.DryRun
	default:
		return notInSet("invocationType", value, "Event, RequestResponse, DryRun")
	}
	switch value := r.Header.Get("X-Amz-Log-Type"); value {
	case "", "None":
	case "Tail":
		in.LogTail = true
	default:
		return notInSet("logType", value, "None, Tail")
	}
	if value := r.Header.Get("X-Amz-Client-Context"); value != "" {
		decoded, err := base64.StdEncoding.DecodeString(value)
		switch {
		case len(value) > maxClientContext:
			return &vialambda.InvokeError{
				Code: "InvalidParameterValueException", Status: http.StatusBadRequest,
				Message: fmt.Sprintf("Client context must be at most %d bytes in Base64.", maxClientContext),
			}
		case err != nil || !json.Valid(decoded) || !bytes.HasPrefix(bytes.TrimLeft(decoded, " \t\r\n"), []byte("{")):
			return &vialambda.InvokeError{
				Code: "InvalidRequestContentException", Status: http.StatusBadRequest, Message: badClientContext,
			}
		}
		in.ClientContext = decoded
	}
	return nil
}

// notInSet is Lambda's refusal of a parameter that is none of set.
func notInSet(parameter, value, set string) *vialambda.InvokeError {
	return &vialambda.InvokeError{
		Code: "ValidationException", Status: http.StatusBadRequest,
		Message: fmt.Sprintf("1 validation error detected: Value '%.64s' at '%s' failed to satisfy constraint: "+
			"Member must satisfy enum value set: [%s]", value, parameter, set),
	}
}
