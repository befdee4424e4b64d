//go:build !race

package caddyvialambda

var buildFlags []string
