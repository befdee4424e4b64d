package harness

import "time"

// Results is all that a run has found.
type Results struct {
	Started, Finished time.Time
	Machine           Machine
	Load              string // of the machine before the run: /proc/loadavg; "" if unknown
	Groups            []GroupResult
	Scale             []ScalePoint
	Gateway           []GatewayResult
	Hops              []Hop
	Codec             []Codec
	// Start is how long `vialambda --version` takes, from fork to exit, once
	// for each of Plan.Starts.
	Start []time.Duration
}

// Cell returns what contender has done, nil if it was not measured.
func (r *Results) Cell(name string, useTLS bool, inFlight int, contender string) *Cell {
	for i := range r.Groups {
		g := &r.Groups[i]
		if g.Case != name || g.TLS != useTLS || g.InFlight != inFlight {
			continue
		}
		for j := range g.Cells {
			if g.Cells[j].Contender == contender {
				return &g.Cells[j]
			}
		}
	}
	return nil
}

// CPU returns the CPU time of a call, in nanoseconds, once for each round.
func (c *Cell) CPU() []float64 {
	return c.each(func(r Round) float64 { return float64(r.CPU) / float64(r.Calls) })
}

// Allocs returns the allocations of a call, once for each round.
func (c *Cell) Allocs() []float64 {
	return c.each(func(r Round) float64 { return float64(r.Mallocs) / float64(r.Calls) })
}

// Bytes returns the bytes allocated by a call, once for each round.
func (c *Cell) Bytes() []float64 {
	return c.each(func(r Round) float64 { return float64(r.Bytes) / float64(r.Calls) })
}

// Rate returns calls per second, once for each round.
func (c *Cell) Rate() []float64 {
	return c.each(func(r Round) float64 { return float64(r.Calls) / r.Wall.Seconds() })
}

// Wave returns how long as many calls as are in flight take, in nanoseconds,
// once for each round.
func (c *Cell) Wave(inFlight int) []float64 {
	return c.each(func(r Round) float64 { return float64(r.Wall) * float64(inFlight) / float64(r.Calls) })
}

// Quantile returns what of picks of each round's latencies, in nanoseconds.
func (c *Cell) Quantile(of func(Round) time.Duration) []float64 {
	return c.each(func(r Round) float64 { return float64(of(r)) })
}

// Failed returns how many calls failed, and what the first of them said.
func (c *Cell) Failed() (calls int, first string) {
	for _, r := range c.Rounds {
		calls += r.Failed
		if first == "" {
			first = r.FirstError
		}
	}
	return calls, first
}

// Opened returns how many connections and TLS handshakes all rounds have made,
// the warm-up not counted.
func (c *Cell) Opened() (connections, handshakes int64) {
	for _, r := range c.Rounds {
		connections += r.Connections
		handshakes += r.Handshakes
	}
	return connections, handshakes
}

func (c *Cell) each(of func(Round) float64) []float64 {
	values := make([]float64, len(c.Rounds))
	for i, r := range c.Rounds {
		values[i] = of(r)
	}
	return values
}
