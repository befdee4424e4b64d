package vialambda_test

import (
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

func TestReport(t *testing.T) {
	const ms = time.Millisecond
	for _, tc := range []struct {
		name, log string
		want      vialambda.Report
		cold      bool
	}{
		{
			"warm", "END RequestId: x\nREPORT RequestId: x\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n",
			vialambda.Report{Duration: 3010 * time.Microsecond, Billed: 4 * ms, MemoryMB: 128, MaxMemoryMB: 36}, false,
		},
		{
			"traced", "REPORT RequestId: x\tDuration: 3.00 ms\tInit Duration: 110.00 ms\t\nXRAY TraceId: 1-5\tSegmentId: 6\tSampled: true\t\n",
			vialambda.Report{Duration: 3 * ms, Init: 110 * ms}, true,
		},
		{
			"SnapStart", "REPORT RequestId: x\tDuration: 3.00 ms\tRestore Duration: 400.00 ms\tBilled Restore Duration: 100 ms\t\n",
			vialambda.Report{Duration: 3 * ms, Restore: 400 * ms}, true,
		},
		{
			"out of time", "REPORT RequestId: x\tDuration: 3000.00 ms\tStatus: timeout\n",
			vialambda.Report{Duration: 3000 * ms, Status: "timeout"}, false,
		},
		{
			"JSON", `{"time":"2026-01-01T00:00:00.000Z","type":"platform.report","record":{"requestId":"x","metrics":{"durationMs":1.5,"billedDurationMs":2,"memorySizeMB":128,"maxMemoryUsedMB":67,"initDurationMs":111.5},"status":"success"}}` + "\n",
			vialambda.Report{Duration: 1500 * time.Microsecond, Billed: 2 * ms, Init: 111500 * time.Microsecond, MemoryMB: 128, MaxMemoryMB: 67, Status: "success"}, true,
		},
		{
			"the last of several", "REPORT RequestId: x\tDuration: 1.00 ms\nREPORT RequestId: y\tDuration: 2.00 ms\n",
			vialambda.Report{Duration: 2 * ms}, false,
		},
		{
			"what is no number", "REPORT RequestId: x\tDuration: NaN ms\tBilled Duration: -1 ms\tMemory Size: 128 GB\n",
			vialambda.Report{}, false,
		},
	} {
		info := vialambda.Info{LogTail: []byte(tc.log)}
		got, ok := info.Report()
		if !ok || got != tc.want || got.Cold() != tc.cold {
			t.Errorf("%s: %+v, cold %t, found %t, want %+v", tc.name, got, got.Cold(), ok, tc.want)
		}
	}
	for _, log := range []string{"", "\n\n", "about platform.report\n", `{"type":"platform.report","record":` + "\n", "REPORT\n", `{"type":"platform.runtimeDone","record":{"status":"not the platform.report"}}` + "\n"} {
		if got, ok := (&vialambda.Info{LogTail: []byte(log)}).Report(); ok {
			t.Errorf("%q is a report: %+v", log, got)
		}
	}
}
