package localset

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
)

// readTemplate reads the AWS::Serverless::Function resources of a SAM template
// (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html).
// What it cannot run it notes; what it does not need it passes over.
func readTemplate(root *node, dir string) (*Set, error) {
	resources := root.get("Resources")
	if resources.kind != mapping {
		return nil, resources.errorf("Resources is a mapping, not %s", resources.kind)
	}
	t := &template{root: root, dir: dir, globals: root.get("Globals").get("Function")}
	set := &Set{}
	for _, id := range resources.keys {
		resource := resources.members[id]
		kind := t.text(resource.get("Type"))
		if kind != "AWS::Serverless::Function" {
			if strings.HasSuffix(kind, "::Function") {
				set.note(resource, "%s is an %s, which is not read: only AWS::Serverless::Function is", id, kind)
			}
			continue
		}
		f, err := t.function(id, resource, set)
		if err != nil {
			return nil, err
		}
		if f != nil {
			set.Functions = append(set.Functions, *f)
		}
	}
	if len(set.Functions) == 0 {
		return nil, resources.errorf("no AWS::Serverless::Function can be run here%s", strings.Join(append([]string{""}, set.Notes...), "; "))
	}
	return set, nil
}

func (s *Set) note(at *node, format string, args ...any) {
	s.Notes = append(s.Notes, at.errorf(format, args...).Error())
}

type template struct {
	root, globals *node
	dir           string
}

// property is a function's own, or the Globals'.
func (t *template) property(resource *node, name string) *node {
	if own := resource.get("Properties").get(name); own != nil {
		return own
	}
	return t.globals.get(name)
}

func (t *template) function(id string, resource *node, set *Set) (*Function, error) {
	f := &Function{Name: id, Timeout: 3 * time.Second, MemoryMB: 128}
	if name := t.text(t.property(resource, "FunctionName")); name != "" {
		f.Name = name
	}
	if t.text(t.property(resource, "PackageType")) == "Image" {
		set.note(resource, "%s is an image, which needs a container: give its command in a file of functions", id)
		return nil, nil
	}
	if t.property(resource, "InlineCode") != nil {
		set.note(resource, "%s has InlineCode, which is not run: put it into a file", id)
		return nil, nil
	}
	f.Dir = under(t.dir, t.text(t.property(resource, "CodeUri")))
	f.Handler = t.text(t.property(resource, "Handler"))
	runtime := t.text(t.property(resource, "Runtime"))
	f.Command = command(runtime, f.Handler, f.Dir)
	if f.Command == nil {
		set.note(resource, "%s has the runtime %q, which is not known here: give its command in a file of functions", id, runtime)
		return nil, nil
	}
	if n := t.property(resource, "Timeout"); n != nil {
		seconds, err := t.resolve(n).asInt("Timeout (seconds)")
		if err != nil {
			return nil, err
		}
		f.Timeout = time.Duration(seconds) * time.Second
	}
	if n := t.property(resource, "MemorySize"); n != nil {
		var err error
		if f.MemoryMB, err = t.resolve(n).asInt("MemorySize (MB)"); err != nil {
			return nil, err
		}
	}
	if n := t.property(resource, "ReservedConcurrentExecutions"); n != nil {
		var err error
		if f.Concurrency, err = t.resolve(n).asInt("ReservedConcurrentExecutions"); err != nil {
			return nil, err
		}
	}
	t.environment(f, t.globals.get("Environment").get("Variables"), set)
	t.environment(f, resource.get("Properties").get("Environment").get("Variables"), set)
	t.events(id, f, resource, set)
	return f, nil
}

// command is how a runtime's functions are started without its container.
func command(runtime, handler, dir string) []string {
	switch {
	case strings.HasPrefix(runtime, "provided"):
		return []string{"./bootstrap"}
	case runtime == "go1.x":
		return []string{"./" + handler}
	case strings.HasPrefix(runtime, "python"):
		return []string{"python3", "-m", "awslambdaric", handler}
	case strings.HasPrefix(runtime, "nodejs"):
		local := filepath.Join("node_modules", ".bin", "aws-lambda-ric")
		if _, err := os.Stat(filepath.Join(dir, local)); err == nil {
			return []string{"./" + local, handler}
		}
		return []string{"aws-lambda-ric", handler}
	case strings.HasPrefix(runtime, "java"):
		return []string{"java", "-cp", ".:lib/*", "com.amazonaws.services.lambda.runtime.api.client.AWSLambda", handler}
	}
	return nil
}

func (t *template) environment(f *Function, variables *node, set *Set) {
	if variables == nil || variables.kind != mapping {
		return
	}
	for _, key := range variables.keys {
		value := t.resolve(variables.members[key])
		if value.kind != scalar {
			set.note(value, "%s: the value of %s cannot be known here: it is left out", f.Name, key)
			continue
		}
		f.Env = append(f.Env, key+"="+value.text)
	}
}

// events takes the routes and the format from the function's HTTP events.
func (t *template) events(id string, f *Function, resource *node, set *Set) {
	events := resource.get("Properties").get("Events")
	if events != nil && events.kind == mapping {
		for _, name := range events.keys {
			t.event(id, name, f, events.members[name], set)
		}
	}
	if t.property(resource, "FunctionUrlConfig") != nil && f.Format == 0 {
		f.Format = vialambda.FunctionURL
	}
}

func (t *template) event(id, name string, f *Function, event *node, set *Set) {
	format := vialambda.HTTPAPI
	switch kind := t.text(event.get("Type")); kind {
	case "Api":
		format = vialambda.RESTAPI
	case "HttpApi":
	default:
		set.note(event, "%s: event %s is of type %s, which is not HTTP: nothing sends it here", id, name, kind)
		return
	}
	if f.Format != 0 && f.Format != format {
		set.note(event, "%s has events of an Api and of an HttpApi: here it gets those of the first", id)
		return
	}
	f.Format = format
	path := t.text(event.get("Properties").get("Path"))
	method := strings.ToUpper(t.text(event.get("Properties").get("Method")))
	switch {
	case path == "":
		f.Routes = append(f.Routes, "$default")
	case method == "" || method == "ANY" || method == "X-AMAZON-APIGATEWAY-ANY-METHOD":
		f.Routes = append(f.Routes, "ANY "+path)
	default:
		f.Routes = append(f.Routes, method+" "+path)
	}
}

// text is what a value comes to, or "".
func (t *template) text(n *node) string {
	if n == nil {
		return ""
	}
	if r := t.resolve(n); r.kind == scalar {
		return r.text
	}
	return ""
}

// pseudo are the pseudo parameters
// (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html).
var pseudo = map[string]string{
	"AWS::AccountId": "123456789012", "AWS::Region": "us-east-1", "AWS::Partition": "aws",
	"AWS::StackName": "local", "AWS::URLSuffix": "amazonaws.com",
}

// resolve evaluates Ref, Sub, Join and GetAtt as far as names, defaults and
// literals go. Ref of a resource is its logical id, GetAtt its id and attribute.
// What it cannot evaluate it returns as null.
func (t *template) resolve(n *node) *node {
	name, arg := intrinsic(n)
	text, ok := "", false
	switch name {
	case "":
		return n
	case "Ref":
		text, ok = t.ref(arg.text)
	case "GetAtt":
		text, ok = arg.text, arg.kind == scalar
		if arg.kind == list {
			parts, err := arg.asTexts()
			text, ok = strings.Join(parts, "."), err == nil
		}
	case "Sub":
		text, ok = t.sub(arg)
	case "Join":
		text, ok = t.join(arg)
	}
	out := &node{file: n.file, line: n.line, col: n.col, kind: null}
	if ok {
		out.kind, out.text = scalar, text
	}
	return out
}

// intrinsic takes !Name value, {"Fn::Name": value} and {"Ref": value} apart.
func intrinsic(n *node) (string, *node) {
	if n.tag != "" {
		arg := *n
		arg.tag = ""
		return strings.TrimPrefix(n.tag, "!"), &arg
	}
	if n.kind == mapping && len(n.keys) == 1 {
		key := n.keys[0]
		if name, ok := strings.CutPrefix(key, "Fn::"); ok || key == "Ref" {
			return name, n.members[key]
		}
	}
	return "", nil
}

func (t *template) ref(name string) (string, bool) {
	if value, ok := pseudo[name]; ok {
		return value, true
	}
	if parameter := t.root.get("Parameters").get(name); parameter != nil {
		value := parameter.get("Default")
		return t.text(value), value != nil
	}
	return name, t.root.get("Resources").get(name) != nil
}

func (t *template) sub(arg *node) (string, bool) {
	names := map[string]*node{}
	if arg.kind == list && len(arg.items) == 2 {
		names, arg = arg.items[1].members, arg.items[0]
	}
	if arg.kind != scalar {
		return "", false
	}
	var b strings.Builder
	for rest := arg.text; ; {
		before, after, found := strings.Cut(rest, "${")
		b.WriteString(before)
		if !found {
			return b.String(), true
		}
		name, tail, closed := strings.Cut(after, "}")
		if !closed {
			return "", false
		}
		rest = tail
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			fmt.Fprintf(&b, "${%s}", literal)
			continue
		}
		value, ok := t.text(names[name]), names[name] != nil
		if !ok {
			id, attribute, _ := strings.Cut(name, ".")
			if value, ok = t.ref(id); ok && attribute != "" {
				value += "." + attribute
			}
		}
		if !ok {
			return "", false
		}
		b.WriteString(value)
	}
}

func (t *template) join(arg *node) (string, bool) {
	if arg.kind != list || len(arg.items) != 2 || arg.items[1].kind != list {
		return "", false
	}
	var parts []string
	for _, item := range arg.items[1].items {
		value := t.resolve(item)
		if value.kind != scalar {
			return "", false
		}
		parts = append(parts, value.text)
	}
	return strings.Join(parts, arg.items[0].text), true
}
