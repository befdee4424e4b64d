package http1

import "errors"

// Error is why there is no answer.
type Error struct {
	// Sent says that the server may have got the whole request. If it is false, the
	// server certainly has not.
	Sent bool
	Err  error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

var (
	errHeaderTooLong = errors.New("the header of the answer is longer than 1 MiB")
	errProtocol      = errors.New("the server wants another protocol than HTTP/1.1")
	errNoConn        = errors.New("the dialer returned neither a connection nor an error")
)

// handshakeTimeout is the error of a TLS handshake that took too long. It is none of a
// context's, since the caller's may have time left.
type handshakeTimeout struct{}

func (handshakeTimeout) Error() string   { return "TLS handshake timeout" }
func (handshakeTimeout) Timeout() bool   { return true }
func (handshakeTimeout) Temporary() bool { return true }
