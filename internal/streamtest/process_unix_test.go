//go:build unix

package streamtest_test

import (
	"context"
	"io"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// process is a Command that runs this test binary as a function.
func process(t testing.TB, size int64) *locallambda.Command {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &locallambda.Command{
		Args:           []string{program},
		Env:            []string{processMode + "=" + strconv.FormatInt(size, 10), "GORACE=atexit_sleep_ms=0"},
		Timeout:        time.Minute,
		MaxConcurrency: 1,
	}
	t.Cleanup(func() { c.Close(context.Background()) })
	return c
}

// growthOf is how much the heap of a process grew in the invocation before.
func growthOf(t testing.TB, rt *vialambda.Transport) int64 {
	t.Helper()
	resp, err := send(t.Context(), rt, "GET", "http+lambda://bytes/")
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	growth, err := strconv.ParseInt(resp.Header.Get("X-Heap-Growth"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return growth
}

// TestHeapOfAProcess has the function in a process of its own: its heap and that
// of client and API, in this one, each grow by less than maxGrowth.
func TestHeapOfAProcess(t *testing.T) {
	const size = 32 << 20
	url, _ := serve(t, locallambda.Functions{"bytes": process(t, size)})
	rt := transport(client(t, url, false), vialambda.Stream)
	ours := drain(t, rt, size)
	theirs := growthOf(t, rt)
	t.Logf("%d MiB: the heap of client and API grew by %.1f MiB, that of the function by %.1f MiB",
		size>>20, float64(ours)/(1<<20), float64(theirs)/(1<<20))
	if ours > maxGrowth || theirs > maxGrowth || theirs <= 0 {
		t.Errorf("the heaps grew by %d and %d bytes, allowed are %d", ours, theirs, maxGrowth)
	}
}

// BenchmarkProcess200MB is BenchmarkStream200MB with the function in a process of
// its own.
func BenchmarkProcess200MB(b *testing.B) {
	const size = 200<<20 - 1<<10 // beside the metadata
	url, _ := serve(b, locallambda.Functions{"bytes": process(b, size)})
	rt := transport(client(b, url, false), vialambda.Stream)
	b.SetBytes(size)
	var ours int64
	for b.Loop() {
		ours = max(ours, drain(b, rt, size))
	}
	theirs := growthOf(b, rt)
	b.ReportMetric(float64(ours)/(1<<20), "MiB-heap")
	b.ReportMetric(float64(theirs)/(1<<20), "MiB-function-heap")
	if max(ours, theirs) > maxGrowth {
		b.Errorf("the heaps grew by %d and %d bytes, allowed are %d", ours, theirs, maxGrowth)
	}
}
