package report

import (
	"math"

	"gonum.org/v1/plot"
)

// decades marks 1, 10, 100 … with a label, and 2 and 5 times these without.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(low, high float64) []plot.Tick {
	var ticks []plot.Tick
	for power := math.Floor(math.Log10(low)); power <= math.Ceil(math.Log10(high)); power++ {
		unit := math.Pow(10, power)
		for _, factor := range []float64{1, 2, 5} {
			value := unit * factor
			if value < low*0.999 || value > high*1.001 {
				continue
			}
			tick := plot.Tick{Value: value}
			if factor == 1 || high/low < 100 {
				tick.Label = decimal(value)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// decade rounds v, which is positive, to 1, 2 or 5 times a power of ten.
func decade(v float64, up bool) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	steps := []float64{1, 2, 5, 10}
	if up {
		for _, step := range steps {
			if v <= unit*step*1.0001 {
				return unit * step
			}
		}
	}
	floor := unit
	for _, step := range steps {
		if unit*step <= v*1.0001 {
			floor = unit * step
		}
	}
	return floor
}
