package event

import (
	"bytes"
	"slices"
	"sync"
)

// maxFields is how many header fields an answer may have, those counted that
// are dropped afterwards.
const maxFields = 1000

// headerReader collects the header fields of an answer, in the order in which
// values of one name go into the response: what is listed (multiValueHeaders,
// cookies) first, then what is single (headers). After an error it reads on to
// no effect; header returns it.
type headerReader struct {
	data                       []byte        // the answer
	headers, multiValueHeaders answerMap     // of the answer
	text                       []byte        // names and values, unescaped
	fields                     []answerField // what was collected
	names                      knownNames
	err                        error
}

// answerField is a field, its value text[value:end].
type answerField struct {
	name       fieldName
	value, end int
	single     bool
}

// answerMap is where the answer has header fields, if it has.
type answerMap struct {
	scanValue
	members []answerMember // if it is an object
	more    bool           // it has more of them than maxFields
}

type answerMember struct{ key, value scanValue }

// begin forgets what was collected: of a key that an answer has twice, the last value
// holds.
func (m *answerMap) begin() { *m = answerMap{members: m.members[:0]} }

// add collects a member.
func (m *answerMap) add(key, value scanValue) {
	if len(m.members) == maxFields {
		m.more = true
		return
	}
	m.members = append(m.members, answerMember{key, value})
}

// distinct returns the members, of those with one key the first with the last value. It
// looks at all keys, which is not for what a later map of that name replaces.
func (m *answerMap) distinct(data []byte) []answerMember {
	const few = 64 // they may be compared each with each
	var marks scanMarks
	for i := range m.members {
		marks |= m.members[i].key.marks
	}
	if marks != 0 || len(m.members) > few {
		m.members = distinctNames(m.members, data)
		return m.members
	}
	for i := 1; i < len(m.members); {
		member := &m.members[i]
		if old := findMember(m.members[:i], data, data[member.key.start:member.key.end]); old != nil {
			old.value = member.value
			m.members = slices.Delete(m.members, i, i+1)
			continue
		}
		i++
	}
	return m.members
}

// findMember returns the member whose key is spelled so, or nil.
func findMember(members []answerMember, data, spelled []byte) *answerMember {
	for i := range members {
		m := &members[i]
		if m.key.end-m.key.start == len(spelled) && bytes.Equal(data[m.key.start:m.key.end], spelled) {
			return m
		}
	}
	return nil
}

// distinctNames is distinct for keys that are many, or may say the same in several spellings:
// each is unquoted once.
func distinctNames(members []answerMember, data []byte) []answerMember {
	kept := members[:0]
	at := make(map[string]int, len(members))
	for _, m := range members {
		name := string(unquoted(data, m.key))
		if i, ok := at[name]; ok {
			kept[i].value = m.value
			continue
		}
		at[name] = len(kept)
		kept = append(kept, m)
	}
	return kept
}

var headerReaders = sync.Pool{New: func() any { return new(headerReader) }}

// newHeaderReader returns a reader of the header fields in data. Its free must
// be called.
func newHeaderReader(data []byte) *headerReader {
	h := headerReaders.Get().(*headerReader)
	h.data = data
	return h
}

func (h *headerReader) free() {
	const most = 64 << 10
	if cap(h.text) > most {
		h.text = nil
	}
	h.headers.begin()
	h.multiValueHeaders.begin()
	h.data, h.text, h.fields, h.err = nil, h.text[:0], h.fields[:0], nil
	headerReaders.Put(h)
}

// readHeaders reads headers, an object whose members are values. With lists,
// they may also be lists of values.
func (h *headerReader) readHeaders(lists bool) {
	for _, m := range h.members("headers", &h.headers) {
		name := h.name(m.key)
		if lists && m.value.first == '[' {
			h.list(name, m.value, true)
			continue
		}
		h.value(name, m.value, true)
	}
}

// readLists reads multiValueHeaders, an object whose members are lists of values.
func (h *headerReader) readLists() {
	const where = "multiValueHeaders"
	for _, m := range h.members(where, &h.multiValueHeaders) {
		name := h.name(m.key)
		switch m.value.first {
		case '[':
			h.list(name, m.value, false)
		case 'n':
		default:
			h.fail("%s has %s for %s, not a list", where, kindName(m.value.first), quote(h.data, m.key))
		}
	}
}

// members returns the members of m.
func (h *headerReader) members(where string, m *answerMap) []answerMember {
	switch m.first {
	case 0, 'n':
	case '{':
		if !m.more {
			return m.distinct(h.data)
		}
		h.fail("%s has more than %d fields", where, maxFields)
	default:
		h.fail("%s is %s, not an object", where, kindName(m.first))
	}
	return nil
}

// readCookies reads a list of Set-Cookie values.
func (h *headerReader) readCookies(v scanValue) {
	switch v.first {
	case 0, 'n':
	case '[':
		h.list(fieldName{known: "Set-Cookie"}, v, false)
	default:
		h.fail("cookies is %s, not a list", kindName(v.first))
	}
}

// name takes the name of a field and makes it canonical.
func (h *headerReader) name(key scanValue) fieldName {
	spelled := h.data[key.start+1 : key.end-1]
	if known := h.names.find(spelled); known != "" {
		return fieldName{known: known}
	}
	start := len(h.text)
	h.text = appendUnquoted(h.text, h.data, key)
	if canonicalName(h.text[start:]) {
		h.names.add(spelled, h.text[start:])
	} else {
		h.fail("the header name %s is not a token", quote(h.data, key))
	}
	return fieldName{start: start, end: len(h.text)}
}

// shown returns the beginning of a name, for an error.
func (h *headerReader) shown(name fieldName) string {
	if name.known != "" {
		return name.known
	}
	return clipped(h.text[name.start:name.end])
}

// list takes the values of a list as fields of that name.
func (h *headerReader) list(name fieldName, v scanValue, single bool) {
	if first := v.start + 1; h.data[first] == '"' { // one plain string, as most lists are
		if end, marks := plainRun(h.data[:v.end], first+1); end == v.end-2 {
			h.value(name, scanValue{start: first, end: end + 1, first: '"', marks: marks}, single)
			return
		}
	}
	s := scanner{pos: v.start}
	for s.next(h.data[:v.end]) == scanMember && h.err == nil {
		h.value(name, s.value, single)
	}
}

// value takes a value as a field of that name. Numbers, true and
// false are taken as they are spelled; null is no value. White space around it
// is no part of it (RFC 9110, section 5.5).
func (h *headerReader) value(name fieldName, v scanValue, single bool) {
	start := len(h.text)
	switch v.first {
	case 'n':
		return
	case '{', '[':
		h.fail("the header %q has %s for a value, not a string", h.shown(name), kindName(v.first))
		return
	case '"':
		h.text = appendUnquoted(h.text, h.data, v)
	default:
		h.text = append(h.text, h.data[v.start:v.end]...)
	}
	if v.marks.has(markWide) {
		h.text = append(h.text[:start], validUTF8(h.text[start:])...)
	}
	end := len(h.text)
	if v.marks.has(markEscaped) { // a control character cannot come in otherwise
		for _, c := range h.text[start:] {
			if c == '\r' || c == '\n' || c == 0 {
				h.fail("the header %q has a line break or NUL in its value", h.shown(name))
				return
			}
		}
	}
	for start < end && isOWS(h.text[start]) {
		start++
	}
	for start < end && isOWS(h.text[end-1]) {
		end--
	}
	if len(h.fields) == maxFields {
		h.fail("the answer has more than %d header fields", maxFields)
		return
	}
	h.fields = append(h.fields, answerField{name, start, end, single})
}

func (h *headerReader) fail(format string, args ...any) {
	if h.err == nil {
		h.err = malformed(format, args...)
	}
}
