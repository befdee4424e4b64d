package event

import "strings"

// textual reports whether f passes a body of the given Content-Type as text.
//
// An ALB does so with text/*, JSON, JavaScript and XML
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html);
// HTTP APIs are known to do the same, forms and bodies without a type are
// binary to them, and function URLs are taken to be like them. What a REST API
// does is its own configuration: here it takes all that is text for text, also
// what has no type, for which API Gateway assumes JSON.
func textual(f Format, contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.Trim(media, " \t")
	if len(media) >= len("text/") && strings.EqualFold(media[:len("text/")], "text/") {
		return true
	}
	is := func(s string) bool { return strings.EqualFold(media, s) }
	if is("application/json") || is("application/xml") || is("application/javascript") {
		return true
	}
	if f != RESTAPI {
		return false
	}
	ends := func(s string) bool {
		return len(media) > len(s) && strings.EqualFold(media[len(media)-len(s):], s)
	}
	return media == "" || ends("+json") || ends("+xml") ||
		is("application/x-www-form-urlencoded") || is("multipart/form-data") ||
		is("application/x-javascript") || is("application/ecmascript")
}
