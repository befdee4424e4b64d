// Package http1 is the client side of HTTP/1.1 (RFC 9112) for requests that are small
// and in memory.
//
// The goroutine that makes a call writes the request and reads the answer itself. That
// is the difference to net/http's transport, which has two more for each connection: a
// call there waits for other goroutines four times, here for the network alone.
//
// It leaves out what such requests do not need: bodies that are read while they are
// sent, answers that begin before the request has ended, Expect, upgrades, proxies,
// HTTP/2. Answers are parsed by net/http's ReadResponse, TLS is crypto/tls's.
package http1
