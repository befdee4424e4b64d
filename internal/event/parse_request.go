package event

import (
	"net/http"
	"net/url"
	"strings"
)

// Parsed is the HTTP request that an event says, as far as the event says it.
type Parsed struct {
	Format   Format
	Method   string
	Path     string // escaped, as on the request line; begins with "/"
	RawQuery string
	Header   http.Header // canonical names; Host is not in it
	Host     string
	SourceIP string // of the client; "" if the event does not say
	// Body may share memory with the event: it must not be modified.
	Body []byte
}

// EventError says why an event is not one of an HTTP front door.
type EventError struct{ Reason string }

func (e *EventError) Error() string { return "not an event of an HTTP front door: " + e.Reason }

// ParseRequest reads an event of any of the formats, as the adapters inside
// functions do; event is only read. Keys are matched by case, null is the same
// as absent, and unknown members are ignored. The error, if there is one, is an
// [*EventError].
//
// The format is told by what the event has:
//
//   - requestContext.elb: ALB; ALBMultiValue if there is multiValueHeaders.
//   - version "2.0", or rawPath and requestContext.http: FunctionURL if the
//     domain name is that of one, the account is "anonymous" or the request id
//     is a UUID; else HTTPAPI.
//   - httpMethod: RESTAPI, which stands for HTTP APIs with payload 1.0 too.
//
// # What is recovered
//
// Encode followed by ParseRequest gives the request back but for what the
// format has lost:
//
//   - All: fields that do not travel or have no legal name; repeated Cookie
//     fields are one. Values lose the white space around them.
//   - RESTAPI: several slashes at the beginning of the path; Content-Length,
//     Content-MD5, Max-Forwards, Server, WWW-Authenticate; how the query was
//     escaped, its order between names, and whether a name without a value had
//     an equals sign.
//   - HTTPAPI: how the path was escaped ("%2F" and "/" are one), and what
//     follows a "?" in it. Of repeated fields, that they were: the values are
//     one, joined by commas; so too with FunctionURL.
//   - ALB: all but the last of repeated fields and query parameters. With
//     ALBMultiValue, the query's order between names, and of a name without a
//     value, as with ALB, whether it had an equals sign.
func ParseRequest(event []byte) (*Parsed, error) {
	m, err := readEvent(event)
	if err != nil {
		return nil, err
	}
	p := &Parsed{Format: m.format()}
	switch p.Format {
	case HTTPAPI, FunctionURL:
		m.parseHTTP(p)
	case RESTAPI:
		m.parseREST(p)
	case ALB, ALBMultiValue:
		m.parseALB(p)
	default:
		return nil, &EventError{"it has neither httpMethod nor requestContext.http"}
	}
	switch {
	case p.Method == "":
		return nil, &EventError{"the request has no method"}
	case !IsToken(p.Method):
		return nil, &EventError{"the request's method is not a token"}
	}
	if hosts := p.Header["Host"]; len(hosts) > 0 {
		p.Host = hosts[0]
		delete(p.Header, "Host")
	} else {
		p.Host = m.text(m.domainName)
	}
	p.Body, err = m.readBody()
	return p, err
}

// format tells the event's format, 0 if it has none.
func (m *eventMembers) format() Format {
	version := m.text(m.version)
	switch {
	case given(m.elb) && given(m.multiValueHeaders):
		return ALBMultiValue
	case given(m.elb):
		return ALB
	case version == "2.0", version == "" && m.rawPath.first == '"' && m.http.first == '{':
		if m.ofFunctionURL() {
			return FunctionURL
		}
		return HTTPAPI
	case m.httpMethod.first == '"':
		return RESTAPI
	}
	return 0
}

// ofFunctionURL tells a function URL's event from an HTTP API's: all that they
// have in common is the shape.
func (m *eventMembers) ofFunctionURL() bool {
	return strings.Contains(m.text(m.domainName), ".lambda-url.") ||
		m.text(m.accountID) == "anonymous" || isUUID(m.text(m.requestID))
}

func isUUID(s string) bool {
	return len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
}

// parseREST reads payload 1.0. Where there is a list of values it holds; the
// map of single values says what the lists leave out.
func (m *eventMembers) parseREST(p *Parsed) {
	p.Method = m.text(m.httpMethod)
	p.Path = escapedPath(m.text(m.path))
	p.RawQuery = m.query(m.multiValueQuery, m.singleQuery, url.QueryEscape)
	p.Header = m.header(m.multiValueHeaders, m.headers)
	p.SourceIP = m.text(m.identityIP)
}

// parseHTTP reads payload 2.0. A named stage is no part of what the client sent.
func (m *eventMembers) parseHTTP(p *Parsed) {
	p.Method = m.text(m.contextMethod)
	path := m.text(m.rawPath)
	if stage := m.text(m.stage); stage != "" && stage != defaultStage {
		if rest, ok := strings.CutPrefix(path, "/"+stage); ok && (rest == "" || rest[0] == '/') {
			path = rooted(rest)
		}
	}
	if p.Format == HTTPAPI {
		p.Path = escapeDecodedPath(path)
	} else {
		p.Path = escapedPath(path)
	}
	if p.RawQuery = m.text(m.rawQuery); !given(m.rawQuery) {
		p.RawQuery = m.query(scanValue{}, m.singleQuery, url.QueryEscape)
	}
	p.Header = m.header(scanValue{}, m.headers)
	if cookies := m.list(m.cookies); len(cookies) > 0 {
		p.Header["Cookie"] = []string{strings.Join(cookies, "; ")}
	}
	p.SourceIP = m.text(m.contextIP)
}

// parseALB reads an event of a load balancer, whose query is not decoded. It
// says of the client only what X-Forwarded-For does, to which it appended it.
func (m *eventMembers) parseALB(p *Parsed) {
	p.Method = m.text(m.httpMethod)
	p.Path = escapedPath(m.text(m.path))
	p.RawQuery = m.query(m.multiValueQuery, m.singleQuery, strings.Clone)
	p.Header = m.header(m.multiValueHeaders, m.headers)
	if hops := p.Header["X-Forwarded-For"]; len(hops) > 0 {
		last := hops[len(hops)-1]
		p.SourceIP = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
}

// escapedPath returns path as it is if it can stand on a request line, else
// with everything escaped that cannot: not every maker of events is careful.
func escapedPath(path string) string {
	path = rooted(path)
	if u, err := url.ParseRequestURI(path); err == nil && u.RawQuery == "" && !u.ForceQuery {
		return u.EscapedPath()
	}
	return escapeDecodedPath(path)
}

// escapeDecodedPath escapes a path that has been decoded.
func escapeDecodedPath(path string) string {
	return (&url.URL{Path: rooted(path)}).EscapedPath()
}
