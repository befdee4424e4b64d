package locallambda

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// maxTail is how much of a function's log the Invoke API hands out, in bytes.
const maxTail = 4096

// callLog is the end of the log of one run of a function in this process. Its
// methods may be called concurrently; the zero value is ready.
type callLog struct {
	mu   sync.Mutex
	kept []byte
}

// Write never fails: a log is no reason for a function to.
func (l *callLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.kept = append(l.kept, p[max(0, len(p)-maxTail):]...)
	if len(l.kept) > 4*maxTail {
		l.kept = append(l.kept[:0], l.kept[len(l.kept)-maxTail:]...)
	}
	return len(p), nil
}

// tail returns the last 4,096 bytes that were written.
func (l *callLog) tail() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.kept[max(0, len(l.kept)-maxTail):])
}

// start writes the line that Lambda writes before a function runs.
func (l *callLog) start(requestID, version string) {
	fmt.Fprintf(l, "START RequestId: %s Version: %s\n", requestID, version)
}

// end writes the two lines that Lambda writes after it. A function in this
// process has no memory of its own to report. status is "" or "timeout".
func (l *callLog) end(requestID string, ran time.Duration, status string) {
	text := fmt.Appendf(nil, "END RequestId: %s\nREPORT RequestId: %[1]s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\t",
		requestID, milliseconds(ran), math.Ceil(milliseconds(ran)), defaultMemory)
	if status != "" {
		text = append(text, "Status: "+status+"\t"...)
	}
	l.Write(append(text, '\n')) //nolint:errcheck // never fails
}
