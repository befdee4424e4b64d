package report

import (
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/bench/harness"
)

func TestHops(t *testing.T) {
	r := &harness.Results{Hops: []harness.Hop{
		{Name: "bare hop/100", Median: []time.Duration{70e3, 80e3, 75e3}, Allocs: []float64{60, 60, 60}},
		{Name: "Command stream=false/100", Median: []time.Duration{90e3, 91e3, 89e3}, Allocs: []float64{81, 81, 82}},
	}}
	got := hops(r)
	if want := "| 100 bytes        |    75 µs |   90 µs |   1.20 |                 – |      – |          81 |"; !strings.Contains(got, want) {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
