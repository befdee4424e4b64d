package vialambda

import (
	"net/url"
	"strings"
)

// Scheme is the URL scheme of a Lambda function:
// http+lambda://[qualifier.]function/path?query.
const Scheme = "http+lambda"

// Suffix is the domain that makes the host of an http or https URL a Lambda
// function: http://[qualifier.]function.lambda.internal/path?query. It may end
// the host of an http+lambda URL too, where it changes nothing.
const Suffix = ".lambda.internal"

const (
	maxName      = 64  // of a function; API_Invoke, FunctionName
	maxQualifier = 128 // API_Invoke, Qualifier
)

// address is what a URL says of the function it names.
type address struct {
	name      string // the label of the function, or of a named target
	qualifier string // "" if the URL has none
}

// host returns the host that an event carries unless told otherwise.
func (a address) host() string {
	if a.qualifier == "" {
		return a.name + Suffix
	}
	return a.qualifier + "." + a.name + Suffix
}

// isLambda reports whether u is the address of a function, if perhaps a bad one.
func isLambda(u *url.URL) bool {
	switch u.Scheme {
	case Scheme:
		return true
	case "http", "https":
		_, ok := cutSuffixFold(u.Hostname(), Suffix)
		return ok
	}
	return false
}

func parseAddress(u *url.URL) (address, error) {
	if !isLambda(u) {
		return address{}, notLambda(u)
	}
	if u.Opaque != "" {
		return address{}, badAddress("the URL has no host: write http+lambda://function/path")
	}
	host := u.Hostname()
	host, _ = cutSuffixFold(host, Suffix)
	qualifier, name, qualified := strings.Cut(host, ".")
	if !qualified {
		qualifier, name = "", host
	}
	if strings.Contains(name, ".") {
		return address{}, badAddress("host " + quote(host) + " has more than two labels: write http+lambda://[qualifier.]function/, or name a target and give it the ARN")
	}
	if qualified && qualifier == "" {
		return address{}, badAddress("host " + quote(host) + " begins with a dot: write http+lambda://[qualifier.]function/")
	}
	if port := u.Port(); port != "" && u.Scheme == Scheme {
		if qualified {
			return address{}, badAddress("host " + quote(u.Host) + " has a qualifier and a port, and under http+lambda a port is a version: write one of them")
		}
		qualifier = port
	}
	if reason := checkName(name); reason != "" {
		return address{}, badAddress(reason)
	}
	if reason := checkQualifier(qualifier); reason != "" {
		return address{}, badAddress(reason)
	}
	return address{name: name, qualifier: qualifier}, nil
}

func notLambda(u *url.URL) error {
	switch u.Scheme {
	case "http", "https":
		return badAddress("Transport takes http+lambda:// and http://function" + Suffix + "/ alone; to send other " + u.Scheme + ":// URLs through the same client, use vialambda.Mount")
	}
	return badAddress("scheme " + quote(u.Scheme) + " is not " + Scheme + ": write http+lambda://function/path")
}

// checkName returns what is wrong with the name of a function, or "".
func checkName(name string) string {
	switch {
	case name == "":
		return "the function's name is missing: write http+lambda://function/path"
	case len(name) > maxName:
		return "function name " + quote(name) + " has " + itoa(len(name)) + " characters, allowed are " + itoa(maxName)
	case !isWord(name):
		return "function name " + quote(name) + " has a character other than a-z, A-Z, 0-9, - and _: to call by ARN, give a named target the ARN"
	}
	return ""
}

// checkQualifier returns what is wrong with a qualifier that is not empty, or "".
func checkQualifier(q string) string {
	switch {
	case len(q) > maxQualifier:
		return "qualifier " + quote(q) + " has " + itoa(len(q)) + " characters, allowed are " + itoa(maxQualifier)
	case q == "" || q == "$LATEST" || q == "$LATEST.PUBLISHED" || isWord(q):
		return ""
	}
	return "qualifier " + quote(q) + " is none: write a version number, an alias or $LATEST"
}

// function is the FunctionName of the Invoke API, taken apart.
type function struct {
	name      string // a name, partial ARN or ARN, without the qualifier
	qualifier string
	account   string // "" for a bare name
}

// parseFunction reads name[:qualifier], account:function:name[:qualifier] and
// arn:partition:lambda:region:account:function:name[:qualifier]
// (API_Invoke, FunctionName).
func parseFunction(s string) (function, error) {
	if strings.IndexByte(s, ':') < 0 {
		if reason := checkName(s); reason != "" {
			return function{}, badAddress(reason)
		}
		return function{name: s}, nil
	}
	bad := func(what string) (function, error) {
		return function{}, badAddress("function " + quote(s) + " " + what + ": write a name, account:function:name or arn:aws:lambda:region:account:function:name, with :qualifier if there is one")
	}
	parts := strings.Split(s, ":")
	at := 0 // where the name is
	switch {
	case parts[0] == "arn" && len(parts) > 2: // arn:prod is a function named arn
		at = 6
		if len(parts) < 7 || parts[2] != "lambda" || parts[3] == "" || parts[5] != "function" {
			return bad("is no ARN of a Lambda function")
		}
	case len(parts) >= 3 && parts[1] == "function":
		at = 2
	}
	var f function
	switch len(parts) - at {
	case 1:
	case 2:
		f.qualifier = parts[at+1]
		if f.qualifier == "" {
			return bad("ends in a colon")
		}
	default:
		return bad("has too many parts")
	}
	if at > 0 {
		f.account = parts[at-2]
		if len(f.account) != 12 || strings.Trim(f.account, "0123456789") != "" {
			return bad("has an account that is not 12 digits")
		}
	}
	f.name = strings.Join(parts[:at+1], ":")
	if reason := checkName(parts[at]); reason != "" {
		return function{}, badAddress(reason)
	}
	if reason := checkQualifier(f.qualifier); reason != "" {
		return function{}, badAddress(reason)
	}
	return f, nil
}

func badAddress(reason string) error { return &AddressError{Reason: reason} }

func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if n := len(s) - len(suffix); n >= 0 && strings.EqualFold(s[n:], suffix) {
		return s[:n], true
	}
	return s, false
}

func quote(s string) string { return `"` + clip(s, 80) + `"` }
