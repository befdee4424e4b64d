package vialambda

import (
	"fmt"
	"net/http"

	"github.com/vialambda/vialambda/internal/event"
)

// checkRequest returns an error for what http.Transport would not send either: no
// URL, an illegal method or header field (RFC 9110, sections 5.1, 5.5 and 9.1). It
// does not quote values.
func checkRequest(req *http.Request) error {
	if req.URL == nil {
		return badAddress("the request has no URL: write http+lambda://function/path")
	}
	if req.Method != "" && !event.IsToken(req.Method) {
		return fmt.Errorf("http request: invalid method %s", quote(req.Method))
	}
	for name, values := range req.Header {
		if !event.IsToken(name) {
			return fmt.Errorf("http request: invalid header field name %s", quote(name))
		}
		for _, value := range values {
			if hasControl(value) {
				return fmt.Errorf("http request: invalid header field value for %s", quote(name))
			}
		}
	}
	if hasControl(req.Host) {
		return fmt.Errorf("http request: invalid Host")
	}
	return nil
}

// hasControl reports whether s has a control character other than a tab.
func hasControl(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}
