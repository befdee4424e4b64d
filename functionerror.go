package vialambda

import (
	"encoding/json"
	"unicode/utf8"
)

const (
	maxErrorMessage = 64 << 10 // kept of errorMessage
	maxErrorTrace   = 64 << 10 // a longer trace is dropped
)

// functionError reads the error document of a function that failed. It is
// whatever the function's runtime wrote: members may be missing, or it may be no
// JSON at all.
func functionError(res *Result, payload []byte) *FunctionError {
	e := &FunctionError{Kind: res.FunctionError, RequestID: res.RequestID, LogTail: res.LogTail}
	e.readDocument(payload)
	return e
}

func (e *FunctionError) readDocument(payload []byte) {
	var doc map[string]json.RawMessage // a map, because its keys are exact
	if json.Unmarshal(payload, &doc) != nil {
		e.Message = validPrefix(string(payload[:min(len(payload), maxErrorMessage)]))
		return
	}
	e.Message = validPrefix(jsonText(doc["errorMessage"]))
	e.Type = clip(jsonText(doc["errorType"]), 256)
	for _, key := range []string{"stackTrace", "trace", "stack"} {
		if trace := doc[key]; len(trace) > 0 && len(trace) <= maxErrorTrace && string(trace) != "null" {
			e.Trace = trace
			return
		}
	}
}

// jsonText is the text of a JSON string, or the JSON of anything else but null.
func jsonText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// validPrefix cuts s to the limit of a message, at the end of a character.
func validPrefix(s string) string {
	if len(s) <= maxErrorMessage {
		return s
	}
	n := maxErrorMessage
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
