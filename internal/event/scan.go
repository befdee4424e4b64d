package event

// maxDepth is how deep objects and arrays may nest in an answer. A reader of
// the answer that recurses is safe at this depth.
const maxDepth = 1000

// scanner checks one JSON value (RFC 8259) as it arrives and reports where the
// members of the outermost object, or the elements of the outermost array, are.
// Its zero value is ready. It holds no bytes and never allocates: next is given
// everything that has arrived so far and goes on where it stopped, so that the
// whole costs one pass however it is cut.
type scanner struct {
	pos    int       // how much has been scanned
	key    scanValue // the latest key of the outermost object
	value  scanValue // the latest member or element of the outermost value
	outer  byte      // the first byte of the outermost value
	spaced bool      // white space was seen between tokens
	inner  scanValue // the latest key of the object that is looked into: see look

	state scanState
	isKey bool      // the string being scanned is a key
	rest  string    // what must follow of true, false, null
	hex   int       // how many digits of \u must follow
	depth int       // how many objects and arrays are open
	inObj bool      // the innermost of them is an object
	deep  int       // 1 while an object is looked into, or about to be; else 0
	held  scanValue // the value that is looked into
	nest  [(maxDepth + 63) / 64]uint64
}

// scanValue says where a JSON value is.
type scanValue struct {
	start, end int  // data[start:end], quotes included
	first      byte // data[start]; 0 says that there is no value
	marks      scanMarks
}

// scanMarks say more of a string. With them as a single field, a scanValue has four, the
// most that the compiler keeps in registers.
type scanMarks uint8

const (
	markEscaped scanMarks = 1 << iota // it has a backslash
	markWide                          // it may have bytes beyond ASCII
)

func (m scanMarks) has(mark scanMarks) bool { return m&mark != 0 }

// scanToken is what next has come to.
type scanToken uint8

const (
	scanMore   scanToken = iota // the end of the bytes, inside the value
	scanKey                     // a key of the outermost object: s.key
	scanMember                  // a value in the outermost object or array: s.value
	scanInner                   // a value in the object that is looked into: s.inner, s.value
	scanEnd                     // the end of the outermost value, at s.pos
	scanBad                     // a byte, at s.pos, that cannot stand there
	scanDeep                    // an object or array, at s.pos, that is nested too deep
)

type scanState uint8

const (
	stValue    scanState = iota // a value must follow
	stElement                   // after '[': a value or ']'
	stFirstKey                  // after '{': a key or '}'
	stKey                       // after ',' in an object
	stColon
	stAfter // after a value: ',' or the closing bracket
	stString
	stEscape // after a backslash
	stHex
	stLiteral
	stMinus
	stZero
	stInteger
	stPoint
	stFraction
	stE
	stESign
	stExponent
	stDone
	stBroken
)

// look makes the members of the next value of the outermost object tokens, too, if it
// is an object. It is called after a scanKey.
func (s *scanner) look() { s.deep = 1 }

// next goes on to the next token. data is everything that has arrived, from
// the first byte on. After scanEnd, scanBad and scanDeep it must not be called.
func (s *scanner) next(data []byte) scanToken {
	i := s.pos
	for i < len(data) {
		c := data[i]
		switch s.state {
		case stValue, stElement:
			if isJSONSpace(c) {
				s.spaced = true
				i++
				continue
			}
			if c == ']' && s.state == stElement {
				if t := s.close(i + 1); t != scanMore {
					return t
				}
				i++
				continue
			}
			if !s.begin(c, i) {
				if s.depth == maxDepth && (c == '{' || c == '[') {
					return s.fail(i, scanDeep)
				}
				return s.fail(i, scanBad)
			}
			i++

		case stFirstKey, stKey:
			switch {
			case isJSONSpace(c):
				s.spaced = true
			case c == '"':
				s.beginString(i)
				s.isKey = true
			case c == '}' && s.state == stFirstKey:
				if t := s.close(i + 1); t != scanMore {
					return t
				}
			default:
				return s.fail(i, scanBad)
			}
			i++

		case stColon:
			switch {
			case isJSONSpace(c):
				s.spaced = true
			case c == ':':
				s.state = stValue
			default:
				return s.fail(i, scanBad)
			}
			i++

		case stAfter:
			object := s.inObj
			switch {
			case isJSONSpace(c):
				s.spaced = true
			case c == ',' && object:
				s.state = stKey
			case c == ',':
				s.state = stValue
			case c == '}' && object, c == ']' && !object:
				if t := s.close(i + 1); t != scanMore {
					return t
				}
			default:
				return s.fail(i, scanBad)
			}
			i++

		case stString:
			var marks scanMarks
			i, marks = skipString(data, i)
			s.value.marks |= marks
			if i == len(data) {
				break
			}
			switch data[i] {
			case '"':
				i++
				if t := s.endString(i); t != scanMore {
					return t
				}
			case '\\':
				s.state = stEscape
				i++
			default:
				return s.fail(i, scanBad)
			}

		case stEscape:
			switch {
			case isEscape(c):
				s.state = stString
			case c == 'u':
				s.state, s.hex = stHex, 4
			default:
				return s.fail(i, scanBad)
			}
			i++

		case stHex:
			if !isHexDigit(c) {
				return s.fail(i, scanBad)
			}
			if s.hex--; s.hex == 0 {
				s.state = stString
			}
			i++

		case stLiteral:
			n := min(len(s.rest), len(data)-i)
			for k := range n {
				if data[i+k] != s.rest[k] {
					return s.fail(i+k, scanBad)
				}
			}
			i += n
			if s.rest = s.rest[n:]; s.rest == "" {
				if t := s.endValue(i); t != scanMore {
					return t
				}
			}

		default:
			next := numberState(s.state, c)
			switch next {
			case stBroken:
				return s.fail(i, scanBad)
			case stAfter:
				if t := s.endValue(i); t != scanMore {
					return t
				}
			default:
				s.state = next
				i++
				for next == stInteger && i < len(data) && '0' <= data[i] && data[i] <= '9' {
					i++
				}
			}
		}
	}
	s.pos = i
	return scanMore
}

// finish says what the end of data makes of scanMore: scanEnd of a number that
// is the outermost value, which nothing else ends; otherwise scanBad.
func (s *scanner) finish() scanToken {
	if s.depth == 0 && numberState(s.state, ' ') == stAfter {
		return s.endValue(s.pos)
	}
	return scanBad
}
