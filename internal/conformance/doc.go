// Package conformance runs real frameworks as functions, and real clients of
// Lambda and of the gateway, against this project. See docs/conformance.md.
package conformance
