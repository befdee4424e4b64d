package event

// readFlat reads the members of an answer one after another, as long as they are flat: an
// object of flat values for header fields, a flat value for anything else. It reports whether
// that was the whole answer, and where that ends; if not, where the first member begins that
// is not flat, or no JSON, 0 if the answer is no object.
func (a *answer) readFlat(h *headerReader, f *flat) (next int, ended bool) {
	if len(f.data) == 0 || f.data[0] != '{' {
		return 0, false
	}
	for next = 1; ; {
		end := a.readFlatMember(h, f, next)
		if end == 0 {
			return next, false
		}
		if next = end + 1; f.data[end] == '}' {
			return next, true
		}
	}
}

// readFlatMember reads the member at or after data[start]. It returns where the comma or brace
// after it is, 0 if the member is not flat. Then a may have something of the member, which is
// no harm as readOn reads it again, from its key on.
func (a *answer) readFlatMember(h *headerReader, f *flat, start int) (end int) {
	c, i := f.token(start)
	if c != '"' {
		return 0
	}
	key, c, i := f.key(i)
	if key.first == 0 {
		return 0
	}
	part, fields := a.part(h, key)
	if fields != nil {
		fields.begin()
	}
	var value scanValue
	if fields != nil && c == '{' {
		value = fields.readFlat(f, i)
	} else {
		value = f.value(i, c)
	}
	if value.first == 0 {
		return 0
	}
	if c, i = f.token(value.end); c != ',' && c != '}' {
		return 0
	}
	if part != nil {
		*part = value
	}
	return i
}

// readFlat reads the object of flat values at data[start].
func (m *answerMap) readFlat(f *flat, start int) scanValue {
	c, i := f.token(start + 1)
	if c == '}' {
		return scanValue{start: start, end: i + 1, first: '{'}
	}
	for c == '"' {
		var key scanValue
		key, c, i = f.key(i)
		if key.first == 0 {
			return key
		}
		value := f.value(i, c)
		if value.first == 0 {
			return value
		}
		m.add(key, value)
		switch c, i = f.token(value.end); c {
		case '}':
			return scanValue{start: start, end: i + 1, first: '{'}
		case ',':
			c, i = f.token(i + 1)
		default:
			return scanValue{}
		}
	}
	return scanValue{}
}
