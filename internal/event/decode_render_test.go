package event

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// rendered puts what Decode returned into one line:
//
//	200 [A: 1; A: 2; B: 3] body
//	200 length 5 [] body
//	malformed: reason
func rendered(r Response, err error) string {
	if err != nil {
		return "malformed: " + err.Error()
	}
	var fields []string
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			fields = append(fields, name+": "+value)
		}
	}
	length := ""
	if r.ContentLength >= 0 {
		length = fmt.Sprintf(" length %d", r.ContentLength)
	}
	body := ""
	if len(r.Body) > 0 {
		body = " " + string(r.Body)
	}
	return fmt.Sprintf("%d%s [%s]%s", r.Status, length, strings.Join(fields, "; "), body)
}

func validJSON(data []byte) bool { return json.Valid(data) }
