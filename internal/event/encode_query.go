package event

import (
	"bytes"
	"slices"
)

// param is one parameter of a query: where in encoder.arena its name begins
// and ends, and where its value, which follows, ends.
type param struct{ name, value, end int }

// parseQuery fills e.params, sorted by name, those of one name in their order.
// A REST API takes the semicolon for a separator too
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html),
// an ALB does not decode.
func (e *encoder) parseQuery(f Format, query string) {
	e.params, e.arena = e.params[:0], e.arena[:0]
	for query != "" {
		equals, end := -1, 0
		for ; end < len(query); end++ {
			c := query[end]
			if c == '&' || c == ';' && f == RESTAPI {
				break
			}
			if c == '=' && equals < 0 {
				equals = end
			}
		}
		if end > 0 {
			p := param{name: len(e.arena)}
			if equals < 0 {
				equals = end
			}
			e.addParamText(f, query[:equals])
			p.value = len(e.arena)
			e.addParamText(f, query[min(equals+1, end):end])
			p.end = len(e.arena)
			e.params = append(e.params, p)
		}
		query = query[min(end+1, len(query)):]
	}
	slices.SortFunc(e.params, func(a, b param) int {
		if c := bytes.Compare(e.arena[a.name:a.value], e.arena[b.name:b.value]); c != 0 {
			return c
		}
		if c := a.name - b.name; c != 0 {
			return c
		}
		return a.end - b.end // an empty one takes no room in the arena
	})
}

// addParamText appends a name or a value to e.arena.
func (e *encoder) addParamText(f Format, s string) {
	if f == ALB || f == ALBMultiValue {
		e.arena = append(e.arena, s...)
	} else {
		e.arena = appendDecoded(e.arena, s, true)
	}
}

// queryStyle is how an event shows the values of one name.
type queryStyle uint8

const (
	lastValue queryStyle = iota
	allValues
	joinedValues
)

// appendParams appends e.params as a JSON object. Raw ones are written as
// appendURI does.
func (e *encoder) appendParams(dst []byte, style queryStyle, raw bool) []byte {
	opening, closing, separator := `"`, `"`, ","
	if style == allValues {
		opening, closing, separator = `["`, `"]`, `","`
	}
	dst = append(dst, '{')
	for rest := e.params; len(rest) > 0; {
		name := e.arena[rest[0].name:rest[0].value]
		n := 1
		for n < len(rest) && bytes.Equal(e.arena[rest[n].name:rest[n].value], name) {
			n++
		}
		group := rest[:n]
		rest = rest[n:]
		if style == lastValue {
			group = group[n-1:]
		}
		dst = append(dst, '"')
		dst = append(appendParamText(dst, name, raw), '"', ':')
		dst = append(dst, opening...)
		for i, p := range group {
			if i > 0 {
				dst = append(dst, separator...)
			}
			dst = appendParamText(dst, e.arena[p.value:p.end], raw)
		}
		dst = append(append(dst, closing...), ',')
	}
	return closeList(dst, '}')
}

func appendParamText(dst, text []byte, raw bool) []byte {
	if raw {
		return appendURI(dst, text)
	}
	return appendEscaped(dst, text)
}
