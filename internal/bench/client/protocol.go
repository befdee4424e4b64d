// Package client is the measured process: one contender, one case, one number
// of calls in flight. The harness tells it, line by line, what to do; what it
// uses meanwhile is what the contender costs, for nothing else runs in it.
package client

import (
	"net/http"
	"time"

	"github.com/vialambda/vialambda/internal/bench/stats"
)

// Spec is the first line that the harness writes, in JSON.
type Spec struct {
	Contender string
	Endpoint  string // URL of the stub

	// Function is the case's own function.
	Function     string
	Method, Path string
	Header       http.Header
	BodyFile     string // "": no body
	BodySHA      string // hex, of the request's body
	Answer       Sum    // of the body that the caller gets
	Payload      Sum    // of what the Invoke API answers, which the plain contenders do not look into
	Stream       bool

	// InFlight is how many calls are made at once.
	InFlight int
	// MemoryLimit is how much address space the process may use, in bytes;
	// 0 means no limit.
	MemoryLimit uint64
}

// Sum is what some bytes must be.
type Sum struct {
	SHA  string // SHA-256, hex
	Size int64
}

// Command is every further line. The client answers each with one Reply.
type Command struct {
	// Op is one of:
	//
	//	check    call once and compare what is sent and what is received
	//	warm     fill the connection pool: InFlight calls that wait for each other
	//	         (Python: that are made at once)
	//	round    make Calls calls, InFlight at a time, and measure
	//	barrier  make Calls calls, InFlight at a time, which wait for each other
	//	peak     collect garbage, make InFlight calls at once, watch the heap
	//	hold     start Calls calls that the stub holds back; do not wait for them
	//	memory   collect garbage and say how much is left
	//	join     wait for the calls that hold has started
	//	profile  like round; write cpu.pprof and allocs.pprof to Dir
	Op    string
	Calls int
	Dir   string
	Busy  time.Duration // of profile: how long a caller computes before each call
}

// Reply answers a Command.
type Reply struct {
	Error    string // "": none
	Measured Measured
	Memory   Memory
}

// Measured is what Calls calls have cost.
type Measured struct {
	Calls   int
	Wall    time.Duration
	CPU     time.Duration // user and system, of this process
	Mallocs uint64
	Bytes   uint64 // allocated
	Latency stats.Latency

	Failed     int    // calls that returned an error or a body of the wrong length
	FirstError string // "": none
}

// Memory is what the process holds.
type Memory struct {
	Heap  uint64 // objects, reachable or not yet swept; 0 if unknown
	Stack uint64 // of goroutines; 0 if unknown
	RSS   uint64 // as the kernel counts; 0 if unknown
}
