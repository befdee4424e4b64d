// Package stats has the little arithmetic that the benchmark needs.
package stats

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Number is what can be summarised.
type Number interface {
	~int | ~int64 | ~uint64 | ~float64
}

// Median returns the middle of values, of an even number of them the mean of
// the two in the middle; 0 of none. It does not modify values.
func Median[N Number](values []N) N {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return sorted[middle-1] + (sorted[middle]-sorted[middle-1])/2
}

// Spread returns half the distance between the smallest and the largest of
// values, as a part of the median: 0.1 reads "± 10 %". It is 0 if the median is.
func Spread[N Number](values []N) float64 {
	median := float64(Median(values))
	if median == 0 {
		return 0
	}
	return float64(slices.Max(values)-slices.Min(values)) / 2 / median
}

// Ratios returns over[i] / under[i] as far as both reach. Rounds that were
// measured next to each other are divided by each other, so that what slows the
// whole machine down for a while cancels out.
func Ratios[N Number](over, under []N) []float64 {
	ratios := make([]float64, 0, min(len(over), len(under)))
	for i := range min(len(over), len(under)) {
		if under[i] != 0 {
			ratios = append(ratios, float64(over[i])/float64(under[i]))
		}
	}
	return ratios
}

// Percentile returns the value that at least the part p of sorted, between 0
// and 1, does not exceed (nearest rank); 0 of none.
func Percentile[N cmp.Ordered](sorted []N, p float64) N {
	var none N
	if len(sorted) == 0 {
		return none
	}
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Latency says how long calls took.
type Latency struct{ P50, P99, P999, Max time.Duration }

// Latencies summarises durations and sorts them.
func Latencies(durations []time.Duration) Latency {
	slices.Sort(durations)
	return Latency{
		P50:  Percentile(durations, 0.50),
		P99:  Percentile(durations, 0.99),
		P999: Percentile(durations, 0.999),
		Max:  Percentile(durations, 1),
	}
}
