//go:build !linux

package conformance

import "syscall"

func killedWithParent() *syscall.SysProcAttr { return nil }
