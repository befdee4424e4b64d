package event

import (
	"encoding/base64"
	"slices"
)

// readBody returns the body; it shares memory with the event if nothing in it
// is escaped.
func (m *eventMembers) readBody() ([]byte, error) {
	v := m.body
	switch {
	case !given(v):
		return nil, nil
	case v.first != '"':
		return nil, &EventError{"its body is " + kindName(v.first) + ", not a string"}
	}
	text := unquoted(m.data, v)
	switch m.text(m.isBase64Encoded) {
	case "true", "True":
	default:
		return text[:len(text):len(text)], nil
	}
	body := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(body, text)
	if err != nil {
		return nil, &EventError{"its body is said to be base64 and is not: " + err.Error()}
	}
	return slices.Clip(body[:n]), nil
}
