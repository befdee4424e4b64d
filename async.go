package vialambda

import (
	"net/http"
	"strings"
)

// prefersAsync reports whether a Prefer header asks for respond-async (RFC 7240,
// section 4.1).
func prefersAsync(h http.Header) bool {
	for _, field := range h["Prefer"] {
		for field != "" {
			var one string
			one, field = cutPreference(field)
			name, _, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(name), "respond-async") {
				return true
			}
		}
	}
	return false
}

// cutPreference splits a Prefer field at the first comma outside of quotes.
func cutPreference(field string) (first, rest string) {
	quoted := false
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return field[:i], field[i+1:]
		}
	}
	return field, ""
}
