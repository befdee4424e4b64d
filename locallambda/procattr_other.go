//go:build !unix

package locallambda

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// setProcAttr refuses: there is no process group to kill.
func setProcAttr(*exec.Cmd) error {
	return fmt.Errorf("functions as processes need Linux, macOS or another Unix, not %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func signalGroup(int, syscall.Signal) {}

func reap(*exec.Cmd, func()) {}

func peakMemory(int) int { return 0 }

func exitMemory(*os.ProcessState) int { return 0 }

func inode(fs.FileInfo) uint64 { return 0 }
