//go:build unix && !linux

package locallambda

import (
	"io/fs"
	"os"
	"os/exec"
	"syscall"
)

// setProcAttr makes cmd the leader of a process group of its own. Nothing ends it
// when this process is killed: it does so itself at its next request for work.
func setProcAttr(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return nil
}

// signalGroup signals every process in the group of pid.
func signalGroup(pid int, signal syscall.Signal) { syscall.Kill(-pid, signal) } //nolint:errcheck // nobody is left to signal

// reap waits for cmd to end, collects it and kills what is left of its group, by
// a number that could, in the moment between, have become another group's.
func reap(cmd *exec.Cmd, killGroup func()) {
	cmd.Wait() //nolint:errcheck // cmd.ProcessState tells
	killGroup()
}

// peakMemory is the peak resident size of a living process, in MB; 0: unknown.
func peakMemory(int) int { return 0 }

// exitMemory is the same of a process that has ended.
func exitMemory(*os.ProcessState) int { return 0 }

func inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Ino)
	}
	return 0
}
