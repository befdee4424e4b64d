package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/vialambda/vialambda"
)

// request makes the HTTP request that the flags and the URL describe.
func (o *options) request(ctx context.Context, target string, stdin io.Reader) (*http.Request, error) {
	u, err := parseURL(target)
	if err != nil {
		return nil, err
	}
	body, contentType, err := o.requestBody(stdin)
	if err != nil {
		return nil, err
	}
	method := http.MethodGet
	switch {
	case o.get:
		if len(body) > 0 {
			u.RawQuery = strings.TrimPrefix(u.RawQuery+"&"+string(body), "&")
		}
		body, contentType = nil, ""
	case o.head:
		method = http.MethodHead
	case body != nil:
		method = http.MethodPost
	}
	if o.method != "" {
		method = o.method
	}
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), reader)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return req, o.setHeaders(req, contentType)
}

// requestBody is nil if no flag gives one.
func (o *options) requestBody(stdin io.Reader) (body []byte, contentType string, err error) {
	switch {
	case len(o.forms) > 0 && len(o.data) > 0:
		return nil, "", usagef("--form and --data exclude each other")
	case len(o.forms) > 0:
		return o.multipart(stdin)
	case len(o.data) == 0:
		return nil, "", nil
	}
	body, err = o.body(stdin)
	if body == nil {
		body = []byte{}
	}
	if o.sendsJSON() {
		return body, "application/json", err
	}
	return body, "application/x-www-form-urlencoded", err
}

func (o *options) sendsJSON() bool {
	for _, d := range o.data {
		if d.kind == dataJSON {
			return true
		}
	}
	return false
}

func (o *options) setHeaders(req *http.Request, contentType string) error {
	h := req.Header
	h.Set("User-Agent", "vialambda")
	h.Set("Accept", "*/*")
	if contentType != "" {
		h.Set("Content-Type", contentType)
	}
	if o.sendsJSON() {
		h.Set("Accept", "application/json")
	}
	if o.agent != "" {
		h.Set("User-Agent", o.agent)
	}
	if o.cookie != "" {
		h.Set("Cookie", o.cookie)
	}
	if o.user != "" {
		name, password, _ := strings.Cut(o.user, ":")
		req.SetBasicAuth(name, password)
	}
	seen := map[string]bool{} // a flag replaces what was set here, a second one adds
	for _, line := range o.headers {
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if empty, isEmpty := strings.CutSuffix(name, ";"); !ok && isEmpty {
			h.Set(empty, "")
			continue
		}
		if !ok || name == "" || strings.ContainsAny(name, " \t\"(),/:;<=>?@[]{}\\") || strings.ContainsAny(value, "\r\n\x00") {
			return usagef("header %q cannot be read: write 'Name: value'", line)
		}
		key := http.CanonicalHeaderKey(name)
		switch {
		case value == "":
			h.Del(name)
		case key == "Host":
			req.Host = value
		case seen[key]:
			h.Add(name, value)
		default:
			h.Set(name, value)
		}
		seen[key] = true
	}
	return nil
}

// parseURL reads a URL; without a scheme it is a function's.
func parseURL(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = vialambda.Scheme + "://" + s
	}
	u, err := url.Parse(s)
	if err != nil {
		return nil, badURL(s, err)
	}
	if u.Host == "" {
		return nil, usagef("%q names no function: write http+lambda://function/path", s)
	}
	return u, nil
}

// badURL explains the one mistake that AWS's own notation invites: net/url takes
// function:alias for a host and a port.
func badURL(s string, err error) error {
	_, rest, _ := strings.Cut(s, "://")
	host, path, _ := strings.Cut(rest, "/")
	if name, alias, ok := strings.Cut(host, ":"); ok && !strings.Contains(name, "@") {
		if name == "arn" {
			return usagef("an ARN cannot be the host of a URL: write the function's name, and --region for its region")
		}
		return usagef("a URL cannot say %s:%s, only a number may follow the colon: write http+lambda://%s.%s/%s", name, alias, alias, name, path)
	}
	return usagef("the URL cannot be read: %v", err)
}
