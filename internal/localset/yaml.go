package localset

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// node is a value of a YAML document that knows where it stands. Templates need
// it because of their tags (!Ref), which no decoder into Go types keeps.
type node struct {
	file      string
	line, col int
	tag       string // "!Ref", or ""
	kind      nodeKind
	text      string           // of a scalar
	items     []*node          // of a list
	keys      []string         // of a map, in order
	members   map[string]*node // of a map
	keyAt     map[string]*node // where each key stands
}

type nodeKind int

const (
	scalar nodeKind = iota
	list
	mapping
	null
)

func (k nodeKind) String() string {
	return [...]string{"a single value", "a list", "a mapping", "nothing"}[k]
}

// errorf is an error that says where.
func (n *node) errorf(format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", n.file, n.line, n.col, fmt.Sprintf(format, args...))
}

// get returns the member of a map, or nil.
func (n *node) get(key string) *node {
	if n == nil || n.kind != mapping {
		return nil
	}
	return n.members[key]
}

// parse reads the one document of a file.
func parse(file string, data []byte) (*node, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlError(file, err)
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		return nil, fmt.Errorf("%s:1:1: %d documents: there must be one", file, len(tree.Docs))
	}
	b := &builder{file: file, anchors: map[string]*node{}}
	return b.build(tree.Docs[0].Body)
}

func yamlError(file string, err error) error {
	if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
		at := e.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", file, at.Line, at.Column, e.GetMessage())
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return fmt.Errorf("%s: %s", file, first)
}

type builder struct {
	file    string
	anchors map[string]*node
}

func (b *builder) build(n ast.Node) (*node, error) {
	out := b.at(n.GetToken())
	switch n := n.(type) {
	case *ast.TagNode:
		inner, err := b.build(n.Value)
		if err != nil {
			return nil, err
		}
		tagged := *inner
		tagged.tag, tagged.line, tagged.col = n.Start.Value, out.line, out.col
		return &tagged, nil
	case *ast.AnchorNode:
		inner, err := b.build(n.Value)
		if err == nil {
			b.anchors[n.Name.String()] = inner
		}
		return inner, err
	case *ast.AliasNode:
		if to := b.anchors[n.Value.String()]; to != nil {
			return to, nil
		}
		return nil, out.errorf("no anchor &%s stands before this", n.Value.String())
	case *ast.NullNode:
		out.kind = null
		return out, nil
	case *ast.SequenceNode:
		out.kind = list
		for _, value := range n.Values {
			item, err := b.build(value)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, item)
		}
		return out, nil
	case *ast.MappingNode:
		return b.mapping(out, n.Values)
	case *ast.MappingValueNode:
		return b.mapping(out, []*ast.MappingValueNode{n})
	case *ast.LiteralNode:
		out.text = n.Value.Value
		return out, nil
	case ast.ScalarNode:
		out.text = scalarText(n)
		return out, nil
	}
	return nil, out.errorf("%s cannot be read here", n.Type())
}

// scalarText is the scalar as it is written, so that 012 and 1e3 stay names.
func scalarText(n ast.ScalarNode) string {
	if s, ok := n.GetValue().(string); ok {
		return s
	}
	return n.GetToken().Value
}

func (b *builder) mapping(out *node, values []*ast.MappingValueNode) (*node, error) {
	out.kind = mapping
	out.members = map[string]*node{}
	out.keyAt = map[string]*node{}
	for i, value := range values {
		key := b.at(value.Key.GetToken())
		if i == 0 {
			out.line, out.col = key.line, key.col
		}
		if value.Key.IsMergeKey() {
			return nil, key.errorf("merge keys (<<) are not read: write the members out")
		}
		name := value.Key.GetToken().Value
		if _, twice := out.members[name]; twice {
			return nil, key.errorf("%s stands here twice", name)
		}
		member, err := b.build(value.Value)
		if err != nil {
			return nil, err
		}
		out.keys = append(out.keys, name)
		out.members[name], out.keyAt[name] = member, key
	}
	return out, nil
}

func (b *builder) at(t *token.Token) *node {
	n := &node{file: b.file, line: 1, col: 1}
	if t != nil && t.Position != nil {
		n.line, n.col = t.Position.Line, t.Position.Column
	}
	return n
}

// The readers below say what they want where something else stands.

func (n *node) asText() (string, error) {
	if n.kind != scalar || n.tag != "" {
		return "", n.errorf("a single value belongs here, not %s%s", n.tag, n.kind)
	}
	return n.text, nil
}

func (n *node) asInt(what string) (int, error) {
	text, err := n.asText()
	if err != nil {
		return 0, err
	}
	v, err := strconv.Atoi(text)
	if err != nil || v <= 0 {
		return 0, n.errorf("%s is a whole number above 0, not %q", what, text)
	}
	return v, nil
}

func (n *node) asTexts() ([]string, error) {
	if n.kind != list {
		return nil, n.errorf("a list belongs here, not %s", n.kind)
	}
	var texts []string
	for _, item := range n.items {
		text, err := item.asText()
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// only is an error for the first key that is not one of allowed.
func (n *node) only(what string, allowed ...string) error {
	if n.kind != mapping {
		return n.errorf("%s is a mapping, not %s", what, n.kind)
	}
	for _, key := range n.keys {
		known := false
		for _, name := range allowed {
			known = known || key == name
		}
		if !known {
			return n.keyAt[key].errorf("%s has no %q: it has %s", what, key, strings.Join(allowed, ", "))
		}
	}
	return nil
}
