package event

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// referenceDecode says the same as Decode, in the plain words of encoding/json:
// a map[string]json.RawMessage matches keys by case and lets the last one win.
func referenceDecode(f Format, payload []byte) (Response, error) {
	bad := errors.New("malformed")
	if referenceTooDeep(payload) {
		return Response{}, bad
	}
	if i := bytes.IndexByte(payload, 0); i >= 0 && isObject(payload[:i]) {
		rest := payload[i:]
		if nuls := len(rest) - len(bytes.TrimLeft(rest, "\x00")); nuls >= 8 {
			return referencePrelude(f, payload[:i], rest[8:])
		} else if nuls == len(rest) {
			return Response{}, bad
		}
	}
	two := f == HTTPAPI || f == FunctionURL
	infer := func(contentType string, body []byte) (Response, error) {
		if !two {
			return Response{}, bad
		}
		return Response{Status: 200, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1, Body: body}, nil
	}
	if !json.Valid(payload) {
		if f == FunctionURL {
			return infer("application/octet-stream", payload)
		}
		return infer("application/json", payload)
	}
	var members map[string]json.RawMessage
	if isObject(payload) {
		members = referenceObject(payload)
	}
	statusText, has := members["statusCode"]
	if members == nil || two && !has {
		if text, ok := referenceString(payload); ok {
			return infer("application/json", []byte(text))
		}
		if f == FunctionURL {
			return infer("application/json", referenceCompact(payload))
		}
		return infer("application/json", payload)
	}
	if f == RESTAPI {
		for key := range members {
			if !slices.Contains([]string{"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded", "base64Encoded"}, key) {
				return Response{}, bad
			}
		}
		if len(statusText) == 0 || isNull(statusText) {
			statusText = []byte("200")
		}
	}
	status, ok := referenceStatus(statusText)
	if !ok {
		return Response{}, bad
	}
	flag := members["isBase64Encoded"]
	if raw := members["base64Encoded"]; f == RESTAPI && len(raw) > 0 && !isNull(raw) {
		flag = raw
	}
	isBase64 := false
	switch text, _ := referenceString(flag); {
	case string(flag) == "true", text == "true", text == "True":
		isBase64 = true
	case len(flag) == 0, isNull(flag), string(flag) == "false", text == "false", text == "False":
	default:
		return Response{}, bad
	}

	var listed, single []referenceField
	lists, singles, cookies := members["multiValueHeaders"], members["headers"], members["cookies"]
	switch f {
	case ALB:
		lists, cookies = nil, nil
	case ALBMultiValue:
		singles, cookies = nil, nil
	case RESTAPI:
		cookies = nil
	default:
		lists = nil
	}
	if !referenceCookies(&listed, cookies) || !referenceLists(&listed, lists) || !referenceSingles(&single, singles, false) {
		return Response{}, bad
	}
	types := map[Format]string{RESTAPI: "application/json", HTTPAPI: "text/plain; charset=utf-8", FunctionURL: "application/json"}
	header, length, ok := referenceHeader(listed, single, types[f], status)
	if !ok {
		return Response{}, bad
	}

	var body []byte
	switch text, isText := referenceString(members["body"]); {
	case isText && isBase64:
		if strings.ContainsAny(text, "\r\n") {
			return Response{}, bad
		}
		var err error
		if strings.HasSuffix(text, "=") {
			body, err = base64.StdEncoding.DecodeString(text)
		} else {
			body, err = base64.RawStdEncoding.DecodeString(text)
		}
		if err != nil {
			return Response{}, bad
		}
	case isText:
		body = []byte(text)
	case len(members["body"]) == 0, isNull(members["body"]):
	case !two, isBase64:
		return Response{}, bad
	default:
		body = referenceCompact(members["body"])
	}
	if status == 204 || status == 304 {
		body = nil
	}
	return Response{Status: status, Header: header, ContentLength: length, Body: body}, nil
}

func referencePrelude(f Format, metadata, body []byte) (Response, error) {
	bad := errors.New("malformed")
	members := referenceObject(metadata)
	statusText := members["statusCode"]
	if len(statusText) == 0 || isNull(statusText) {
		statusText = []byte("200")
	}
	status, ok := referenceStatus(statusText)
	if !ok {
		return Response{}, bad
	}
	lists := members["multiValueHeaders"]
	if f == HTTPAPI || f == FunctionURL {
		lists = nil
	}
	var listed, single []referenceField
	if !referenceCookies(&listed, members["cookies"]) || !referenceLists(&listed, lists) || !referenceSingles(&single, members["headers"], true) {
		return Response{}, bad
	}
	header, _, ok := referenceHeader(listed, single, "application/octet-stream", status)
	if !ok {
		return Response{}, bad
	}
	if status == 204 || status == 304 {
		body = nil
	}
	return Response{Status: status, Header: header, ContentLength: -1, Body: body}, nil
}

func referenceStatus(raw json.RawMessage) (int, bool) {
	if text, ok := referenceString(raw); ok {
		n, err := strconv.Atoi(text)
		return n, err == nil && len(text) == 3 && n >= 200
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	return int(n), err == nil && n == math.Floor(n) && n >= 200 && n <= 999
}

func referenceObject(raw []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		panic(err)
	}
	return members
}

// referenceKeys returns the keys of an object, each where it occurs first.
func referenceKeys(raw []byte) (keys []string) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		panic(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			panic(err)
		}
		if !slices.Contains(keys, key.(string)) {
			keys = append(keys, key.(string))
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			panic(err)
		}
	}
	return keys
}

func referenceString(raw json.RawMessage) (text string, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		panic(fmt.Sprintf("%s: %v", raw, err))
	}
	return text, utf8.ValidString(text)
}

func referenceCompact(raw []byte) []byte {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// referenceTooDeep reports whether more than maxDepth objects and lists are
// open somewhere before what is wrong with payload, if something is.
func referenceTooDeep(payload []byte) bool {
	var v json.RawMessage
	end := len(payload)
	if err, ok := errors.AsType[*json.SyntaxError](json.Unmarshal(payload, &v)); ok {
		end = int(err.Offset)
	}
	depth, inString := 0, false
	for i := 0; i < end; i++ {
		switch c := payload[i]; {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case inString:
		case c == '{' || c == '[':
			if depth++; depth > maxDepth {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func isObject(raw []byte) bool {
	return json.Valid(raw) && bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{"))
}

func isNull(raw []byte) bool { return string(raw) == "null" }
