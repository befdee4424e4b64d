//go:build unix

package http1

import (
	"io"
	"syscall"
)

// supported says that sockets can be read without waiting.
const supported = true

// readNow reads what has come. The sockets of net do not block.
func readNow(fd uintptr, p []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), p)
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return 0, errQuiet
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}
