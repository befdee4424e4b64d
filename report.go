package vialambda

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// Report is the line with which Lambda ends the log of an invocation: REPORT, or,
// of a function that logs JSON, platform.report
// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
type Report struct {
	// Duration is how long the function ran, Billed what is charged for.
	Duration, Billed time.Duration
	// Init is how long a cold start took, Restore how long it took to start from
	// a SnapStart snapshot; both are 0 if the function was warm.
	Init, Restore time.Duration
	// MemoryMB is what the function has, MaxMemoryMB the most that it used.
	MemoryMB, MaxMemoryMB int
	// Status is how the invocation ended if the line says so: "timeout",
	// "error", "success".
	Status string
}

// Cold reports whether the invocation started a new environment.
func (r Report) Cold() bool { return r.Init > 0 || r.Restore > 0 }

// Report returns the last report of i's LogTail; false if there is none.
func (i *Info) Report() (Report, bool) {
	for log := i.LogTail; len(log) > 0; {
		at := bytes.LastIndexByte(log, '\n')
		line := log[at+1:]
		log = log[:max(at, 0)]
		if at := bytes.LastIndex(line, []byte("REPORT RequestId:")); at >= 0 {
			return textReport(string(line[at:])), true
		}
		if bytes.Contains(line, []byte("platform.report")) {
			if r, ok := jsonReport(line); ok {
				return r, true
			}
		}
	}
	return Report{}, false
}

func textReport(line string) Report {
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
		case "Restore Duration":
			r.Restore = milliseconds(value)
		case "Memory Size":
			r.MemoryMB = megabytes(value)
		case "Max Memory Used":
			r.MaxMemoryMB = megabytes(value)
		case "Status":
			r.Status = value
		}
	}
	return r
}

func jsonReport(line []byte) (Report, bool) {
	var event struct {
		Type   string `json:"type"`
		Record struct {
			Status  string `json:"status"`
			Metrics struct {
				Duration  float64 `json:"durationMs"`
				Billed    float64 `json:"billedDurationMs"`
				Init      float64 `json:"initDurationMs"`
				Restore   float64 `json:"restoreDurationMs"`
				Memory    int     `json:"memorySizeMB"`
				MaxMemory int     `json:"maxMemoryUsedMB"`
			} `json:"metrics"`
		} `json:"record"`
	}
	if json.Unmarshal(line, &event) != nil || event.Type != "platform.report" {
		return Report{}, false
	}
	m := &event.Record.Metrics
	return Report{
		Duration: fromMilliseconds(m.Duration), Billed: fromMilliseconds(m.Billed),
		Init: fromMilliseconds(m.Init), Restore: fromMilliseconds(m.Restore),
		MemoryMB: max(m.Memory, 0), MaxMemoryMB: max(m.MaxMemory, 0),
		Status: event.Record.Status,
	}, true
}

func milliseconds(s string) time.Duration {
	ms, err := strconv.ParseFloat(strings.TrimSuffix(s, " ms"), 64)
	if err != nil {
		return 0
	}
	return fromMilliseconds(ms)
}

func fromMilliseconds(ms float64) time.Duration {
	if !(ms >= 0 && ms < 1e12) {
		return 0
	}
	return time.Duration(ms * float64(time.Millisecond))
}

func megabytes(s string) int {
	n, _ := strconv.Atoi(strings.TrimSuffix(s, " MB"))
	return max(n, 0)
}
