package vialambda

import (
	"net/http"
	"strings"
)

const maxTraceHeader = 1 << 10

// xrayHeader returns the X-Amzn-Trace-Id that the Invoke call carries: the
// request's own, else one made of its traceparent, else "". One that cannot be
// a header of the call is left out.
func xrayHeader(h http.Header) string {
	if v := h["X-Amzn-Trace-Id"]; len(v) > 0 && v[0] != "" {
		if len(v[0]) > maxTraceHeader || strings.ContainsFunc(v[0], isControl) {
			return ""
		}
		return v[0]
	}
	if v := h["Traceparent"]; len(v) > 0 {
		return xrayFromTraceparent(v[0])
	}
	return ""
}

// xrayFromTraceparent translates a W3C traceparent (version-traceid-parentid-flags,
// https://www.w3.org/TR/trace-context/) into X-Ray's header. X-Ray's trace ids
// are W3C's with a dash after the first eight digits
// (https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html).
func xrayFromTraceparent(s string) string {
	const length = len("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	if len(s) < length || s[2] != '-' || s[35] != '-' || s[52] != '-' || len(s) > length && s[55] != '-' || s[:2] == "ff" || s[:2] == "00" && len(s) > length {
		return ""
	}
	trace, parent, flags := s[3:35], s[36:52], s[53:55]
	if !isHex(s[:2]) || !isHex(trace) || !isHex(parent) || !isHex(flags) ||
		trace == "00000000000000000000000000000000" || parent == "0000000000000000" {
		return ""
	}
	sampled := "0"
	if c := flags[1]; (c >= '0' && c <= '9' && c&1 == 1) || (c >= 'a' && (c-'a')&1 == 1) {
		sampled = "1"
	}
	return "Root=1-" + trace[:8] + "-" + trace[8:] + ";Parent=" + parent + ";Sampled=" + sampled
}

// isHex reports whether s is lower-case hexadecimal.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
