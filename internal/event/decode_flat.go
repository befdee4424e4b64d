package event

// readFlat reads the members of an answer one after another, as long as they are flat: an
// object of flat values for header fields, a flat value for anything else. It reports whether
// that was the whole answer, which s.pos then ends; if not, s goes on with the member that is
// not flat, or no JSON.
func (a *answer) readFlat(h *headerReader, s *scanner) bool {
	if len(h.data) == 0 || h.data[0] != '{' {
		return false
	}
	s.enter(0)
	for {
		end := a.readFlatMember(h, s)
		if end == 0 {
			return false
		}
		if s.pos = end + 1; h.data[end] == '}' {
			return true
		}
		s.state = stKey
	}
}

// readFlatMember reads the member at or after s.pos. It returns where the comma or brace after
// it is, 0 if the member is not flat.
func (a *answer) readFlatMember(h *headerReader, s *scanner) (end int) {
	c, i := s.token(h.data, s.pos)
	if c != '"' {
		return 0
	}
	key, c, i := s.flatKey(h.data, i)
	if key.first == 0 {
		return 0
	}
	part, fields := a.part(h, key)
	if fields != nil {
		fields.begin()
	}
	var value scanValue
	if fields != nil && c == '{' {
		value = fields.readFlat(s, h.data, i)
	} else {
		value = s.flatValue(h.data, i, c)
	}
	if value.first == 0 {
		return 0
	}
	if c, i = s.token(h.data, value.end); c != ',' && c != '}' {
		return 0
	}
	if part != nil {
		*part = value
	}
	return i
}

// readFlat reads the object of flat values at data[start].
func (m *answerMap) readFlat(s *scanner, data []byte, start int) scanValue {
	c, i := s.token(data, start+1)
	if c == '}' {
		return scanValue{start: start, end: i + 1, first: '{'}
	}
	for c == '"' {
		var key scanValue
		key, c, i = s.flatKey(data, i)
		if key.first == 0 {
			return key
		}
		value := s.flatValue(data, i, c)
		if value.first == 0 {
			return value
		}
		m.add(key, value)
		switch c, i = s.token(data, value.end); c {
		case '}':
			return scanValue{start: start, end: i + 1, first: '{'}
		case ',':
			c, i = s.token(data, i+1)
		default:
			return scanValue{}
		}
	}
	return scanValue{}
}
