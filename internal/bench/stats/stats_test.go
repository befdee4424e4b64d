package stats

import (
	"slices"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{7}, 7},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{100, 1, 1, 1, 1}, 1},
	} {
		before := slices.Clone(c.values)
		if got := Median(c.values); got != c.want {
			t.Errorf("Median(%v) = %v, want %v", c.values, got, c.want)
		}
		if !slices.Equal(before, c.values) {
			t.Errorf("Median has changed %v to %v", before, c.values)
		}
	}
	if got := Median([]uint64{1 << 63, 1<<63 + 4}); got != 1<<63+2 {
		t.Errorf("the median of large numbers is %d: it has overflowed", got)
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0},
		{[]float64{5, 5, 5}, 0},
		{[]float64{8, 10, 12}, 0.2},
		{[]float64{0, 0, 9}, 0}, // of a median of 0
	} {
		if got := Spread(c.values); got != c.want {
			t.Errorf("Spread(%v) = %v, want %v", c.values, got, c.want)
		}
	}
}

func TestRatios(t *testing.T) {
	got := Ratios([]int{10, 30, 9}, []int{5, 10, 0, 1})
	if want := []float64{2, 3}; !slices.Equal(got, want) {
		t.Errorf("Ratios = %v, want %v: pair by pair, without divisions by zero", got, want)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = i + 1
	}
	for _, c := range []struct {
		sorted []int
		p      float64
		want   int
	}{
		{nil, 0.5, 0},
		{[]int{3}, 0.999, 3},
		{hundred, 0, 1},
		{hundred, 0.5, 50},
		{hundred, 0.99, 99},
		{hundred, 0.991, 100},
		{hundred, 1, 100},
	} {
		if got := Percentile(c.sorted, c.p); got != c.want {
			t.Errorf("Percentile of %d values, %v: %d, want %d", len(c.sorted), c.p, got, c.want)
		}
	}
}

func TestLatencies(t *testing.T) {
	got := Latencies([]time.Duration{40, 10, 30, 20})
	if want := (Latency{P50: 20, P99: 40, P999: 40, Max: 40}); got != want {
		t.Errorf("Latencies = %+v, want %+v", got, want)
	}
}
