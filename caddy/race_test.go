//go:build race

package caddyvialambda

// buildFlags: with -race, Caddy itself is watched, too.
var buildFlags = []string{"-race"}
