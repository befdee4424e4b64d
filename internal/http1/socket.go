package http1

import (
	"net"
	"syscall"
)

// socket is a net.Conn that can be asked for what has come without waiting for it.
type socket struct {
	net.Conn
	raw     syscall.RawConn // nil: it cannot be asked
	records *records        // of TLS, which come; nil: without TLS

	probing bool // Read does not wait

	try func(fd uintptr) bool // reads into p, to n and err
	p   []byte
	n   int
	err error
}

// newSocket knows the types that have nothing between them and the operating system.
func newSocket(c net.Conn) *socket {
	s := &socket{Conn: c}
	switch c := c.(type) {
	case *net.TCPConn:
		s.raw, _ = c.SyscallConn()
	case *net.UnixConn:
		s.raw, _ = c.SyscallConn()
	}
	if !supported {
		s.raw = nil
	}
	s.try = func(fd uintptr) bool {
		s.n, s.err = readNow(fd, s.p)
		return true
	}
	return s
}

func (s *socket) Read(p []byte) (int, error) {
	n, err := s.read(p)
	s.records.follow(p[:n])
	return n, err
}

func (s *socket) read(p []byte) (int, error) {
	if !s.probing {
		return s.Conn.Read(p)
	}
	s.p = p
	err := s.raw.Read(s.try)
	s.p = nil
	if err != nil {
		return 0, err
	}
	return s.n, s.err
}

// errQuiet says that nothing has come. To crypto/tls it is a timeout, after which it can
// go on.
var errQuiet net.Error = quietError{}

type quietError struct{}

func (quietError) Error() string   { return "nothing to read" }
func (quietError) Timeout() bool   { return true }
func (quietError) Temporary() bool { return true }
