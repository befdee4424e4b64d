package conformance

import "syscall"

// killedWithParent lets the kernel kill a server whose test was killed.
func killedWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
