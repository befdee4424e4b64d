package event

import (
	"bytes"
	"iter"
	"net/http"
	"net/textproto"
	"strings"
)

// eventMembers says where the members of an event are that tell the request.
// What the event does not have is zero.
type eventMembers struct {
	data []byte

	version, rawPath, rawQuery, cookies     scanValue // payload 2.0
	httpMethod, path, multiValueHeaders     scanValue // payload 1.0 and ALB
	singleQuery, multiValueQuery            scanValue
	headers, body, isBase64Encoded          scanValue
	elb, http                               scanValue // of requestContext
	accountID, domainName, requestID, stage scanValue
	contextMethod, contextIP, identityIP    scanValue // of its http and identity
}

// readEvent scans an event once; its request context, if it has one, again.
func readEvent(data []byte) (*eventMembers, error) {
	m := &eventMembers{data: data}
	var context scanValue
	var s scanner
	for {
		token := s.next(data)
		if token == scanMember && s.outer == '{' {
			m.set(&context, s.key, s.value)
			continue
		}
		switch {
		case token == scanMember, token == scanKey:
		case token != scanEnd:
			return nil, &EventError{"it is not JSON"}
		case s.outer != '{':
			return nil, &EventError{"it is not a JSON object"}
		case len(bytes.TrimLeft(data[s.pos:], " \t\r\n")) > 0:
			return nil, &EventError{"something follows the JSON object"}
		default:
			m.setContext(context)
			return m, nil
		}
	}
}

func (m *eventMembers) set(context *scanValue, key, value scanValue) {
	switch string(unquoted(m.data, key)) {
	case "version":
		m.version = value
	case "rawPath":
		m.rawPath = value
	case "rawQueryString":
		m.rawQuery = value
	case "cookies":
		m.cookies = value
	case "httpMethod":
		m.httpMethod = value
	case "path":
		m.path = value
	case "headers":
		m.headers = value
	case "multiValueHeaders":
		m.multiValueHeaders = value
	case "queryStringParameters":
		m.singleQuery = value
	case "multiValueQueryStringParameters":
		m.multiValueQuery = value
	case "body":
		m.body = value
	case "isBase64Encoded":
		m.isBase64Encoded = value
	case "requestContext":
		*context = value
	}
}

func (m *eventMembers) setContext(context scanValue) {
	for key, value := range m.members(context) {
		switch string(unquoted(m.data, key)) {
		case "elb":
			m.elb = value
		case "http":
			m.http = value
		case "accountId":
			m.accountID = value
		case "domainName":
			m.domainName = value
		case "requestId":
			m.requestID = value
		case "stage":
			m.stage = value
		case "identity":
			m.identityIP = m.member(value, "sourceIp")
		}
	}
	m.contextMethod = m.member(m.http, "method")
	m.contextIP = m.member(m.http, "sourceIp")
}

// given reports whether there is a value other than null.
func given(v scanValue) bool { return v.first != 0 && v.first != 'n' }

// members yields the members of an object, of anything else nothing.
func (m *eventMembers) members(v scanValue) iter.Seq2[scanValue, scanValue] {
	return func(yield func(key, value scanValue) bool) {
		if v.first != '{' {
			return
		}
		for s := (scanner{pos: v.start}); ; {
			switch s.next(m.data[:v.end]) {
			case scanKey:
			case scanMember:
				if !yield(s.key, s.value) {
					return
				}
			default:
				return
			}
		}
	}
}

// member returns the last member of an object with this key.
func (m *eventMembers) member(v scanValue, key string) (found scanValue) {
	for k, value := range m.members(v) {
		if string(unquoted(m.data, k)) == key {
			found = value
		}
	}
	return found
}

// elements yields the elements of a list. A value that is none is a list of its
// own, null an empty one.
func (m *eventMembers) elements(v scanValue) iter.Seq[scanValue] {
	return func(yield func(scanValue) bool) {
		switch {
		case !given(v):
		case v.first != '[':
			yield(v)
		default:
			for s := (scanner{pos: v.start}); s.next(m.data[:v.end]) == scanMember; {
				if given(s.value) && !yield(s.value) {
					return
				}
			}
		}
	}
}

// list returns the texts of a list.
func (m *eventMembers) list(v scanValue) (texts []string) {
	for element := range m.elements(v) {
		texts = append(texts, m.text(element))
	}
	return texts
}

// text returns what a string says; of null and of what is not there "", of
// anything else its JSON.
func (m *eventMembers) text(v scanValue) string {
	switch {
	case !given(v):
		return ""
	case v.first == '"':
		return string(unquoted(m.data, v))
	}
	return string(m.data[v.start:v.end])
}

// header returns the fields of lists and those of singles that are not in
// lists. Names that differ in case are one name; what is no name is left out.
func (m *eventMembers) header(lists, singles scanValue) http.Header {
	h := http.Header{}
	for key, value := range m.members(lists) {
		if name, ok := m.fieldName(key); ok {
			for element := range m.elements(value) {
				h[name] = append(h[name], m.text(element))
			}
		}
	}
	listed := len(h) > 0
	for key, value := range m.members(singles) {
		name, ok := m.fieldName(key)
		if !ok || !given(value) || listed && h[name] != nil {
			continue
		}
		h[name] = append(h[name], m.text(value))
	}
	return h
}

func (m *eventMembers) fieldName(key scanValue) (string, bool) {
	name := unquoted(m.data, key)
	if !IsToken(string(name)) {
		return "", false
	}
	return textproto.CanonicalMIMEHeaderKey(string(name)), true
}

// query makes a query of the parameters of lists, or of singles if there is
// no such member, in the order in which they stand, names and values escaped.
func (m *eventMembers) query(lists, singles scanValue, escape func(string) string) string {
	if !given(lists) {
		lists = singles
	}
	var b strings.Builder
	for key, value := range m.members(lists) {
		name := escape(m.text(key))
		for element := range m.elements(value) {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(name)
			b.WriteByte('=')
			b.WriteString(escape(m.text(element)))
		}
	}
	return b.String()
}
