package event

import (
	"bytes"
	"slices"
)

// param is one parameter of a query: where its name and its value are in
// encoder.arena.
type param struct{ name, nameEnd, value, end int }

// parseQuery fills e.params, sorted by name, those of one name in their order.
// A REST API takes the semicolon for a separator too
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html),
// an ALB does not decode.
func (e *encoder) parseQuery(f Format, query string) {
	e.params, e.arena = e.params[:0], e.arena[:0]
	if e.plainQuery = isPlainQuery(query); e.plainQuery {
		e.arena = append(e.arena, query...)
	}
	begin, equals := 0, -1
	for end := 0; end <= len(query); end++ {
		if end < len(query) {
			switch c := query[end]; {
			case c == '=' && equals < 0:
				equals = end
				continue
			case c != '&' && (c != ';' || f != RESTAPI):
				continue
			}
		}
		if end > begin {
			p := param{begin, equals, equals + 1, end}
			if equals < 0 {
				p.nameEnd, p.value = end, end
			}
			if !e.plainQuery {
				p = e.decodeParam(f, query, p)
			}
			e.params = append(e.params, p)
		}
		begin, equals = end+1, -1
	}
	if len(e.params) > 1 {
		slices.SortFunc(e.params, e.compareParams)
	}
}

// isPlainQuery reports whether query says what it says as it is written, be it
// decoded or escaped for JSON.
func isPlainQuery(query string) bool {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '%' || c == '+' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (e *encoder) compareParams(a, b param) int {
	if c := bytes.Compare(e.arena[a.name:a.nameEnd], e.arena[b.name:b.nameEnd]); c != 0 {
		return c
	}
	if c := a.name - b.name; c != 0 {
		return c
	}
	return a.end - b.end // an empty one takes no room in the arena
}

// decodeParam appends what p says in query to e.arena, and returns where.
func (e *encoder) decodeParam(f Format, query string, p param) param {
	var at param
	at.name = len(e.arena)
	e.addParamText(f, query[p.name:p.nameEnd])
	at.nameEnd, at.value = len(e.arena), len(e.arena)
	e.addParamText(f, query[p.value:p.end])
	at.end = len(e.arena)
	return at
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
	opening, closing, separator := `":"`, `",`, ","
	if style == allValues {
		opening, closing, separator = `":["`, `"],`, `","`
	}
	dst = append(dst, '{')
	for rest := e.params; len(rest) > 0; {
		name := e.arena[rest[0].name:rest[0].nameEnd]
		n := 1
		for n < len(rest) && bytes.Equal(e.arena[rest[n].name:rest[n].nameEnd], name) {
			n++
		}
		group := rest[:n]
		rest = rest[n:]
		if style == lastValue {
			group = group[n-1:]
		}
		dst = e.appendParamText(append(dst, '"'), name, raw)
		dst = append(dst, opening...)
		for i, p := range group {
			if i > 0 {
				dst = append(dst, separator...)
			}
			dst = e.appendParamText(dst, e.arena[p.value:p.end], raw)
		}
		dst = append(dst, closing...)
	}
	return closeList(dst, '}')
}

func (e *encoder) appendParamText(dst, text []byte, raw bool) []byte {
	switch {
	case e.plainQuery:
		return append(dst, text...)
	case raw:
		return appendURI(dst, text)
	}
	return appendEscaped(dst, text)
}
