package locallambda

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/vialambda/vialambda"
)

// failure is how an invocation failed: what the function reported itself, or
// what Lambda reports of it.
type failure struct {
	kind     string // errorType
	document []byte // the payload of a buffered invocation
	note     string // what Lambda writes of it to the function's log, if anything
}

// reportedFailure is what a runtime reported: document, which is passed on byte
// for byte, and the error type that it named beside it, if any.
func reportedFailure(kind string, document []byte) *failure {
	if said := readDocument(document).Type; said != "" {
		kind = said
	}
	return &failure{kind: kind, document: document}
}

// platformFailure is what Lambda reports of the invocation id, in its spelling.
func platformFailure(kind, id, text string) *failure {
	document, _ := json.Marshal(struct { // strings always encode
		Type    string `json:"errorType"`
		Message string `json:"errorMessage"`
	}{kind, "RequestId: " + id + " Error: " + text})
	return &failure{kind: kind, document: document}
}

func timedOut(id string, after time.Duration) *failure {
	text := fmt.Sprintf("Task timed out after %.2f seconds", after.Seconds())
	f := platformFailure("Sandbox.Timedout", id, text)
	f.note = time.Now().UTC().Format("2006-01-02T15:04:05.000Z") + " " + id + " " + text
	return f
}

// exited is what Lambda reports when the runtime's process is no more.
func exited(id string, state *os.ProcessState) *failure {
	text := "Runtime exited with error: " + state.String()
	if state.Success() {
		text = "Runtime exited without providing a reason"
	}
	f := platformFailure("Runtime.ExitError", id, text)
	f.note = "RequestId: " + id + " Error: " + text + "\n" + f.kind
	return f
}

func truncated(id string) *failure {
	return platformFailure("Runtime.TruncatedResponse", id, "HTTP request detected as truncated")
}

func invalidMode(id string) *failure {
	return platformFailure("Runtime.InvalidResponseModeHeader", id, "Invalid function response mode")
}

func oversize(limit int64) *failure {
	f := sizeFault(limit)
	return &failure{kind: f.Type, document: f.document()}
}

// err returns what Read of a stream says of f: nil if f is nil.
func (f *failure) err(requestID string) error {
	if f == nil {
		return nil
	}
	said := readDocument(f.document)
	return &vialambda.FunctionError{
		Kind:      unhandled,
		Type:      f.kind,
		Message:   said.Message,
		Trace:     said.trace(),
		RequestID: requestID,
	}
}

// errorDocument is what runtimes write of an error. Node's says "trace", the
// others "stackTrace".
type errorDocument struct {
	Type       string          `json:"errorType"`
	Message    string          `json:"errorMessage"`
	StackTrace json.RawMessage `json:"stackTrace"`
	Trace      json.RawMessage `json:"trace"`
}

// readDocument reads what it can: a document may be anything.
func readDocument(document []byte) errorDocument {
	var d errorDocument
	if json.Unmarshal(document, &d) != nil {
		return errorDocument{}
	}
	return d
}

func (d errorDocument) trace() json.RawMessage {
	if d.StackTrace != nil {
		return d.StackTrace
	}
	return d.Trace
}
