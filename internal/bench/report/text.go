// Package report makes of a run's figures what people read: tables, a chart and
// a comparison with the project's targets.
package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// table is written as Markdown and, its columns padded, reads well as text too.
type table [][]string

func (t *table) row(cells ...string) { *t = append(*t, cells) }

// String returns t with its first row as header. The first text columns are
// aligned to the left, figures to the right.
func (t table) String() string {
	widths := make([]int, len(t[0]))
	for _, row := range t {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var b strings.Builder
	for n, row := range t {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-len([]rune(cell)))
			if i == 0 {
				b.WriteString("| " + cell + pad)
			} else {
				b.WriteString(" | " + pad + cell)
			}
		}
		b.WriteString(" |\n")
		if n == 0 {
			for i, width := range widths {
				if i == 0 {
					b.WriteString("|" + strings.Repeat("-", width+2))
				} else {
					b.WriteString("|" + strings.Repeat("-", width+1) + ":")
				}
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

// decimal writes v with about three significant digits.
func decimal(v float64) string {
	switch {
	case v == float64(int64(v)):
		return commas(int64(v))
	case v >= 99.5 || v <= -99.5:
		return commas(int64(math.Round(v)))
	case v >= 9.95 || v <= -9.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case v > -0.9995 && v < 0.9995:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// commas writes n with thousands separated.
func commas(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// duration writes nanoseconds in the unit that suits them.
func duration(ns float64) string {
	switch {
	case ns < 0:
		return "-" + duration(-ns)
	case ns < 1e3:
		return decimal(ns) + " ns"
	case ns < 1e6:
		return decimal(ns/1e3) + " µs"
	case ns < 1e9:
		return decimal(ns/1e6) + " ms"
	}
	return decimal(ns/1e9) + " s"
}

// size writes bytes in the unit that suits them.
func size(bytes float64) string {
	switch {
	case bytes < 1<<10:
		return decimal(bytes) + " B"
	case bytes < 1<<20:
		return decimal(bytes/(1<<10)) + " KiB"
	case bytes < 1<<30:
		return decimal(bytes/(1<<20)) + " MiB"
	}
	return decimal(bytes/(1<<30)) + " GiB"
}

func percent(part float64) string { return fmt.Sprintf("%.0f %%", part*100) }

func since(d time.Duration) string { return d.Round(time.Second).String() }
