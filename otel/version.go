package otelvialambda

import (
	"runtime/debug"
	"strings"
)

// version is this module's version in the running program, without its v; "" if
// the build does not know it, as in a test or under a replace.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	return versionIn(info)
}

func versionIn(info *debug.BuildInfo) string {
	for _, dep := range info.Deps {
		if dep.Path == scope && dep.Replace == nil {
			return strings.TrimPrefix(dep.Version, "v")
		}
	}
	return ""
}
