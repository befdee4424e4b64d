package vialambda

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/vialambda/vialambda/internal/event"
)

// resolved is where a request goes, with every default filled in.
type resolved struct {
	Target // Function without, Qualifier with what the ARN said
	typ    InvocationType
	route  event.Route
	host   string // the Host that the event carries

	restFront *event.RESTFront // made of host and Front, or nil
}

// resolve finds the target of a request and fills r, which is zero: the option in
// the context comes before the URL, that before the named target, that before the
// Transport.
func (t *Transport) resolve(r *resolved, req *http.Request) error {
	addr, err := parseAddress(req.URL)
	if err != nil {
		return err
	}
	r.Format, r.Mode, r.Front, r.Invoker = RESTAPI, Buffered, t.Front, t.Invoker
	set(&r.Format, t.Format)
	set(&r.Mode, t.Mode)
	if named, ok := t.Targets[addr.name]; ok {
		r.overlay(&named)
	}
	fn := function{name: addr.name}
	if r.Function != "" {
		if fn, err = parseFunction(r.Function); err != nil {
			return err
		}
	}
	switch {
	case fn.qualifier != "" && r.Qualifier != "" && fn.qualifier != r.Qualifier:
		return badAddress("target " + quote(addr.name) + " has the qualifiers " + quote(fn.qualifier) + " and " + quote(r.Qualifier) + ": leave one out")
	case addr.qualifier != "" && (fn.qualifier != "" || r.Qualifier != ""):
		return badAddress("target " + quote(addr.name) + " has a qualifier of its own: write the URL without " + quote(addr.qualifier))
	}
	set(&r.Qualifier, fn.qualifier)
	set(&r.Qualifier, addr.qualifier)
	r.Function = fn.name

	forced := targetFrom(req.Context())
	if forced != nil {
		if fn, err = r.force(forced, fn); err != nil {
			return err
		}
	}
	switch {
	case r.DryRun:
		r.typ = DryRun
	case r.Async && (forced != nil && forced.Async || prefersAsync(req.Header)):
		r.typ = Event
	}
	return r.finish(req, addr, fn.account)
}

// force lays the option of the context over what URL and configuration say.
func (r *resolved) force(over *Target, fn function) (function, error) {
	qualifier := r.Qualifier
	r.overlay(over)
	if over.Function == "" {
		return fn, nil
	}
	fn, err := parseFunction(over.Function)
	if err != nil {
		return fn, err
	}
	r.Function, r.Qualifier = fn.name, qualifier
	set(&r.Qualifier, fn.qualifier)
	set(&r.Qualifier, over.Qualifier)
	return fn, nil
}

// finish checks the target and fills the defaults that follow from it.
func (r *resolved) finish(req *http.Request, addr address, account string) error {
	if reason := checkQualifier(r.Qualifier); reason != "" {
		return badAddress(reason)
	}
	if !r.Format.valid() {
		return badAddress(r.Format.String() + " is no format: use RESTAPI, HTTPAPI, FunctionURL, ALB, ALBMultiValue or Raw")
	}
	if r.Mode < Buffered || r.Mode > Auto {
		return badAddress(r.Mode.String() + " is no mode: use Buffered, Stream or Auto")
	}
	if r.Invoker == nil {
		return badAddress("neither the Transport nor target " + quote(addr.name) + " has an Invoker: set Transport.Invoker, to awslambda.New(cfg) for instance")
	}
	if c := r.ClientContext; len(c) > 0 && (!isObject(c) || bytes.IndexByte(c, '{') < 0) { // null passes isObject
		return badAddress("target " + quote(addr.name) + ": ClientContext is not a JSON object")
	}
	if len(r.Routes) > 0 && (r.Format == RESTAPI || r.Format == HTTPAPI) {
		route, err := event.MatchRoute(r.Routes, req.Method, req.URL.EscapedPath())
		if err != nil {
			return badAddress("target " + quote(addr.name) + ": " + err.Error())
		}
		r.route = route
	}
	f := &r.Front
	r.host = req.Host
	if r.host == "" || r.host == strings.TrimSuffix(req.URL.Host, ":") {
		r.host = f.DomainName
		setDefault(&r.host, addr.host())
	}
	setDefault(&f.DomainName, hostname(r.host))
	if r.Format == FunctionURL {
		account = "anonymous"
		f.Stage = ""
	}
	setDefault(&f.AccountID, account)
	setDefault(&f.AccountID, "123456789012")
	label, _, _ := strings.Cut(f.DomainName, ".")
	setDefault(&f.APIID, label)
	setDefault(&f.Stage, "$default")
	setDefault(&f.TargetGroupARN, defaultTargetGroup)
	if f.SourceIP == "" {
		f.SourceIP = hostname(req.RemoteAddr)
		setDefault(&f.SourceIP, "127.0.0.1")
	}
	return nil
}

const defaultTargetGroup = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/vialambda/0123456789abcdef"

// setDefault gives *to the value of from if *to has none.
func setDefault(to *string, from string) {
	if *to == "" {
		*to = from
	}
}

// hostname returns host without a port.
func hostname(host string) string {
	if strings.IndexByte(host, ':') < 0 {
		return host
	}
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return host
}

// badFront returns what is wrong with the JSON of the front of the target that req
// names, or "". Encode notices that there is something.
func (r *resolved) badFront(req *http.Request) string {
	addr, _ := parseAddress(req.URL)
	rest := r.Format == RESTAPI
	switch {
	case (rest || r.Format == HTTPAPI || r.Format == FunctionURL) && !isObject(r.Front.Authorizer):
		return "target " + quote(addr.name) + ": Front.Authorizer is not a JSON object"
	case rest && !isObject(r.Front.Identity):
		return "target " + quote(addr.name) + ": Front.Identity is not a JSON object"
	}
	return ""
}

// isObject reports whether raw is a JSON object, null or nothing.
func isObject(raw json.RawMessage) bool {
	var members map[string]json.RawMessage
	return len(raw) == 0 || utf8.Valid(raw) && json.Unmarshal(raw, &members) == nil
}
