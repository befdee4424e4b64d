package main

import (
	"runtime/debug"
	"strings"
)

// version is what --version prints: VERSION (GOVERSION). See [versionOf].
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return versionOf(info) + " (" + info.GoVersion + ")"
}

// versionOf is the version of the main module as Go recorded it, without its v:
//
//	1.2.3                                  go install …@v1.2.3, or built at that tag
//	1.2.4-0.20260102150405-0123456789ab    built at a later commit
//	1.2.3+dirty                            built with changes that are not committed
//	devel                                  built without version control, or by go run
func versionOf(info *debug.BuildInfo) string {
	v := strings.TrimPrefix(info.Main.Version, "v")
	if v == "" || v == "(devel)" {
		return "devel"
	}
	return v
}
