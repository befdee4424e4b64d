package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"time"
)

// checkListen reports what is wrong with an address to listen on. Beyond
// loopback it must be allowed.
func checkListen(address string, beyond bool) error {
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		if path == "" {
			return errors.New("unix: has no path: write unix:/run/vialambda.sock")
		}
		return nil
	}
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("%q is no address: write 127.0.0.1:8080 or unix:/run/vialambda.sock", address)
	}
	if !beyond && !isLoopback(address) {
		return fmt.Errorf("%q is reachable from other machines, and whoever reaches it can call the functions: give TLS files, listen on 127.0.0.1, or say --insecure-listen (insecure_listen: true)", host)
	}
	return nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return true // a Unix socket
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// listen opens a listener on the address that the flag says. A socket that a
// process before left behind is removed.
func listen(ctx context.Context, address, flag string) (net.Listener, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", path
		if info, err := os.Stat(path); err == nil && info.Mode()&os.ModeSocket != 0 {
			conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "unix", path)
			if err == nil {
				conn.Close()
				return nil, fmt.Errorf("cannot listen on %s: another process does", path)
			}
			if errors.Is(err, syscall.ECONNREFUSED) {
				_ = os.Remove(path) // Listen says what is wrong if it is still there
			}
		}
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, network, address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("cannot listen on %s: the address is in use; choose another with %s, port 0 for a free one", address, flag)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	return l, nil
}

// certificate reads the TLS files.
func (c *Config) certificate() (*tls.Certificate, error) {
	cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err == nil {
		return &cert, nil
	}
	if file, ok := errors.AsType[*fs.PathError](err); ok && file.Path == c.TLSKey {
		return nil, c.at("tls_key", "%s", err)
	}
	return nil, c.at("tls_cert", "%s", err)
}
