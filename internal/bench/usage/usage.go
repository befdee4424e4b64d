// Package usage tells what this process has used.
package usage

import (
	"runtime"
	"syscall"
	"time"
)

// Usage is what the process has used since it was started, or between two
// moments.
type Usage struct {
	Wall    time.Duration
	CPU     time.Duration // user and system
	Mallocs uint64
	Bytes   uint64 // allocated

	at time.Time
}

// Begin starts a measurement. It and Since read the same counters in opposite
// orders, so that reading the memory's, which is slow, is outside of what is
// measured.
func Begin() Usage {
	var u Usage
	u.readMemory()
	u.CPU, u.at = CPU(), time.Now()
	return u
}

// Since ends a measurement.
func Since(began Usage) Usage {
	u := Usage{at: time.Now(), CPU: CPU()}
	u.readMemory()
	return Usage{
		Wall:    u.at.Sub(began.at),
		CPU:     u.CPU - began.CPU,
		Mallocs: u.Mallocs - began.Mallocs,
		Bytes:   u.Bytes - began.Bytes,
	}
}

// CPU returns what this process has used, user and system. The kernel counts in
// nanoseconds and tells microseconds.
func CPU() time.Duration {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		panic(err) // it cannot fail on a process that asks for itself
	}
	return time.Duration(self.Utime.Nano() + self.Stime.Nano())
}

func (u *Usage) readMemory() {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	u.Mallocs, u.Bytes = memory.Mallocs, memory.TotalAlloc
}
