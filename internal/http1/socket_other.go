//go:build !unix

package http1

// supported says that sockets can be read without waiting.
const supported = false

func readNow(uintptr, []byte) (int, error) { return 0, errQuiet }
