package otelvialambda

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"

	"github.com/vialambda/vialambda"
)

// spanName is the method, since nothing else is known to be of low cardinality;
// of a method that nobody knows, "HTTP".
func spanName(method string) string {
	if m, ok := knownMethod(method); ok {
		return m
	}
	return "HTTP"
}

// knownMethod returns the method of RFC 9110 or RFC 5789 that method is.
func knownMethod(method string) (string, bool) {
	switch method {
	case "":
		return http.MethodGet, true
	case http.MethodConnect, http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodOptions,
		http.MethodPatch, http.MethodPost, http.MethodPut, http.MethodTrace:
		return method, true
	}
	return "", false
}

// requestAttributes are those of a request that span and metric share.
func requestAttributes(req *http.Request) []attribute.KeyValue {
	method := semconv.HTTPRequestMethodOther
	if m, ok := knownMethod(req.Method); ok {
		method = semconv.HTTPRequestMethodKey.String(m)
	}
	all := make([]attribute.KeyValue, 0, 12)
	all = append(all, method)
	if req.URL == nil {
		return all
	}
	return append(all,
		semconv.ServerAddress(req.URL.Hostname()),
		semconv.ServerPort(port(req.URL)),
		semconv.URLScheme(req.URL.Scheme),
	)
}

// spanAttributes are those that only the span has.
func spanAttributes(req *http.Request) []attribute.KeyValue {
	var all []attribute.KeyValue
	if req.URL != nil {
		all = append(all, semconv.URLFull(redacted(req.URL)))
	}
	if _, ok := knownMethod(req.Method); !ok {
		all = append(all, semconv.HTTPRequestMethodOriginal(shorten(req.Method)))
	}
	return all
}

// port is the TCP port of a URL. Under http+lambda, where a port is a version, it
// is the one that the event names.
func port(u *url.URL) int {
	if u.Scheme != vialambda.Scheme {
		if n, err := strconv.Atoi(u.Port()); err == nil {
			return n
		}
		if u.Scheme == "http" {
			return 80
		}
	}
	return 443
}

// redacted is a URL without what may be secret in it.
func redacted(u *url.URL) string {
	shown := *u
	if shown.User != nil {
		shown.User = url.UserPassword("REDACTED", "REDACTED")
	}
	if shown.RawQuery != "" {
		shown.RawQuery = "REDACTED"
	}
	shown.Fragment, shown.RawFragment = "", ""
	return shown.String()
}

// functionAttributes are those of the function that is called: a name, a partial
// ARN or an ARN, without qualifier.
func functionAttributes(function, region string) []attribute.KeyValue {
	name := function[strings.LastIndexByte(function, ':')+1:]
	all := append(make([]attribute.KeyValue, 0, 3), semconv.FaaSInvokedName(name), semconv.FaaSInvokedProviderAWS)
	if isARN(function) {
		region = strings.Split(function, ":")[3]
	}
	if region != "" {
		all = append(all, semconv.FaaSInvokedRegion(region))
	}
	return all
}

func isARN(function string) bool {
	return strings.HasPrefix(function, "arn:") && strings.Count(function, ":") >= 6
}

func qualified(i *vialambda.Info) string {
	if i.Qualifier == "" {
		return i.Function
	}
	return i.Function + ":" + i.Qualifier
}
