package serve

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

type position struct{ line, column int }

// reader reads a YAML document strictly and collects all mistakes.
type reader struct {
	file      string
	lookup    func(string) (string, bool)
	positions map[string]position
	errs      []error
}

func positionOf(n ast.Node) position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0].Key
	}
	if s, ok := n.(*ast.SequenceNode); ok && len(s.Values) > 0 && !s.IsFlowStyle {
		return positionOf(s.Values[0])
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		return position{t.Position.Line, t.Position.Column}
	}
	return position{1, 1}
}

func (r *reader) fail(n ast.Node, format string, args ...any) {
	p := positionOf(n)
	r.errs = append(r.errs, &Error{File: r.file, Line: p.line, Column: p.column, Reason: fmt.Sprintf(format, args...)})
}

// parse returns the document's only node; nil if it is empty.
func (r *reader) parse(text []byte) ast.Node {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		e := &Error{File: r.file, Line: 1, Column: 1, Reason: "the file cannot be read: " + err.Error()}
		var at yaml.Error
		if errors.As(err, &at) {
			e.Reason = at.GetMessage()
			if t := at.GetToken(); t != nil && t.Position != nil {
				e.Line, e.Column = t.Position.Line, t.Position.Column
			}
		}
		r.errs = append(r.errs, e)
		return nil
	}
	var body ast.Node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil || doc.Body.Type() == ast.CommentType:
		case body != nil:
			r.fail(doc.Body, "one document, please")
		default:
			body = doc.Body
		}
	}
	return body
}

// field reads the value of a key.
type field func(n ast.Node, path string)

// object reads a mapping. Keys that fields does not have are mistakes.
func (r *reader) object(n ast.Node, path string, fields map[string]field) {
	r.mapping(n, path, func(key string, k, v ast.Node, path string) {
		read, ok := fields[key]
		if !ok {
			r.fail(k, "there is no %q here: there are %s", key, strings.Join(slices.Sorted(maps.Keys(fields)), ", "))
			return
		}
		read(v, path)
	})
}

// mapping reads any keys; that none is there twice the parser has seen to.
func (r *reader) mapping(n ast.Node, path string, each func(key string, k, v ast.Node, path string)) {
	var values []*ast.MappingValueNode
	switch m := n.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	case *ast.NullNode:
		return
	default:
		r.fail(n, "a mapping belongs here, not %s", kindOf(n))
		return
	}
	for _, v := range values {
		key := v.Key.GetToken().Value
		if v.Key.IsMergeKey() {
			r.fail(v.Key, "merge keys are not read here: write the values out")
			continue
		}
		at := key
		if path != "" {
			at = path + "." + key
		}
		r.positions[at] = positionOf(v.Key)
		each(key, v.Key, v.Value, at)
	}
}

func (r *reader) list(n ast.Node, path string, each field) {
	if _, ok := n.(*ast.NullNode); ok {
		return
	}
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		r.fail(n, "a list belongs here, not %s", kindOf(n))
		return
	}
	for i, v := range s.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		r.positions[at] = positionOf(v)
		each(v, at)
	}
}

func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "nothing"
	case ast.AliasType, ast.AnchorType, ast.TagType:
		return "an anchor, alias or tag"
	}
	return strconv.Quote(n.GetToken().Value)
}

var variable = regexp.MustCompile(`\$?\$\{([^}]*)\}`)

// scalar returns the text of a scalar, with the environment filled in.
// substituted tells that there was something to fill in.
func (r *reader) scalar(n ast.Node) (text string, substituted, ok bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		text = s.Value
	case *ast.LiteralNode:
		text = s.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, false, true
	default:
		return "", false, false
	}
	text = variable.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		substituted = true
		name, otherwise, hasOther := strings.Cut(found[2:len(found)-1], ":-")
		value, set := r.lookup(name)
		switch {
		case set && (value != "" || !hasOther):
			return value
		case hasOther:
			return otherwise
		}
		r.fail(n, "the environment has no %s: set it, or write ${%s:-default}", name, name)
		return ""
	})
	return text, substituted, true
}

func (r *reader) text(to *string) field {
	return func(n ast.Node, _ string) {
		text, _, ok := r.scalar(n)
		if _, isString := n.(*ast.StringNode); !ok || !isString && n.Type() != ast.LiteralType {
			r.fail(n, "a text belongs here, not %s: quote it", kindOf(n))
			return
		}
		*to = text
	}
}

func (r *reader) texts(to *[]string) field {
	return func(n ast.Node, path string) {
		*to = []string{}
		r.list(n, path, func(n ast.Node, path string) {
			var s string
			r.text(&s)(n, path)
			*to = append(*to, s)
		})
	}
}

func (r *reader) textMap(to *map[string]string) field {
	return func(n ast.Node, path string) {
		*to = map[string]string{}
		r.mapping(n, path, func(key string, _, v ast.Node, path string) {
			var s string
			r.text(&s)(v, path)
			(*to)[key] = s
		})
	}
}

func (r *reader) flag(to *bool) field {
	return func(n ast.Node, _ string) {
		text, substituted, ok := r.scalar(n)
		if ok && (n.Type() == ast.BoolType || substituted) && (text == "true" || text == "false") {
			*to = text == "true"
			return
		}
		r.fail(n, "true or false belongs here, not %s", kindOf(n))
	}
}

func (r *reader) number(to *int) field {
	return func(n ast.Node, _ string) {
		text, substituted, ok := r.scalar(n)
		v, err := strconv.Atoi(text)
		if !ok || err != nil || n.Type() != ast.IntegerType && !substituted {
			r.fail(n, "a whole number belongs here, not %s", kindOf(n))
			return
		}
		*to = v
	}
}

func (r *reader) duration(to *time.Duration) field {
	return func(n ast.Node, _ string) {
		text, _, _ := r.scalar(n)
		d, err := time.ParseDuration(text)
		if err != nil || d < 0 {
			r.fail(n, "a duration belongs here, not %s: write 30s or 5m", kindOf(n))
			return
		}
		*to = d
	}
}

func (r *reader) size(to *int64) field {
	return func(n ast.Node, _ string) {
		text, _, _ := r.scalar(n)
		v, err := ParseSize(text)
		if err != nil {
			r.fail(n, "%v", err)
			return
		}
		*to = v
	}
}

// ParseSize reads a number of bytes: 1000, 64KiB, 6MiB, 1GiB.
func ParseSize(text string) (int64, error) {
	number, shift := text, 0
	for unit, by := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if head, ok := strings.CutSuffix(text, unit); ok {
			number, shift = head, by
		}
	}
	v, err := strconv.ParseInt(number, 10, 32)
	if err != nil || v < 0 {
		return 0, fmt.Errorf("%q is no size: write bytes, or 64KiB, 6MiB, 1GiB", text)
	}
	return v << shift, nil
}

func environment(name string) (string, bool) { return os.LookupEnv(name) }
