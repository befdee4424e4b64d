package vialambda

import (
	"strconv"
	"strings"
	"time"
)

// Report is the REPORT line that ends the log of an invocation
// (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html).
type Report struct {
	// Duration is how long the function ran, Billed what is charged for.
	Duration, Billed time.Duration
	// Init is how long a cold start took; 0 if the function was warm.
	Init time.Duration
	// MemoryMB is what the function has, MaxMemoryMB the most that it used.
	MemoryMB, MaxMemoryMB int
}

// Cold reports whether the invocation started a new environment.
func (r Report) Cold() bool { return r.Init > 0 }

// Report returns the REPORT line of i's LogTail; false if there is none.
func (i *Info) Report() (Report, bool) {
	log := string(i.LogTail)
	at := strings.LastIndex(log, "REPORT RequestId:")
	if at < 0 {
		return Report{}, false
	}
	line, _, _ := strings.Cut(log[at:], "\n")
	var r Report
	for field := range strings.SplitSeq(line, "\t") {
		name, value, ok := strings.Cut(field, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "Duration":
			r.Duration = milliseconds(value)
		case "Billed Duration":
			r.Billed = milliseconds(value)
		case "Init Duration":
			r.Init = milliseconds(value)
		case "Memory Size":
			r.MemoryMB = megabytes(value)
		case "Max Memory Used":
			r.MaxMemoryMB = megabytes(value)
		}
	}
	return r, true
}

func milliseconds(s string) time.Duration {
	ms, err := strconv.ParseFloat(strings.TrimSuffix(s, " ms"), 64)
	if err != nil || !(ms >= 0 && ms < 1e12) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func megabytes(s string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(s, " MB"))
	return max(n, 0)
}
