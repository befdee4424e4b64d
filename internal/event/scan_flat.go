package event

// flat reads JSON that is there as a whole and is as most answers are written: in one go and
// in registers, where a scanner keeps its state in memory for bytes to come. It does not take
// all valid JSON, and takes nothing else. What it does not take is a value whose first is 0;
// then a scanner must decide.
type flat struct {
	data   []byte
	spaced bool // white space was seen between tokens
}

// key reads the key at data[i] and its colon. The value begins with c, at data[at].
func (f *flat) key(i int) (key scanValue, c byte, at int) {
	key = f.text(i)
	if key.first == 0 {
		return key, 0, 0
	}
	if c, at = f.token(key.end); c != ':' {
		return scanValue{}, 0, 0
	}
	c, at = f.token(at + 1)
	return key, c, at
}

// value reads the value that begins with c, at data[i]: a string, zero or a positive integer,
// true, false, null or a list of strings. Whoever calls it must look whether something follows
// that may.
func (f *flat) value(i int, c byte) scanValue {
	switch c {
	case '"':
		return f.text(i)
	case '0':
		return scanValue{start: i, end: i + 1, first: c}
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end := i + 1
		for end < len(f.data) && '0' <= f.data[end] && f.data[end] <= '9' {
			end++
		}
		return scanValue{start: i, end: end, first: c}
	case 'f':
		return f.literal(i, "false")
	case 't':
		return f.literal(i, "true")
	case 'n':
		return f.literal(i, "null")
	case '[':
		return f.list(i)
	}
	return scanValue{}
}

// list reads the list of strings at data[start].
func (f *flat) list(start int) scanValue {
	c, i := f.token(start + 1)
	if c == ']' {
		return scanValue{start: start, end: i + 1, first: '['}
	}
	for c == '"' {
		element := f.text(i)
		if element.first == 0 {
			return element
		}
		switch c, i = f.token(element.end); c {
		case ']':
			return scanValue{start: start, end: i + 1, first: '['}
		case ',':
			c, i = f.token(i + 1)
		default:
			return scanValue{}
		}
	}
	return scanValue{}
}

// text reads the string at data[i].
func (f *flat) text(i int) scanValue {
	end, marks := skipString(f.data, i+1)
	if end == len(f.data) || f.data[end] != '"' {
		return scanValue{}
	}
	return scanValue{start: i, end: end + 1, first: '"', marks: marks}
}

// literal reads true, false or null at data[i].
func (f *flat) literal(i int, literal string) scanValue {
	end := i + len(literal)
	if end > len(f.data) || string(f.data[i:end]) != literal {
		return scanValue{}
	}
	return scanValue{start: i, end: end, first: literal[0]}
}

// token returns the byte, at data[at], that the token at or after data[i] begins with, 0 if
// there is none.
func (f *flat) token(i int) (c byte, at int) {
	if i < len(f.data) && f.data[i] > ' ' {
		return f.data[i], i
	}
	return f.tokenAfterSpace(i)
}

func (f *flat) tokenAfterSpace(i int) (c byte, at int) {
	for ; i < len(f.data); i++ {
		if !isJSONSpace(f.data[i]) {
			return f.data[i], i
		}
		f.spaced = true
	}
	return 0, i
}
