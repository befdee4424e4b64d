package locallambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"github.com/vialambda/vialambda"
)

// fault is the error document that a runtime reports of a handler that failed,
// in the shape that aws-lambda-go gives it.
type fault struct {
	Message string       `json:"errorMessage"`
	Type    string       `json:"errorType"`
	Trace   []stackFrame `json:"stackTrace,omitempty"`
}

type stackFrame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// unhandled is the X-Amz-Function-Error of every failure that Lambda reports.
const unhandled = "Unhandled"

// errorFault is what is reported of a handler that returned err: the type is
// the name of err's Go type, without package and pointer. A
// *vialambda.FunctionError says its type itself.
func errorFault(err error) *fault {
	if given, ok := errors.AsType[*vialambda.FunctionError](err); ok {
		return &fault{Message: given.Message, Type: given.Type}
	}
	return &fault{Message: err.Error(), Type: typeName(err)}
}

// panicFault is what is reported of a handler that panicked with v. It must be
// called by the deferred function that recovered v.
func panicFault(v any) *fault {
	return &fault{Message: fmt.Sprint(v), Type: typeName(v), Trace: panicTrace()}
}

func typeName(v any) string {
	t := reflect.TypeOf(v)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Name()
}

// panicTrace returns the stack of the panic that is being recovered, from where
// it was to the handler, at most 32 frames of it.
func panicTrace() (trace []stackFrame) {
	const own = "github.com/vialambda/vialambda/locallambda."
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false
	handler := 0 // how many frames there are to the handler's
	for more := true; more && len(trace) < 32; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case !panicking || len(trace) == 0 && strings.HasPrefix(f.Function, "runtime."):
		case f.Function == own+"(*execution).protect":
			return trace[:handler]
		default:
			trace = append(trace, newStackFrame(f))
			if !strings.HasPrefix(f.Function, own) {
				handler = len(trace)
			}
		}
	}
	return trace
}

// newStackFrame splits "import/path.(*Type).Method" at the package's end. The
// path has no directories of this machine.
func newStackFrame(f runtime.Frame) stackFrame {
	dir, label := "", f.Function
	if slash := strings.LastIndexByte(label, '/'); slash >= 0 {
		dir, label = label[:slash+1], label[slash+1:]
	}
	pkg, label, _ := strings.Cut(label, ".")
	return stackFrame{Path: dir + pkg + "/" + path.Base(f.File), Line: f.Line, Label: label}
}

// document returns the JSON that the caller of a buffered invocation gets.
func (f *fault) document() []byte {
	text, _ := json.Marshal(f) // strings and numbers always encode
	return text
}

// err returns what Read of a stream says of the fault.
func (f *fault) err(requestID string) *vialambda.FunctionError {
	failed := &vialambda.FunctionError{Kind: unhandled, Type: f.Type, Message: f.Message, RequestID: requestID}
	if f.Trace != nil {
		failed.Trace, _ = json.Marshal(f.Trace) // see document
	}
	return failed
}

// into makes res, of a buffered invocation, report the fault.
func (f *fault) into(res *vialambda.Result) {
	res.FunctionError = unhandled
	setPayload(res, f.document())
}
