package event

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// header returns the fields as a header, and the Content-Length that is no part
// of it, -1 if there is none. If there is no Content-Type, defaultType is added,
// unless it is empty.
func (h *headerReader) header(defaultType string) (http.Header, int64, error) {
	if h.err != nil {
		return nil, 0, h.err
	}
	text := string(h.text)
	header := make(http.Header, len(h.fields)+1)
	values := make([]string, 0, len(h.fields)+1) // all values, if each name's are together
	last := ""                                   // the name whose values are the last of values
	length := contentLength{-1, false}
	var connection []string
	typed := false // there is a Content-Type
	for i := range h.fields {
		f := &h.fields[i]
		name, value := f.name.in(text), text[f.value:f.end]
		switch name {
		case "Content-Type":
			typed = true
		case "Connection":
			connection = append(connection, value)
			continue
		case "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
			continue
		case "Content-Length":
			length.add(value)
			continue
		}
		have := header[name]
		switch {
		case f.single && len(have) > 0 && held(have[:h.listed(text, i)], value):
		case len(have) == 0 || name == last:
			values = append(values, value)
			from := len(values) - len(have) - 1
			header[name], last = values[from:len(values):len(values)], name
		default:
			header[name] = append(have, value)
		}
	}
	for _, names := range connection {
		for name := range strings.SplitSeq(names, ",") {
			name = http.CanonicalHeaderKey(strings.Trim(name, " \t"))
			delete(header, name)
			switch name {
			case "Content-Length":
				length.n = -1
			case "Content-Type":
				typed = false
			}
		}
	}
	if defaultType != "" && !typed {
		values = append(values, defaultType)
		header["Content-Type"] = values[len(values)-1:]
	}
	return header, length.n, nil
}

// listed returns how many of the fields before i have its name and are listed.
func (h *headerReader) listed(text string, i int) (n int) {
	name := h.fields[i].name.in(text)
	for j := range i {
		f := &h.fields[j]
		if !f.single && f.name.in(text) == name {
			n++
		}
	}
	return n
}

// held reports whether value says what list does in part or as a whole: it is
// in it, or is all of it joined with commas. Zappa, lambda_http and
// serverless-http answer in both maps at once.
func held(list []string, value string) bool {
	return slices.Contains(list, value) || len(list) > 1 && (joined(list, ", ", value) || joined(list, ",", value))
}

func joined(list []string, separator, value string) bool {
	for i, v := range list {
		ok := true
		if i > 0 {
			value, ok = strings.CutPrefix(value, separator)
		}
		if ok {
			value, ok = strings.CutPrefix(value, v)
		}
		if !ok {
			return false
		}
	}
	return value == ""
}

// contentLength is what the fields Content-Length say together.
type contentLength struct {
	n    int64 // -1: nothing, or nothing that is a length
	seen bool
}

func (l *contentLength) add(value string) {
	n, err := strconv.ParseUint(value, 10, 63)
	if err != nil || l.seen && int64(n) != l.n {
		l.n, l.seen = -1, true
		return
	}
	l.n, l.seen = int64(n), true
}
