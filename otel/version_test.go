package otelvialambda

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	this := func(version string) *debug.Module { return &debug.Module{Path: scope, Version: version} }
	replaced := this("v0.2.0")
	replaced.Replace = &debug.Module{Path: "../otel"}
	for _, test := range []struct {
		name string
		deps []*debug.Module
		want string
	}{
		{"required", []*debug.Module{{Path: "github.com/vialambda/vialambda", Version: "v0.3.0"}, this("v0.2.0")}, "0.2.0"},
		{"a commit", []*debug.Module{this("v0.2.1-0.20260102150405-0123456789ab")}, "0.2.1-0.20260102150405-0123456789ab"},
		{"replaced", []*debug.Module{replaced}, ""},
		{"this module's own tests", nil, ""},
	} {
		if got := versionIn(&debug.BuildInfo{Deps: test.deps}); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
