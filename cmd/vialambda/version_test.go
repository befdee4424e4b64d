package main

import (
	"regexp"
	"runtime/debug"
	"testing"
)

// versionForm is the form that is documented for --version.
var versionForm = regexp.MustCompile(`^(devel|unknown|\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?) \(go1\.\S+( [^)]*)?\)$`)

func TestVersion(t *testing.T) {
	if v := version(); !versionForm.MatchString(v) {
		t.Errorf("%q has not the form of a version", v)
	}
	for recorded, want := range map[string]string{
		"v1.2.3":                               "1.2.3",
		"v1.2.3-rc.1":                          "1.2.3-rc.1",
		"v1.2.3+dirty":                         "1.2.3+dirty",
		"v1.2.4-0.20260102150405-0123456789ab": "1.2.4-0.20260102150405-0123456789ab",
		"(devel)":                              "devel",
		"":                                     "devel",
	} {
		got := versionOf(&debug.BuildInfo{Main: debug.Module{Version: recorded}})
		if got != want || !versionForm.MatchString(got+" (go1.26.8)") {
			t.Errorf("%q: got %q, want %q", recorded, got, want)
		}
	}
}
