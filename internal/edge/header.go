package edge

import (
	"net/http"
	"strings"
)

// Claims reports whether a field says of the client what only a proxy can know:
// X-Forwarded-*, Forwarded, X-Real-Ip, and X-Amzn-Oidc-*, in which an ALB says who
// has logged in. Case does not count, and neither does "_" for "-": to CGI, WSGI
// and what is built on them they are the same (RFC 3875, section 4.1.18).
func Claims(name string) bool {
	name = strings.ToLower(strings.ReplaceAll(name, "_", "-"))
	return name == "forwarded" || name == "x-real-ip" ||
		strings.HasPrefix(name, "x-forwarded-") || strings.HasPrefix(name, "x-amzn-oidc-")
}

// ForwardedElement is what a hop adds to Forwarded (RFC 7239, section 4).
// client is an IP address.
func ForwardedElement(client, scheme string) string {
	if strings.Contains(client, ":") {
		client = `"[` + client + `]"`
	}
	return "for=" + client + ";proto=" + scheme
}

// Upgrades reports whether the client asks for another protocol. h2c is not
// counted: some clients always offer it, Java's among them, and go on with
// HTTP/1.1 where it is ignored (RFC 9110, section 7.8).
func Upgrades(h http.Header) bool {
	for _, field := range h["Upgrade"] {
		for protocol := range strings.SplitSeq(field, ",") {
			if p := strings.TrimSpace(protocol); p != "" && !strings.EqualFold(p, "h2c") {
				return true
			}
		}
	}
	return false
}

// HideIdempotency gives the fields that make vialambda.Transport send a request
// again a spelling that it does not look for. To the function they mean the same.
func HideIdempotency(h http.Header) {
	for _, name := range [...]string{"Idempotency-Key", "X-Idempotency-Key"} {
		if values, ok := h[name]; ok {
			delete(h, name)
			h[strings.ToLower(name)] = values
		}
	}
}
