package locallambda

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// setProcAttr makes cmd the leader of a process group of its own that the kernel
// kills if the thread that starts it ends.
func setProcAttr(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return nil
}

// signalGroup signals every process in the group of pid.
func signalGroup(pid int, signal syscall.Signal) { syscall.Kill(-pid, signal) } //nolint:errcheck // nobody is left to signal

// reap waits for cmd to end, kills what is left of its group and collects it. In
// this order: until it is collected neither its id nor its group's can be given
// to another process.
func reap(cmd *exec.Cmd, killGroup func()) {
	for unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil) == unix.EINTR {
	}
	killGroup()
	cmd.Wait() //nolint:errcheck // cmd.ProcessState tells
}

// peakMemory is the peak resident size of a living process, in MB.
func peakMemory(pid int) int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	line, _, _ := bytes.Cut(rest, []byte(" kB"))
	kib, _ := strconv.Atoi(string(bytes.TrimSpace(line))) // 0 means unknown
	return kib >> 10
}

// exitMemory is the peak resident size of a process that has ended, in MB.
func exitMemory(state *os.ProcessState) int {
	if usage, ok := state.SysUsage().(*syscall.Rusage); ok {
		return int(usage.Maxrss >> 10)
	}
	return 0
}

func inode(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return stat.Ino
	}
	return 0
}
