// Package faulttest holds tests of a whole call: http.Client, Transport,
// awslambda and locallambda's Server with a connection between them, under every
// fault that there is. They count how often functions ran.
package faulttest
