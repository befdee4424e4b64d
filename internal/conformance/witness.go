package conformance

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/conformance/contract"
)

// A witness is an event that vialambda had no part in: AWS's own test event of
// the format, from the sources of aws-lambda-go, with the request of a case put
// into it by the rules that AWS documents. It is written apart from
// internal/event, so that neither vouches for itself.
//
//   - REST API: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
//   - HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
//   - Function URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
//   - ALB: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
type witness map[string]any

var witnessFiles = map[vialambda.Format]string{
	vialambda.RESTAPI:       "apigw-request.json",
	vialambda.HTTPAPI:       "apigw-v2-request-no-authorizer.json",
	vialambda.FunctionURL:   "lambda-urls-request.json",
	vialambda.ALB:           "alb-lambda-target-request-headers-only.json",
	vialambda.ALBMultiValue: "alb-lambda-target-request-multivalue-headers.json",
}

// newWitness makes the event of case c. samples is the directory of AWS's test
// events. routes are the function's, or nil.
func newWitness(samples string, f vialambda.Format, c contract.Case, routes []string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(samples, witnessFiles[f]))
	if err != nil {
		return nil, err
	}
	var w witness
	if err := json.Unmarshal(text, &w); err != nil {
		return nil, fmt.Errorf("%s: %w", witnessFiles[f], err)
	}
	r, err := c.Request("https://" + contract.Host)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Host", contract.Host)
	route, params := matchRoute(routes, r)
	switch f {
	case vialambda.RESTAPI:
		w.restAPI(r, c, route, params)
	case vialambda.HTTPAPI, vialambda.FunctionURL:
		w.payload2(f, r, c, route, params)
	default:
		w.alb(f == vialambda.ALBMultiValue, r, c)
	}
	return json.Marshal(w)
}

func (w witness) restAPI(r *http.Request, c contract.Case, route string, params map[string]string) {
	front := frontFields(w["headers"])
	single, multi := map[string]string{}, map[string][]string{}
	for name, values := range r.Header {
		single[name], multi[name] = values[len(values)-1], values
	}
	for name, value := range front {
		single[name], multi[name] = value, []string{value}
	}
	w["headers"], w["multiValueHeaders"] = single, multi
	w["httpMethod"], w["path"] = c.Method, r.URL.EscapedPath()
	w["stageVariables"] = nil
	w["queryStringParameters"], w["multiValueQueryStringParameters"] = nil, nil
	if r.URL.RawQuery != "" {
		last, all := map[string]string{}, map[string][]string{}
		for _, pair := range contract.Pairs(r.URL.RawQuery) {
			last[pair[0]] = pair[1]
			all[pair[0]] = append(all[pair[0]], pair[1])
		}
		w["queryStringParameters"], w["multiValueQueryStringParameters"] = last, all
	}
	if params == nil {
		params = map[string]string{"proxy": strings.Trim(r.URL.EscapedPath(), "/")}
		route = "ANY /{proxy+}"
	}
	_, resource, _ := strings.Cut(route, " ")
	w["resource"], w["pathParameters"] = resource, params
	if len(params) == 0 {
		w["pathParameters"] = nil
	}
	context := w["requestContext"].(map[string]any)
	context["httpMethod"], context["resourcePath"] = c.Method, resource
	context["stage"] = "$default" // as behind a custom domain: it is no part of the path
	context["path"] = r.URL.EscapedPath()
	context["domainName"] = contract.Host
	w["body"] = nil
	w.body(c, textREST(r))
	if len(c.Body) == 0 {
		w["body"] = nil
	}
}

func (w witness) payload2(f vialambda.Format, r *http.Request, c contract.Case, route string, params map[string]string) {
	headers := frontFields(w["headers"])
	delete(w, "cookies")
	for name, values := range r.Header {
		if name == "Cookie" {
			w["cookies"] = strings.Split(values[0], "; ")
			if f == vialambda.HTTPAPI {
				continue
			}
		}
		headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	if c.Body != nil || c.Method == http.MethodPost {
		headers["content-length"] = fmt.Sprint(len(c.Body))
	}
	w["headers"] = headers
	path := r.URL.EscapedPath()
	if f == vialambda.HTTPAPI {
		path = r.URL.Path
	}
	w["rawPath"], w["rawQueryString"] = path, r.URL.RawQuery
	delete(w, "queryStringParameters")
	if r.URL.RawQuery != "" {
		joined := map[string]string{}
		for _, pair := range contract.Pairs(r.URL.RawQuery) {
			if value, ok := joined[pair[0]]; ok {
				pair[1] = value + "," + pair[1]
			}
			joined[pair[0]] = pair[1]
		}
		w["queryStringParameters"] = joined
	}
	context := w["requestContext"].(map[string]any)
	http := context["http"].(map[string]any)
	http["method"], http["path"], http["userAgent"] = c.Method, r.URL.Path, r.Header.Get("User-Agent")
	if f == vialambda.FunctionURL && len(r.URL.Path) > 1 { // https://github.com/adamchainz/apig-wsgi/issues/376
		http["path"] = strings.TrimSuffix(r.URL.Path, "/")
	}
	context["domainName"] = contract.Host
	context["stage"] = "$default"
	if route == "" {
		route = "$default"
	}
	w["routeKey"], context["routeKey"] = route, route
	if len(params) > 0 {
		decoded := map[string]string{}
		for name, value := range params {
			decoded[name], _ = url.PathUnescape(value)
		}
		w["pathParameters"] = decoded
	}
	delete(w, "body")
	w.body(c, textOf(r, "text/", "application/json", "application/xml", "application/javascript"))
}

func (w witness) alb(multi bool, r *http.Request, c contract.Case) {
	sample := w["headers"]
	if multi {
		sample = w["multiValueHeaders"]
	}
	front := frontFields(sample)
	single, list := map[string]string{}, map[string][]string{}
	for name, values := range r.Header {
		name = strings.ToLower(name)
		single[name], list[name] = values[len(values)-1], values
	}
	for name, value := range front {
		single[name], list[name] = value, []string{value}
	}
	if c.Body != nil || c.Method == http.MethodPost {
		single["content-length"] = fmt.Sprint(len(c.Body))
		list["content-length"] = []string{single["content-length"]}
	}
	last, all := map[string]string{}, map[string][]string{}
	for field := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if field == "" {
			continue
		}
		name, value, _ := strings.Cut(field, "=") // neither is decoded
		last[name] = value
		all[name] = append(all[name], value)
	}
	if multi {
		w["multiValueHeaders"], w["multiValueQueryStringParameters"] = list, all
	} else {
		w["headers"], w["queryStringParameters"] = single, last
	}
	w["httpMethod"], w["path"] = c.Method, r.URL.EscapedPath()
	w["body"] = ""
	w.body(c, textOf(r, "text/", "application/json", "application/xml", "application/javascript"))
}

// frontFields are the fields of a sample event that the front door added.
func frontFields(headers any) map[string]string {
	front := map[string]string{}
	for name, value := range headers.(map[string]any) {
		lower := strings.ToLower(name)
		if !strings.HasPrefix(lower, "x-forwarded-") && !strings.HasPrefix(lower, "x-amzn-") {
			continue
		}
		if list, ok := value.([]any); ok {
			value = list[0]
		}
		front[name] = value.(string)
	}
	return front
}

func (w witness) body(c contract.Case, text bool) {
	w["isBase64Encoded"] = false
	switch {
	case len(c.Body) == 0:
	case text && utf8.Valid(c.Body):
		w["body"] = string(c.Body)
	default:
		w["body"], w["isBase64Encoded"] = base64.StdEncoding.EncodeToString(c.Body), true
	}
}

// textOf reports whether the body is of one of the types, prefixes if they end
// in "/", and not encoded.
func textOf(r *http.Request, types ...string) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Header.Get("Content-Encoding") != "" {
		return false
	}
	for _, t := range types {
		if kind == t || strings.HasSuffix(t, "/") && strings.HasPrefix(kind, t) {
			return true
		}
	}
	return false
}

// textREST is textOf for a REST API whose binary media types are all that is not
// text in any sense.
func textREST(r *http.Request) bool {
	return textOf(r, "text/", "application/json", "application/xml", "application/javascript",
		"application/x-www-form-urlencoded")
}

// matchRoute finds the route that r takes among a function's routes, the most
// literal first, and its parameters as they stand in the path. Without routes it
// returns nothing.
func matchRoute(routes []string, r *http.Request) (route string, params map[string]string) {
	path := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	for _, candidate := range routes {
		method, resource, _ := strings.Cut(candidate, " ")
		if method != "ANY" && method != r.Method {
			continue
		}
		parts := strings.Split(strings.TrimPrefix(resource, "/"), "/")
		found := map[string]string{}
		matched := len(parts) == len(path) || strings.HasSuffix(resource, "+}") && len(path) >= len(parts)
		for i := 0; matched && i < len(parts); i++ {
			name, isParam := strings.CutPrefix(parts[i], "{")
			name = strings.TrimSuffix(name, "}")
			switch greedy, ok := strings.CutSuffix(name, "+"); {
			case isParam && ok:
				found[greedy] = strings.Join(path[i:], "/")
			case isParam:
				found[name] = path[i]
			default:
				matched = parts[i] == path[i]
			}
		}
		if matched && (route == "" || len(found) < len(params)) {
			route, params = candidate, found
		}
	}
	return route, params
}
