package event

// begin takes the first byte of a value. It reports false if c begins none, or
// one that is nested too deep.
func (s *scanner) begin(c byte, i int) bool {
	if s.depth == 0 {
		s.outer = c
	}
	if s.depth <= 1+s.deep {
		s.value.start, s.value.first = i, c
	}
	switch c {
	case '"':
		s.beginString(i)
		s.isKey = false
	case '{', '[':
		if s.depth == maxDepth {
			return false
		}
		if s.depth == 1 && s.deep > 0 {
			s.lookInto(c)
		}
		bit := uint64(1) << (s.depth % 64)
		if c == '{' {
			s.nest[s.depth/64] |= bit
			s.state, s.inObj = stFirstKey, true
		} else {
			s.nest[s.depth/64] &^= bit
			s.state, s.inObj = stElement, false
		}
		s.depth++
	case 't':
		s.state, s.rest = stLiteral, "rue"
	case 'f':
		s.state, s.rest = stLiteral, "alse"
	case 'n':
		s.state, s.rest = stLiteral, "ull"
	default:
		s.state = numberState(stMinus, c)
		if c == '-' {
			s.state = stMinus
		}
	}
	return s.state != stBroken
}

func (s *scanner) beginString(i int) {
	if s.depth <= 1+s.deep {
		s.value = scanValue{start: i, first: '"'}
	}
	s.state = stString
}

func (s *scanner) endString(i int) scanToken {
	if !s.isKey {
		return s.endValue(i)
	}
	s.state = stColon
	switch {
	case s.depth == 1:
		s.pos = i
		s.key, s.key.end = s.value, i
		return scanKey
	case s.depth == 1+s.deep:
		s.inner, s.inner.end = s.value, i
	}
	return scanMore
}

// lookInto begins to report the members of the value that begins with c, if that is an
// object.
func (s *scanner) lookInto(c byte) {
	if c != '{' {
		s.deep = 0
		return
	}
	s.held = s.value
}

// endValue ends the value that reaches to data[i], exclusive.
func (s *scanner) endValue(i int) scanToken {
	switch s.depth {
	case 0:
		s.pos, s.value.end, s.state = i, i, stDone
		return scanEnd
	case 1:
		if s.deep > 0 && s.held.first != 0 {
			s.value, s.held = s.held, scanValue{}
		}
		s.pos, s.value.end, s.state, s.deep = i, i, stAfter, 0
		return scanMember
	case 1 + s.deep:
		s.pos, s.value.end, s.state = i, i, stAfter
		return scanInner
	}
	s.state = stAfter
	return scanMore
}

// close ends the innermost object or array.
func (s *scanner) close(i int) scanToken {
	s.depth--
	if top := s.depth - 1; top >= 0 {
		s.inObj = s.nest[top/64]>>(top%64)&1 != 0
	}
	return s.endValue(i)
}

func (s *scanner) fail(i int, t scanToken) scanToken {
	s.pos, s.state = i, stBroken
	return t
}

// numberState returns the state after c in a number: stAfter if c is no longer
// part of it, stBroken if the number cannot end before c.
func numberState(state scanState, c byte) scanState {
	digit := '0' <= c && c <= '9'
	switch state {
	case stMinus:
		switch {
		case c == '0':
			return stZero
		case digit:
			return stInteger
		}
		return stBroken
	case stPoint:
		if digit {
			return stFraction
		}
		return stBroken
	case stE, stESign:
		switch {
		case digit:
			return stExponent
		case state == stE && (c == '+' || c == '-'):
			return stESign
		}
		return stBroken
	case stZero, stInteger, stFraction, stExponent:
		switch {
		case digit && state != stZero:
			return state
		case c == '.' && (state == stZero || state == stInteger):
			return stPoint
		case (c == 'e' || c == 'E') && state != stExponent:
			return stE
		}
		return stAfter
	}
	return stBroken
}

func isJSONSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// enter goes on at data[i], which follows the brace or a comma of an object that begins with
// data[0] and is the outermost value.
func (s *scanner) enter(data []byte, i int) {
	s.begin('{', 0)
	s.pos = i
	if data[i-1] == ',' {
		s.state = stKey
	}
}
