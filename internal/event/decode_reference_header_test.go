package event

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type referenceField struct{ name, value string }

func referenceCookies(fields *[]referenceField, raw json.RawMessage) bool {
	return len(raw) == 0 || isNull(raw) || referenceList(fields, "Set-Cookie", raw)
}

func referenceLists(fields *[]referenceField, raw json.RawMessage) bool {
	if len(raw) == 0 || isNull(raw) {
		return true
	}
	if !isObject(raw) {
		return false
	}
	members := referenceObject(raw)
	for _, name := range referenceKeys(raw) {
		if !referenceToken(name) || !isNull(members[name]) && !referenceList(fields, name, members[name]) {
			return false
		}
	}
	return true
}

func referenceSingles(fields *[]referenceField, raw json.RawMessage, orLists bool) bool {
	if len(raw) == 0 || isNull(raw) {
		return true
	}
	if !isObject(raw) {
		return false
	}
	members := referenceObject(raw)
	for _, name := range referenceKeys(raw) {
		if orLists && referenceToken(name) && referenceList(fields, name, members[name]) {
			continue
		}
		if !referenceToken(name) || !referenceValue(fields, name, members[name]) {
			return false
		}
	}
	return true
}

func referenceList(fields *[]referenceField, name string, raw json.RawMessage) bool {
	var values []json.RawMessage
	if isNull(raw) || json.Unmarshal(raw, &values) != nil {
		return false
	}
	for _, v := range values {
		if !referenceValue(fields, name, v) {
			return false
		}
	}
	return true
}

func referenceValue(fields *[]referenceField, name string, raw json.RawMessage) bool {
	value, isText := referenceString(raw)
	switch {
	case isNull(raw):
		return true
	case raw[0] == '{' || raw[0] == '[':
		return false
	case !isText:
		value = string(raw)
	case strings.ContainsAny(value, "\r\n\x00"):
		return false
	}
	*fields = append(*fields, referenceField{http.CanonicalHeaderKey(name), strings.Trim(value, " \t")})
	return true
}

func referenceHeader(listed, single []referenceField, defaultType string, status int) (http.Header, int64, bool) {
	if len(listed)+len(single) > maxFields {
		return nil, 0, false
	}
	lists := http.Header{}
	for _, f := range listed {
		lists[f.name] = append(lists[f.name], f.value)
	}
	header := lists.Clone()
	for _, f := range single {
		have := lists[f.name]
		if slices.Contains(have, f.value) || len(have) > 1 && (strings.Join(have, ", ") == f.value || strings.Join(have, ",") == f.value) {
			continue
		}
		header[f.name] = append(header[f.name], f.value)
	}
	for _, name := range strings.Split(strings.Join(header["Connection"], ","), ",") {
		delete(header, http.CanonicalHeaderKey(strings.Trim(name, " \t")))
	}
	length := int64(-1)
	if values := header["Content-Length"]; len(values) > 0 {
		if n, err := strconv.ParseUint(values[0], 10, 63); err == nil && !slices.ContainsFunc(values, func(v string) bool { m, err := strconv.ParseUint(v, 10, 63); return err != nil || m != n }) {
			length = int64(n)
		}
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length"} {
		delete(header, name)
	}
	if defaultType != "" && header["Content-Type"] == nil && status != 204 && status != 304 {
		header["Content-Type"] = []string{defaultType}
	}
	return header, length, true
}

var referenceTokenPattern = regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")

func referenceToken(name string) bool { return referenceTokenPattern.MatchString(name) }
