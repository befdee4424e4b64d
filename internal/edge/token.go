package edge

import (
	"net/http"
	"strings"
)

// IsToken reports whether s is a token of HTTP (RFC 9110, section 5.6.2).
func IsToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return s != ""
}

// RequestID is the client's X-Request-Id if it is a token of at most 128 bytes,
// which can be logged and sent on as it is; else "".
func RequestID(h http.Header) string {
	if id := h.Get("X-Request-Id"); len(id) <= 128 && IsToken(id) {
		return id
	}
	return ""
}
