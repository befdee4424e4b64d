package harness

import (
	"slices"
	"testing"
	"time"
)

func TestParseHops(t *testing.T) {
	const out = "goos: linux\n" +
		"BenchmarkCommand/bare_hop/100-2         \t   15000\t     72000 ns/op\t     70100 p50-ns\t    5000 B/op\t      60 allocs/op\n" +
		"BenchmarkCommand/bare_hop/100-2         \t   15000\t     74000 ns/op\t     71000 p50-ns\t    5000 B/op\t      60 allocs/op\n" +
		"BenchmarkCommand/Command_stream=false/100-2 \t   13000\t     90000 ns/op\t     85000.5 p50-ns\t    6000 B/op\t      81 allocs/op\n" +
		"PASS\n"
	hops, err := parseHops(out)
	if err != nil || len(hops) != 2 {
		t.Fatalf("%v, %v", hops, err)
	}
	if h := hops[0]; h.Name != "bare hop/100" || !slices.Equal(h.Median, []time.Duration{70100, 71000}) || h.Allocs[1] != 60 {
		t.Errorf("%+v", h)
	}
	if h := hops[1]; h.Name != "Command stream=false/100" || h.Median[0] != 85000 || h.Allocs[0] != 81 {
		t.Errorf("%+v", h)
	}
	if _, err := parseHops("BenchmarkCommand/x-2\t1\t2 ns/op\n"); err == nil {
		t.Error("a line without the median is no error")
	}
}
