package main

import (
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// TestTimingReport: what Lambda's REPORT line says of the function.
func TestTimingReport(t *testing.T) {
	const report = "REPORT RequestId: 1\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t"
	for _, tc := range []struct{ name, log, want string }{
		{"warm", report, "function     12.500 ms, billed 13ms, 60 of 128 MB\n"},
		{"cold", report + "Init Duration: 250.00 ms\t", "128 MB, cold start 250ms\n"},
		{"SnapStart", report + "Restore Duration: 90.00 ms\t", "128 MB, restored from a snapshot in 90ms\n"},
		{"timeout", report + "Status: timeout\t", "128 MB, status timeout\n"},
		{"none", "no report", " bytes\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var out strings.Builder
			showTiming(&out, &vialambda.Info{LogTail: []byte(tc.log + "\n")})
			if !strings.HasSuffix(out.String(), tc.want) {
				t.Errorf("got %q, want it to end in %q", out.String(), tc.want)
			}
		})
	}
}
