package awslambda

import (
	"os"
	"runtime"
	"runtime/debug"
	"strings"
)

const modulePath = "github.com/vialambda/vialambda"

// version returns the version of this module in the running program, "devel" if
// the program was built from a working tree.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	found := ""
	if info.Main.Path == modulePath {
		found = info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == modulePath {
			found = dep.Version
		}
	}
	if found == "" || found == "(devel)" {
		return "devel"
	}
	return found
}

// userAgent returns the User-Agent of the wire, in the SDK's own form. appID is the
// SDK's application id (AWS_SDK_UA_APP_ID).
func userAgent(appID string) string {
	agent := "vialambda/" + token(version()) + " lang/go#" + token(strings.TrimPrefix(runtime.Version(), "go"))
	if env := os.Getenv("AWS_EXECUTION_ENV"); env != "" {
		agent += " exec-env/" + token(env)
	}
	if appID != "" {
		agent += " app/" + token(appID)
	}
	return agent
}

// token makes text one token of RFC 9110, section 5.6.2.
func token(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 && (unreserved(byte(r)) || strings.ContainsRune("!#$%&'*+^`|", r)) {
			return r
		}
		return '-'
	}, text)
}
