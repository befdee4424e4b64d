package event

import (
	"slices"
	"strings"
)

// headerField is a header field as the caller set it, or, if values is nil, one
// whose value kind tells how to make.
type headerField struct {
	name   string
	kind   headerKind
	values []string
}

// headerKind says what is special about a field.
type headerKind uint8

const (
	kindOrdinary headerKind = iota
	// kindHop fields are between two hops only (RFC 9110, section 7.6.1) and in no event.
	kindHop
	kindConnection
	// kindNotREST fields are in no event of a REST API.
	kindNotREST
	kindHost
	kindUserAgent
	kindForwardedFor
	kindForwardedPort
	kindForwardedProto
	kindTraceID
	kindTLSCipher
	kindTLSVersion
	kindContentLength
	kindContentType
	kindContentEncoding
	kindCookie
	numKinds
)

// kindOf tells the kind of a field, whatever the case of its name.
func kindOf(name string) headerKind {
	is := func(s string) bool { return name == s || strings.EqualFold(name, s) }
	switch len(name) {
	case 2:
		if is("TE") {
			return kindHop
		}
	case 4:
		if is("Host") {
			return kindHost
		}
	case 6:
		switch {
		case is("Cookie"):
			return kindCookie
		case is("Expect"):
			return kindHop
		case is("Server"):
			return kindNotREST
		}
	case 7:
		if is("Trailer") || is("Upgrade") {
			return kindHop
		}
	case 10:
		switch {
		case is("User-Agent"):
			return kindUserAgent
		case is("Connection"):
			return kindConnection
		case is("Keep-Alive"):
			return kindHop
		}
	case 11:
		if is("Content-MD5") {
			return kindNotREST
		}
	case 12:
		switch {
		case is("Content-Type"):
			return kindContentType
		case is("Max-Forwards"):
			return kindNotREST
		}
	case 14:
		if is("Content-Length") {
			return kindContentLength
		}
	case 15:
		switch {
		case is("X-Forwarded-For"):
			return kindForwardedFor
		case is("X-Amzn-Trace-Id"):
			return kindTraceID
		}
	case 16:
		switch {
		case is("Content-Encoding"):
			return kindContentEncoding
		case is("X-Forwarded-Port"):
			return kindForwardedPort
		case is("Proxy-Connection"):
			return kindHop
		case is("WWW-Authenticate"):
			return kindNotREST
		}
	case 17:
		switch {
		case is("X-Forwarded-Proto"):
			return kindForwardedProto
		case is("Transfer-Encoding"):
			return kindHop
		}
	case 18:
		switch {
		case is("Proxy-Authenticate"):
			return kindHop
		case is("X-Amzn-Tls-Version"):
			return kindTLSVersion
		}
	case 19:
		if is("Proxy-Authorization") {
			return kindHop
		}
	case 23:
		if is("X-Amzn-Tls-Cipher-Suite") {
			return kindTLSCipher
		}
	}
	return kindOrdinary
}

// gatewayNames are the names of the fields that a front door adds. A REST API
// spells them so whatever the client did.
var gatewayNames = [numKinds]string{
	kindHost:           "Host",
	kindUserAgent:      "User-Agent",
	kindForwardedFor:   "X-Forwarded-For",
	kindForwardedPort:  "X-Forwarded-Port",
	kindForwardedProto: "X-Forwarded-Proto",
	kindTraceID:        "X-Amzn-Trace-Id",
	kindTLSCipher:      "X-Amzn-Tls-Cipher-Suite",
	kindTLSVersion:     "X-Amzn-Tls-Version",
}

// collectFields appends the fields of the event to fields, which is empty,
// sorted by name without regard to case.
func collectFields(fields []headerField, f Format, r *Request, size int64) []headerField {
	var hops []string
	for i := range r.Add {
		add := &r.Add[i]
		if len(add.Values) == 0 {
			continue
		}
		fields = append(fields, headerField{add.Name, kindOf(add.Name), add.Values})
	}
	for name, values := range r.Header {
		if len(values) == 0 || !IsToken(name) {
			continue
		}
		kind := kindOf(name)
		switch {
		case kind == kindHop, kind == kindHost, kind == kindContentLength, kind == kindNotREST && f == RESTAPI:
			continue
		case kind == kindConnection:
			hops = append(hops, values...)
			continue
		case kind == kindUserAgent && values[0] == "": // net/http's way of asking for none
			continue
		}
		if gatewayNames[kind] != "" {
			name = gatewayNames[kind]
		}
		fields = append(fields, headerField{name, kind, values})
	}
	if hops != nil {
		fields = slices.DeleteFunc(fields, func(f headerField) bool { return namedByConnection(hops, f.name) })
	}
	fields = completeFields(fields, f, r, size)
	sortFields(fields)
	return fields
}

// sortFields sorts a few fields faster than slices.SortFunc, which swaps where
// this moves.
func sortFields(fields []headerField) {
	const few = 24
	if len(fields) > few {
		slices.SortFunc(fields, func(a, b headerField) int { return compareFields(&a, &b) })
		return
	}
	for i := 1; i < len(fields); i++ {
		f, at := fields[i], i
		for at > 0 && compareFields(&f, &fields[at-1]) < 0 {
			fields[at] = fields[at-1]
			at--
		}
		fields[at] = f
	}
}

// completeFields appends what a front door adds, unless the caller set it.
func completeFields(fields []headerField, f Format, r *Request, size int64) []headerField {
	seen := uint32(1) << kindUserAgent
	for i := range fields {
		seen |= 1 << fields[i].kind
	}
	last := kindTraceID
	if f == FunctionURL {
		last = kindTLSVersion
	}
	for kind := kindHost; kind <= last; kind++ {
		if seen>>kind&1 == 0 {
			fields = append(fields, headerField{gatewayNames[kind], kind, nil})
		}
	}
	// As net/http sends it: no length of an empty body, unless the method
	// suggests that there might have been one.
	if f != RESTAPI && (size != 0 || r.Method == "POST" || r.Method == "PUT" || r.Method == "PATCH") {
		fields = append(fields, headerField{"Content-Length", kindContentLength, nil})
	}
	return fields
}

// note keeps what other parts of the event say of the fields.
func (e *encoder) note() {
	for i := range e.fields {
		switch f := &e.fields[i]; {
		case f.kind == kindUserAgent && e.userAgent == "":
			e.userAgent = f.values[0]
		case f.kind == kindContentType && e.contentType == "":
			e.contentType = f.values[0]
		case f.kind == kindContentEncoding:
			e.encoded = e.encoded || slices.ContainsFunc(f.values, func(v string) bool { return v != "" })
		}
	}
}

// appendOwn appends the value of a field that completeFields added.
func appendOwn(dst []byte, kind headerKind, r *Request) []byte {
	switch kind {
	case kindHost:
		if r.Host == "" {
			return appendFieldText(dst, r.DomainName)
		}
		return appendFieldText(dst, r.Host)
	case kindForwardedFor:
		return appendFieldText(dst, r.SourceIP)
	case kindForwardedPort:
		return append(dst, "443"...)
	case kindForwardedProto:
		return append(dst, "https"...)
	case kindTraceID:
		return appendTraceID(dst, r)
	case kindTLSCipher:
		return append(dst, "TLS_AES_128_GCM_SHA256"...)
	case kindTLSVersion:
		return append(dst, "TLSv1.3"...)
	}
	return dst
}

// namedByConnection reports whether one of the values of Connection names the field.
func namedByConnection(values []string, name string) bool {
	for _, v := range values {
		for token := range strings.SplitSeq(v, ",") {
			if strings.EqualFold(strings.Trim(token, " \t"), name) {
				return true
			}
		}
	}
	return false
}

// compareFields orders by name without regard to case; where that does not
// decide, by spelling, then by value, so that the order is always the same.
func compareFields(a, b *headerField) int {
	if c := compareFold(a.name, b.name); c != 0 {
		return c
	}
	if c := strings.Compare(a.name, b.name); c != 0 {
		return c
	}
	return slices.Compare(a.values, b.values)
}

func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			if x, y := lowerToken[a[i]], lowerToken[b[i]]; x != y {
				return int(x) - int(y)
			}
		}
	}
	return len(a) - len(b)
}

// lowerToken maps the bytes of a token (RFC 9110, section 5.6.2) to lower case and
// all others to 0.
var lowerToken = func() (t [256]byte) {
	for c := byte('0'); c <= 'z'; c++ {
		switch {
		case c <= '9', 'a' <= c:
			t[c] = c
		case 'A' <= c && c <= 'Z':
			t[c] = c | 0x20
		}
	}
	for _, c := range []byte("!#$%&'*+-.^_`|~") {
		t[c] = c
	}
	return t
}()

// IsToken reports whether name is a token (RFC 9110, section 5.6.2), as the names
// of header fields and methods are.
func IsToken(name string) bool {
	for i := range len(name) {
		if lowerToken[name[i]] == 0 {
			return false
		}
	}
	return name != ""
}
