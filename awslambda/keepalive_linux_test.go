package awslambda_test

import (
	"net"
	"net/http/httptrace"
	"syscall"
	"testing"

	"github.com/vialambda/vialambda"
)

// TestTrapE4 asks the kernel how soon it probes a silent connection: NAT forgets one
// after 350 s, a function may run for 900.
func TestTrapE4(t *testing.T) {
	server := record(t, nil)
	client := newClient(t, testConfig(server.URL))
	var idle, enabled int
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) {
		raw, err := info.Conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Error(err)
			return
		}
		raw.Control(func(fd uintptr) {
			enabled, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
			idle, _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
		})
	}})
	if _, err := client.Invoke(ctx, &vialambda.Invocation{Function: "f"}); err != nil {
		t.Fatal(err)
	}
	if enabled == 0 || idle <= 0 || idle > 120 {
		t.Errorf("keep-alive %d, first probe after %d s", enabled, idle)
	}
}
