package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"unicode/utf8"
)

// methodOf returns r's method.
func methodOf(r *Request) string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// rooted returns path as it stands on a request line.
func rooted(path string) string {
	if path == "" || path[0] != '/' {
		return "/" + path
	}
	return path
}

// defaultStage is the stage, and the route, that API Gateway does not name in
// a path.
const defaultStage = "$default"

func stageOf(r *Request) string {
	if r.Stage == "" {
		return defaultStage
	}
	return r.Stage
}

// appendStagePrefix appends what a named stage puts before the path, as the
// inside of a JSON string.
func appendStagePrefix(dst []byte, r *Request) []byte {
	if s := stageOf(r); s != defaultStage {
		dst = appendEscaped(append(dst, '/'), s)
	}
	return dst
}

// routed reports whether r took a route of its own.
func routed(r *Request) bool { return r.Route.Key != "" && r.Route.Key != defaultStage }

// present reports whether raw says anything.
func present(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// appendAuthorizer appends r.Authorizer as a member, if there is one.
func appendAuthorizer(dst []byte, r *Request) ([]byte, error) {
	if !present(r.Authorizer) {
		return dst, nil
	}
	raw := bytes.TrimSpace(r.Authorizer)
	if !bytes.HasPrefix(raw, []byte("{")) || !json.Valid(raw) || !utf8.Valid(raw) {
		return nil, errors.New("authorizer is not a JSON object")
	}
	return append(append(dst, `,"authorizer":`...), raw...), nil
}

// appendIdentityOver appends identity with the members of r.Identity.
func (e *encoder) appendIdentityOver(dst []byte, r *Request) ([]byte, error) {
	members := map[string]json.RawMessage{}
	if !utf8.Valid(r.Identity) || json.Unmarshal(r.Identity, &members) != nil {
		return nil, errors.New("identity is not a JSON object")
	}
	for name, raw := range map[string]json.RawMessage{
		"accessKey": nil, "accountId": nil, "caller": nil, "cognitoAuthenticationProvider": nil,
		"cognitoAuthenticationType": nil, "cognitoIdentityId": nil, "cognitoIdentityPoolId": nil,
		"principalOrgId": nil, "user": nil, "userArn": nil,
		"sourceIp": appendString(nil, r.SourceIP), "userAgent": e.appendUserAgent(nil),
	} {
		if _, ok := members[name]; !ok {
			members[name] = raw
		}
	}
	dst = append(dst, '{')
	for _, name := range slices.Sorted(maps.Keys(members)) {
		dst = append(appendString(dst, name), ':')
		if raw := members[name]; raw != nil {
			dst = append(dst, raw...)
		} else {
			dst = append(dst, "null"...)
		}
		dst = append(dst, ',')
	}
	return closeList(dst, '}'), nil
}

// appendStringMap appends m as a JSON object, sorted.
func appendStringMap(dst []byte, m map[string]string) []byte {
	dst = append(dst, '{')
	for _, name := range slices.Sorted(maps.Keys(m)) {
		dst = append(appendString(dst, name), ':')
		dst = append(appendString(dst, m[name]), ',')
	}
	return closeList(dst, '}')
}
