package edge

import (
	"net/url"
	"strings"
)

// SplitPath returns the decoded segments of an escaped path, or says what is
// wrong with it.
//
// Dot segments are refused in whatever spelling: behind %2f or a backslash, which
// some frameworks take for a slash, and with parameters ("..;a=b"), which servlet
// containers cut off. A server that matches a path must not be told less than the
// function behind it takes it for (RFC 3986, section 6.2.2.3).
func SplitPath(escaped string) (segments []string, wrong string) {
	if !strings.HasPrefix(escaped, "/") {
		return nil, "the path does not begin with a slash"
	}
	for raw := range strings.SplitSeq(escaped[1:], "/") {
		segment, err := url.PathUnescape(raw)
		if err != nil {
			return nil, "the path has a % that no two hexadecimal digits follow"
		}
		if strings.ContainsRune(segment, 0) {
			return nil, "the path has a NUL in it"
		}
		for part := range strings.FieldsFuncSeq(segment, func(r rune) bool { return r == '/' || r == '\\' }) {
			if part, _, _ = strings.Cut(part, ";"); part == "." || part == ".." {
				return nil, "the path has dot segments: send it normalized (RFC 3986, section 6.2.2.3)"
			}
		}
		segments = append(segments, segment)
	}
	return segments, ""
}
