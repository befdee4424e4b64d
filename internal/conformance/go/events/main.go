// Command events is a plain handler over the typed events of aws-lambda-go, as
// people write them: it reads the struct's fields and fills the answer's. FORMAT
// chooses the struct: rest, http, url or alb.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"github.com/vialambda/vialambda/internal/conformance/contract"
)

func main() {
	switch os.Getenv("FORMAT") {
	case "rest":
		lambda.Start(restAPI)
	case "http":
		lambda.Start(httpAPI)
	case "url":
		lambda.Start(functionURL)
	case "alb":
		lambda.Start(alb)
	default:
		panic("FORMAT is none of rest, http, url, alb")
	}
}

func restAPI(_ context.Context, e events.APIGatewayProxyRequest) (events.APIGatewayProxyResponse, error) {
	w, err := serve(e.HTTPMethod, e.Path, url.Values(e.MultiValueQueryStringParameters).Encode(),
		e.MultiValueHeaders, e.Body, e.IsBase64Encoded)
	if err != nil {
		return events.APIGatewayProxyResponse{}, err
	}
	body, binary := encode(w)
	return events.APIGatewayProxyResponse{
		StatusCode: w.Code, MultiValueHeaders: w.Header(), Body: body, IsBase64Encoded: binary,
	}, nil
}

func httpAPI(_ context.Context, e events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
	path := (&url.URL{Path: e.RawPath}).EscapedPath() // an HTTP API decodes it
	w, err := serve(e.RequestContext.HTTP.Method, path, e.RawQueryString,
		withCookies(e.Headers, e.Cookies), e.Body, e.IsBase64Encoded)
	if err != nil {
		return events.APIGatewayV2HTTPResponse{}, err
	}
	body, binary := encode(w)
	return events.APIGatewayV2HTTPResponse{
		StatusCode: w.Code, Headers: single(w.Header(), "Set-Cookie"), Cookies: w.Header()["Set-Cookie"],
		Body: body, IsBase64Encoded: binary,
	}, nil
}

func functionURL(_ context.Context, e events.LambdaFunctionURLRequest) (events.LambdaFunctionURLResponse, error) {
	w, err := serve(e.RequestContext.HTTP.Method, e.RawPath, e.RawQueryString,
		withCookies(e.Headers, e.Cookies), e.Body, e.IsBase64Encoded)
	if err != nil {
		return events.LambdaFunctionURLResponse{}, err
	}
	body, binary := encode(w)
	return events.LambdaFunctionURLResponse{
		StatusCode: w.Code, Headers: single(w.Header(), "Set-Cookie"), Cookies: w.Header()["Set-Cookie"],
		Body: body, IsBase64Encoded: binary,
	}, nil
}

func alb(_ context.Context, e events.ALBTargetGroupRequest) (events.ALBTargetGroupResponse, error) {
	var query []string
	for name, value := range e.QueryStringParameters { // an ALB decodes neither names nor values
		query = append(query, name+"="+value)
	}
	for name, values := range e.MultiValueQueryStringParameters {
		for _, value := range values {
			query = append(query, name+"="+value)
		}
	}
	header := http.Header(e.MultiValueHeaders)
	if header == nil {
		header = withCookies(e.Headers, nil)
	}
	w, err := serve(e.HTTPMethod, e.Path, strings.Join(query, "&"), header, e.Body, e.IsBase64Encoded)
	if err != nil {
		return events.ALBTargetGroupResponse{}, err
	}
	body, binary := encode(w)
	answer := events.ALBTargetGroupResponse{
		StatusCode:        w.Code,
		StatusDescription: fmt.Sprintf("%d %s", w.Code, http.StatusText(w.Code)),
		Body:              body,
		IsBase64Encoded:   binary,
	}
	if e.MultiValueHeaders != nil {
		answer.MultiValueHeaders = w.Header()
	} else {
		answer.Headers = single(w.Header(), "")
	}
	return answer, nil
}

// serve hands the request to the contract's reference handler.
func serve(method, path, query string, header http.Header, body string, binary bool) (*httptest.ResponseRecorder, error) {
	content := []byte(body)
	if binary {
		var err error
		if content, err = base64.StdEncoding.DecodeString(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequest(method, "https://unused"+path, bytes.NewReader(content)) //nolint:noctx // it is answered in this process
	if err != nil {
		return nil, err
	}
	r.URL.RawQuery = query
	r.Header = http.Header{}
	for name, values := range header {
		r.Header[http.CanonicalHeaderKey(name)] = values
	}
	r.Host = r.Header.Get("Host")
	r.Header.Del("Host")
	w := httptest.NewRecorder()
	contract.Handler().ServeHTTP(w, r)
	return w, nil
}

func withCookies(headers map[string]string, cookies []string) http.Header {
	h := http.Header{}
	for name, value := range headers {
		h.Set(name, value)
	}
	if cookies != nil {
		h.Set("Cookie", strings.Join(cookies, "; "))
	}
	return h
}

// single joins a field's values, as a map of strings needs it, but for those of
// the field that is left out. Set-Cookie cannot be joined: its last value stays.
func single(header http.Header, leaveOut string) map[string]string {
	m := map[string]string{}
	for name, values := range header {
		switch name {
		case leaveOut:
		case "Set-Cookie":
			m[name] = values[len(values)-1]
		default:
			m[name] = strings.Join(values, ",")
		}
	}
	return m
}

func encode(w *httptest.ResponseRecorder) (body string, binary bool) {
	if b := w.Body.Bytes(); !utf8.Valid(b) {
		return base64.StdEncoding.EncodeToString(b), true
	}
	return w.Body.String(), false
}
