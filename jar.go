package vialambda

import (
	"encoding/hex"
	"net/http"
	"net/url"
)

// CookieJar makes jar work for Lambda URLs: net/http/cookiejar, like any jar
// made for the web, keeps no cookies for schemes other than http and https.
//
//	jar, _ := cookiejar.New(nil)
//	client := &http.Client{Transport: t, Jar: vialambda.CookieJar(jar)}
//
// Lambda URLs count as https, so Secure cookies are kept and sent. A cookie goes
// back only to the [qualifier.]function that set it: a Domain attribute does not
// widen it. Other URLs reach jar as they are. The result is safe for concurrent
// use if jar is.
func CookieJar(jar http.CookieJar) http.CookieJar { return &cookieJar{jar} }

type cookieJar struct{ jar http.CookieJar }

func (j *cookieJar) Cookies(u *url.URL) []*http.Cookie {
	return j.jar.Cookies(webURL(u))
}

func (j *cookieJar) SetCookies(u *url.URL, cookies []*http.Cookie) {
	web := webURL(u)
	if web != u {
		own := make([]*http.Cookie, len(cookies))
		for i, c := range cookies {
			host := *c
			host.Domain = ""
			own[i] = &host
		}
		cookies = own
	}
	j.jar.SetCookies(web, cookies)
}

// webURL returns the https URL under which the cookies of u are kept; u itself
// if it is not the address of a function. Names of functions differ in case and
// hosts do not, so the host is the name in hexadecimal.
func webURL(u *url.URL) *url.URL {
	if !isLambda(u) {
		return u
	}
	addr, err := parseAddress(u)
	if err != nil {
		return u // the Transport refuses it too
	}
	host := "f" + hex.EncodeToString([]byte(addr.name))
	if addr.qualifier != "" {
		host = "q" + hex.EncodeToString([]byte(addr.qualifier)) + "." + host
	}
	return &url.URL{Scheme: "https", Host: host + Suffix, Path: u.Path, RawPath: u.RawPath}
}
