package event

// What follows reads JSON that is there as a whole and is as most answers are written: in one
// go and in registers, where the scanner keeps its state in memory for bytes to come. It need
// not take all valid JSON, and takes nothing else. What it does not take is a value whose first
// is 0; then the scanner decides.

// enter goes into the object that is the outermost value; its brace is data[i].
func (s *scanner) enter(i int) {
	s.begin('{', i)
	s.pos = i + 1
}

// flatKey reads the key at data[i] and its colon. The value begins with c, at data[at].
func (s *scanner) flatKey(data []byte, i int) (key scanValue, c byte, at int) {
	key = flatString(data, i)
	if key.first == 0 {
		return key, 0, 0
	}
	if c, at = s.token(data, key.end); c != ':' {
		return scanValue{}, 0, 0
	}
	c, at = s.token(data, at+1)
	return key, c, at
}

// flatValue reads the flat value that begins with c, at data[i]: a string, a number of digits
// alone, true, false, null or a list of strings. Whoever calls it must look whether something
// follows that may.
func (s *scanner) flatValue(data []byte, i int, c byte) scanValue {
	switch c {
	case '"':
		return flatString(data, i)
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end := i + 1
		for end < len(data) && '0' <= data[end] && data[end] <= '9' {
			end++
		}
		return scanValue{start: i, end: end, first: c}
	case 'f':
		return flatLiteral(data, i, "false")
	case 't':
		return flatLiteral(data, i, "true")
	case 'n':
		return flatLiteral(data, i, "null")
	case '[':
		return s.flatList(data, i)
	}
	return scanValue{}
}

// flatList reads the list of strings at data[start].
func (s *scanner) flatList(data []byte, start int) scanValue {
	c, i := s.token(data, start+1)
	if c == ']' {
		return scanValue{start: start, end: i + 1, first: '['}
	}
	for c == '"' {
		element := flatString(data, i)
		if element.first == 0 {
			return element
		}
		switch c, i = s.token(data, element.end); c {
		case ']':
			return scanValue{start: start, end: i + 1, first: '['}
		case ',':
			c, i = s.token(data, i+1)
		default:
			return scanValue{}
		}
	}
	return scanValue{}
}

// flatString reads the string at data[i].
func flatString(data []byte, i int) scanValue {
	end, marks := plainRun(data, i+1)
	if end < len(data) && data[end] == '\\' {
		var more scanMarks
		end, more = escapedRun(data, end)
		marks |= more
	}
	if end == len(data) || data[end] != '"' {
		return scanValue{}
	}
	return scanValue{start: i, end: end + 1, first: '"', marks: marks}
}

func flatLiteral(data []byte, i int, literal string) scanValue {
	end := i + len(literal)
	if end > len(data) || string(data[i:end]) != literal {
		return scanValue{}
	}
	return scanValue{start: i, end: end, first: literal[0]}
}

// token returns the byte, at data[at], that the token at or after data[i] begins with, 0 if
// there is none.
func (s *scanner) token(data []byte, i int) (c byte, at int) {
	if i < len(data) && data[i] > ' ' {
		return data[i], i
	}
	return s.tokenAfterSpace(data, i)
}

func (s *scanner) tokenAfterSpace(data []byte, i int) (c byte, at int) {
	for ; i < len(data); i++ {
		if !isJSONSpace(data[i]) {
			return data[i], i
		}
		s.spaced = true
	}
	return 0, i
}
