package locallambda

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// apiRefusal is an error of the Runtime API, spelled as AWS's own Runtime
// Interface Emulator does
// (https://github.com/aws/aws-lambda-runtime-interface-emulator).
type apiRefusal struct {
	status  int
	kind    string
	message string
}

func (e apiRefusal) write(rw http.ResponseWriter) { writeJSON(rw, e.status, e.document()) }

func (e apiRefusal) document() []byte {
	document, _ := json.Marshal(struct { // strings always encode
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{e.message, e.kind})
	return document
}

// invalidRequestID refuses an id that is unknown, not the current one, or
// answered already.
func invalidRequestID() apiRefusal {
	return apiRefusal{http.StatusBadRequest, "InvalidRequestID", "Invalid request ID"}
}

func invalidResponseMode() apiRefusal {
	return apiRefusal{http.StatusBadRequest, "InvalidFunctionResponseMode", "Invalid function response mode"}
}

func truncatedRequest() apiRefusal {
	return apiRefusal{http.StatusBadRequest, "TruncatedHTTPRequest", "HTTP request detected as truncated"}
}

// invokeTimeout refuses an answer that comes when the time is over.
func invokeTimeout() apiRefusal {
	return apiRefusal{http.StatusGone, "InvokeTimeout", "Invoke timeout"}
}

func entityTooLarge(limit int64) apiRefusal {
	return apiRefusal{http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
		"Exceeded maximum allowed payload size (" + strconv.FormatInt(limit, 10) + " bytes)."}
}

// invalidTransition refuses a request that makes no sense in the phase.
func invalidTransition(from phase, to string) apiRefusal {
	return apiRefusal{http.StatusForbidden, "InvalidStateTransition",
		"State transition from " + from.runtimeState() + " to " + to + " failed for runtime. Error: State transition is not allowed"}
}

func writeJSON(rw http.ResponseWriter, status int, document []byte) {
	rw.Header().Set("Content-Type", "application/json")
	rw.Header().Set("Content-Length", strconv.Itoa(len(document)))
	rw.WriteHeader(status)
	rw.Write(document) //nolint:errcheck // the runtime's loss
}
