package serve

import (
	"bytes"
	"encoding/base64"
	"encoding/json"

	"github.com/goccy/go-yaml/ast"
)

// maxClientContext is Lambda's limit, in bytes of base64
// (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
const maxClientContext = 3583

// clientContext reads a mapping of any keys, and makes JSON of it. Texts in it may
// name the environment.
func (r *reader) clientContext(to *json.RawMessage) field {
	return func(n ast.Node, path string) {
		before := len(r.errs)
		v := r.value(n, path)
		if len(r.errs) > before {
			return
		}
		if _, ok := v.(map[string]any); !ok {
			r.fail(n, "a mapping belongs here, not %s", kindOf(n))
			return
		}
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(v); err != nil {
			r.fail(n, "this is no JSON: %v", err)
			return
		}
		*to = bytes.TrimSpace(text.Bytes())
		if size := base64.StdEncoding.EncodedLen(len(*to)); size > maxClientContext {
			r.fail(n, "the client context is too large: in base64 it has %d bytes, and Lambda takes %d", size, maxClientContext)
		}
	}
}

// value reads what JSON can say, too.
func (r *reader) value(n ast.Node, path string) any {
	switch v := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		made := map[string]any{}
		r.mapping(n, path, func(key string, _, v ast.Node, path string) { made[key] = r.value(v, path) })
		return made
	case *ast.SequenceNode:
		made := []any{}
		r.list(n, path, func(n ast.Node, path string) { made = append(made, r.value(n, path)) })
		return made
	case *ast.StringNode, *ast.LiteralNode:
		text, _, _ := r.scalar(n)
		return text
	case *ast.IntegerNode:
		return v.Value
	case *ast.FloatNode:
		return v.Value
	case *ast.BoolNode:
		return v.Value
	case *ast.NullNode:
		return nil
	}
	r.fail(n, "this cannot be said in JSON: %s", kindOf(n))
	return nil
}
