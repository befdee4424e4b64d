package vialambda

import (
	"net/http"
	"net/url"
	"strings"
)

// rewriteLocations makes a Location or Content-Location that names the host
// which the event carried name the one that the caller used. Frameworks answer
// slash redirects with an absolute https://<Host>/…: a client that followed it
// over the network would take Authorization and cookies to whatever answers to
// that name. Other targets are left alone.
func (x *exchange) rewriteLocations(h http.Header) {
	for _, name := range [...]string{"Location", "Content-Location"} {
		values := h[name]
		for i, value := range values {
			values[i] = x.rewriteLocation(value)
		}
	}
}

func (x *exchange) rewriteLocation(value string) string {
	if strings.HasPrefix(value, "/") && !strings.HasPrefix(value, "//") {
		return value // by far the most common
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" {
		return value
	}
	if !sameAuthority(u, x.to.host) && !sameAuthority(u, x.to.Front.DomainName) {
		return value
	}
	u.Scheme, u.Host = x.req.URL.Scheme, x.req.URL.Host
	return u.String()
}

// sameAuthority reports whether u is at host, which may have a port. The
// default ports count as none.
func sameAuthority(u *url.URL, host string) bool {
	return strings.EqualFold(withoutDefaultPort(u.Host), withoutDefaultPort(host))
}

func withoutDefaultPort(host string) string {
	host = strings.TrimSuffix(host, ":443")
	host = strings.TrimSuffix(host, ":80")
	return strings.TrimSuffix(host, ".")
}
