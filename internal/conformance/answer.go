package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// Fields that are not compared, by prefix if they end in "*". It is one list for
// all functions and formats.
var (
	// Of the request, as /echo shows it: what a front door adds or takes away,
	// what belongs to one connection, and what an adapter adds of its own.
	requestFields = []string{
		"connection", "content-length", "transfer-encoding", // of one connection
		"x-forwarded-*", "x-amzn-*", "via", "forwarded", // of the front door
		"x-golambdaproxy-*", "x-request-id", "x-aws-lambda-*", // of go-api-proxy and @fastify/aws-lambda
	}
	// Of the response: what a server adds, and what belongs to one connection.
	responseFields = []string{
		"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding",
		"x-amzn-*", "x-amz-apigw-id", "apigw-requestid",
	}
)

func listed(list []string, name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(list, func(entry string) bool {
		if prefix, ok := strings.CutSuffix(entry, "*"); ok {
			return strings.HasPrefix(name, prefix)
		}
		return entry == name
	})
}

// Answer is an HTTP response as it is compared: without the fields of the list,
// repeated fields joined (RFC 9110, section 5.3) but for Set-Cookie.
type Answer struct {
	Status int
	Header map[string][]string
	Body   []byte
	Echo   *contract.Echo // of /echo, instead of Body
}

// NewAnswer reads and closes the response to c.
func NewAnswer(c contract.Case, resp *http.Response) (*Answer, error) {
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	a := &Answer{Status: resp.StatusCode, Header: map[string][]string{}, Body: body}
	for name, values := range resp.Header {
		switch {
		case listed(responseFields, name):
		case name == "Set-Cookie":
			a.Header[name] = slices.Sorted(slices.Values(values))
		case name == "Content-Type":
			a.Header[name] = []string{mediaType(values[0])}
		case name == "Location":
			a.Header[name] = []string{ownLocation(values[0], resp.Request.URL)}
		default:
			a.Header[name] = join(values)
		}
	}
	if c.Echo() && c.Method != http.MethodHead && resp.StatusCode == 200 {
		if a.Echo, err = parseEcho(body); err != nil {
			return nil, fmt.Errorf("the body of /echo: %w", err)
		}
		a.Body = nil
	} else if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		a.Body = canonicalJSON(body)
	}
	return a, nil
}

// ownLocation is a redirect without its authority if that is the one that the
// caller used: some frameworks make every Location absolute.
func ownLocation(location string, caller *url.URL) string {
	u, err := url.Parse(location)
	if err != nil || u.Host != contract.Host && (u.Scheme != caller.Scheme || u.Host != caller.Host) {
		return location
	}
	return u.RequestURI()
}

// canonicalJSON writes JSON in one way: compact, keys sorted, lists of pairs
// sorted by name, for some frameworks keep the fields of a form by name. What
// is not JSON it returns as it is.
func canonicalJSON(body []byte) []byte {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return body
	}
	if object, ok := v.(map[string]any); ok {
		for _, member := range object {
			sortPairs(member)
		}
	}
	sortPairs(v)
	text, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return text
}

func sortPairs(v any) {
	list, _ := v.([]any)
	name := func(v any) string {
		if pair, ok := v.([]any); ok && len(pair) == 2 {
			return fmt.Sprint(pair[0])
		}
		return ""
	}
	slices.SortStableFunc(list, func(a, b any) int { return strings.Compare(name(a), name(b)) })
}

// mediaType writes a media type in one way: frameworks differ in the space
// before charset and in its case.
func mediaType(value string) string {
	kind, params, err := mime.ParseMediaType(value)
	if err != nil {
		return value
	}
	if charset := params["charset"]; charset != "" {
		params["charset"] = strings.ToLower(charset)
	}
	return mime.FormatMediaType(kind, params)
}

// join splits the values of a field at commas and trims the parts, so that
// "a, b", "a,b" and two fields are equal.
func join(values []string) []string {
	parts := strings.Split(strings.Join(values, ","), ",")
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return []string{strings.Join(parts, ",")}
}

// parseEcho reads the answer of /echo and puts it into one form: names of
// headers in lower case, everything but repeated query parameters sorted.
func parseEcho(body []byte) (*contract.Echo, error) {
	var e contract.Echo
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return nil, fmt.Errorf("%w: %s", err, short(body))
	}
	if e.Length != len(e.Body) {
		return nil, fmt.Errorf("length %d of a body of %d bytes", e.Length, len(e.Body))
	}
	fields := map[string][]string{}
	for _, h := range e.Headers {
		if name := strings.ToLower(h[0]); !listed(requestFields, name) {
			fields[name] = append(fields[name], h[1])
		}
	}
	e.Headers = nil
	for name, values := range fields {
		value := join(values)[0]
		switch name {
		case "content-type":
			value = mediaType(value)
		case "cookie": // adapters put it together again in more than one way
			all := strings.Join(values, ";")
			value = strings.Join(strings.FieldsFunc(all, func(r rune) bool { return r == ';' || r == ' ' }), "; ")
			if value == "" { // a WSGI environment with an HTTP_COOKIE in any case
				continue
			}
		}
		e.Headers = append(e.Headers, contract.Pair{name, value})
	}
	byName := func(a, b contract.Pair) int { return strings.Compare(a[0], b[0]) }
	slices.SortFunc(e.Headers, byName)
	slices.SortFunc(e.Cookies, byName)
	slices.SortStableFunc(e.Query, byName)
	return &e, nil
}

// Diff says in a line how got differs from want; "" if it does not.
func Diff(want, got *Answer) string {
	var diffs []string
	add := func(format string, args ...any) { diffs = append(diffs, fmt.Sprintf(format, args...)) }
	if want.Status != got.Status {
		add("status %d, not %d", got.Status, want.Status)
	}
	for _, name := range names(want.Header, got.Header) {
		w, g := want.Header[name], got.Header[name]
		if name == "Content-Type" && w == nil {
			continue // the application set none, and the formats have a default
		}
		if !slices.Equal(w, g) {
			add("%s %q, not %q", name, g, w)
		}
	}
	switch {
	case want.Echo != nil && got.Echo != nil:
		diffs = append(diffs, diffEcho(want.Echo, got.Echo)...)
	case !bytes.Equal(want.Body, got.Body):
		add("body of %d bytes %s, not of %d %s", len(got.Body), short(got.Body), len(want.Body), short(want.Body))
	}
	return strings.Join(diffs, "; ")
}

func diffEcho(want, got *contract.Echo) (diffs []string) {
	w, g := reflect.ValueOf(*want), reflect.ValueOf(*got)
	for i := range w.NumField() {
		a, b := w.Field(i), g.Field(i)
		if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 || reflect.DeepEqual(a.Interface(), b.Interface()) {
			continue
		}
		name := strings.ToLower(w.Type().Field(i).Name)
		if name == "body" {
			diffs = append(diffs, fmt.Sprintf("request body %s, not %s", short(got.Body), short(want.Body)))
			continue
		}
		diffs = append(diffs, fmt.Sprintf("%s %q, not %q", name, b, a))
	}
	return diffs
}

func names(maps ...map[string][]string) []string {
	all := map[string]bool{}
	for _, m := range maps {
		for name := range m {
			all[name] = true
		}
	}
	list := make([]string, 0, len(all))
	for name := range all {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

func short(b []byte) string {
	if len(b) > 60 {
		return fmt.Sprintf("%q…", b[:60])
	}
	return fmt.Sprintf("%q", b)
}
