package edge

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// Problem is a problem document (RFC 9457) about the request with this id.
func Problem(status int, detail, requestID string) []byte {
	return encode(struct {
		Type      string `json:"type"`
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"request_id"`
	}{"about:blank", http.StatusText(status), status, detail, requestID})
}

// Message is what AWS's front doors answer by themselves: {"message":reason}.
func Message(reason string) []byte {
	return encode(struct {
		Message string `json:"message"`
	}{reason})
}

func encode(content any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(content) // strings and numbers always encode
	return text.Bytes()
}
