// Package edge has what every door to functions must decide alike: the gateway
// and Caddy's transport. Which paths are refused, which fields of a request are
// believed, what an answer may say of an error. Its functions are pure and safe
// for concurrent use.
package edge
