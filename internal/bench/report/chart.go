package report

import (
	"bytes"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// The chart's measures.
const (
	chartWidth  = 11 * vg.Inch
	chartHeight = 8.5 * vg.Inch
)

// drawChart writes the chart: what each case costs beside the hand-written call, and
// how cost grows with the calls in flight.
func drawChart(file string, r *harness.Results) error {
	panels := [][]*plot.Plot{
		{bars(r), curve("client CPU per call, small GET", "µs", r, cpuOf)},
		{curve("heap and stacks while all calls wait", "MiB", r, memoryOf), curve("connections opened, first wave and later ones", "", r, openedOf)},
	}
	canvas := vgsvg.New(chartWidth, chartHeight)
	surface := draw.New(canvas)
	surface.SetColor(color.White)
	surface.Fill(surface.Path())
	tiles := draw.Tiles{
		Rows: 2, Cols: 2,
		PadX: vg.Points(24), PadY: vg.Points(24),
		PadTop: vg.Points(12), PadBottom: vg.Points(12), PadLeft: vg.Points(12), PadRight: vg.Points(16),
	}
	for y, row := range plot.Align(panels, tiles, surface) {
		for x, tile := range row {
			panels[y][x].Draw(tile)
		}
	}
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return err
	}
	// The letters are placed by Liberation Sans, which has Arial's widths.
	svg := bytes.ReplaceAll(out.Bytes(), []byte("font-family:Liberation Sans"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif"))
	return os.WriteFile(file, svg, 0o644) //nolint:gosec // documentation
}

// colour is a contender's own throughout the chart; a palette that people with
// impaired colour vision can tell apart (Okabe and Ito).
func colour(contender string) color.Color {
	switch contender {
	case client.Plain:
		return color.RGBA{0x88, 0x88, 0x88, 0xff}
	case client.Signed:
		return color.RGBA{0x56, 0xb4, 0xe9, 0xff}
	case client.HandWritten:
		return color.RGBA{0xd5, 0x5e, 0x00, 0xff}
	case client.DefaultPool:
		return color.RGBA{0xcc, 0x79, 0xa7, 0xff}
	case client.FromSDK:
		return color.RGBA{0xe6, 0x9f, 0x00, 0xff}
	case client.Vialambda:
		return color.RGBA{0x00, 0x72, 0xb2, 0xff}
	}
	return color.Black
}

// panel is an empty plot in the chart's style.
func panel(name, unit string) *plot.Plot {
	p := plot.New()
	p.Title.Text = name
	p.Title.Padding = vg.Points(8)
	p.Y.Label.Text = unit
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.Padding = vg.Points(2)
	p.Legend.ThumbnailWidth = vg.Points(16)
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(8), vg.Points(-4)
	for _, style := range []*draw.TextStyle{
		&p.Title.TextStyle, &p.X.Label.TextStyle, &p.Y.Label.TextStyle,
		&p.X.Tick.Label, &p.Y.Tick.Label, &p.Legend.TextStyle,
	} {
		style.Font.Variant = "Sans"
		style.Font.Size = font.Points(10)
	}
	p.Title.TextStyle.Font.Size = font.Points(12)
	return p
}

// bars compares the cases at one call in flight; the hand-written call is 1.
func bars(r *harness.Results) *plot.Plot {
	p := panel("client CPU per call, one in flight", "hand-written call = 1")
	p.Add(grid(false))
	const width = 9
	names := []string{workload.Small, workload.JSON100K, workload.Up4M, workload.Down4M, workload.Down5M}
	labels := []string{"small GET", "100 KiB JSON", "4 MiB up", "4 MiB down", "5 MiB JSON"}
	contenders := []string{client.HandWritten, client.FromSDK, client.Vialambda, client.Signed, client.Plain}
	for i, contender := range contenders {
		var heights plotter.Values
		for _, name := range names {
			heights = append(heights, toHandWritten(r, name, contender))
		}
		chart, err := plotter.NewBarChart(heights, vg.Points(width))
		if err != nil {
			continue // no values: nothing to draw
		}
		chart.Color = colour(contender)
		chart.LineStyle.Width = 0
		chart.Offset = vg.Points(width * (float64(i) - float64(len(contenders)-1)/2))
		p.Add(chart)
		p.Legend.Add(contender, chart)
	}
	p.NominalX(labels...)
	p.X.Min, p.X.Max = -0.5, float64(len(labels))-0.5
	p.X.Tick.Label.Font.Size = font.Points(9)
	p.Y.Min, p.Y.Max = 0, 1.75 // the legend has the room above 1
	p.Y.Tick.Marker = plot.ConstantTicks{{Value: 0, Label: "0"}, {Value: 0.5, Label: "0.5"}, {Value: 1, Label: "1"}, {Value: 1.5, Label: "1.5"}}
	return p
}

// toHandWritten is 0, no bar, where there is no figure.
func toHandWritten(r *harness.Results, name, contender string) float64 {
	over, under := r.Cell(name, false, 1, contender), r.Cell(name, false, 1, client.HandWritten)
	if over == nil || under == nil {
		return 0
	}
	return stats.Median(stats.Ratios(over.CPU(), under.CPU()))
}

// curve draws what of makes of the points against the calls in flight, both
// axes logarithmic.
func curve(name, unit string, r *harness.Results, of func(harness.ScalePoint) float64) *plot.Plot {
	p := panel(name, unit)
	p.X.Label.Text = "calls in flight"
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
	p.Add(grid(true))
	low, high := 0.0, 0.0
	for _, contender := range []string{client.DefaultPool, client.HandWritten, client.FromSDK, client.Vialambda, client.Plain} {
		var points plotter.XYs
		for _, s := range r.Scale {
			if y := of(s); s.Contender == contender && s.Error == "" && y > 0 {
				points = append(points, plotter.XY{X: float64(s.InFlight), Y: y})
				high = max(high, y)
				if low == 0 || y < low {
					low = y
				}
			}
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			continue // no points: nothing to draw
		}
		line.Color, dots.Color = colour(contender), colour(contender)
		line.Width = vg.Points(1.6)
		dots.Shape, dots.Radius = draw.CircleGlyph{}, vg.Points(2.4)
		if contender == client.Plain {
			line.Dashes = []vg.Length{vg.Points(4), vg.Points(3)}
		}
		p.Add(line, dots)
		p.Legend.Add(contender, line, dots)
	}
	if low > 0 {
		p.X.Min, p.X.Max = 1, float64(mostInFlight(r.Scale))
		p.Y.Min, p.Y.Max = decade(low, false), decade(2*high, true) // the legend has the room above
	}
	return p
}

func mostInFlight(points []harness.ScalePoint) int {
	most := 0
	for _, p := range points {
		most = max(most, p.InFlight)
	}
	return most
}

func grid(vertical bool) *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal.Color = color.Gray{0xdd}
	g.Vertical.Color = color.Gray{0xdd}
	if !vertical {
		g.Vertical.Width = 0
	}
	return g
}

func cpuOf(p harness.ScalePoint) float64 { return float64(p.CPU) / 1e3 }

func memoryOf(p harness.ScalePoint) float64 {
	return float64(p.Waiting.Heap+p.Waiting.Stack) / (1 << 20)
}

func openedOf(p harness.ScalePoint) float64 { return float64(p.Connections + p.Later) }
