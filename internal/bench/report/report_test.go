package report

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// measured is a run in which plain costs 20 µs a call, the hand-written call
// 100 µs, and vialambda what the tests say. Every second round is twice as slow
// for all, as on a machine that is shared.
func measured(vialambda time.Duration) *harness.Results {
	cell := func(contender string, cpu time.Duration) harness.Cell {
		c := harness.Cell{Contender: contender, Peak: []uint64{5 << 20}}
		for round := range 4 {
			c.Rounds = append(c.Rounds, harness.Round{
				Measured: client.Measured{
					Calls: 10, Wall: time.Second, CPU: 10 * cpu * time.Duration(1+round%2), Mallocs: 1000, Bytes: 10 << 10,
				},
			})
		}
		return c
	}
	r := &harness.Results{Machine: harness.Machine{Cores: 2}}
	for _, inFlight := range []int{1, 1000} {
		r.Groups = append(r.Groups, harness.GroupResult{
			Group: harness.Group{Case: workload.Small, InFlight: inFlight},
			Cells: []harness.Cell{
				cell(client.Plain, 20*time.Microsecond),
				cell(client.HandWritten, 100*time.Microsecond),
				cell(client.Vialambda, vialambda),
			},
		})
	}
	for _, contender := range []string{client.Plain, client.Vialambda} {
		for _, inFlight := range []int{1, 10, 100} {
			p := harness.ScalePoint{
				Contender: contender, InFlight: inFlight, CPU: 30 * time.Microsecond, Connections: int64(inFlight),
				Idle: client.Memory{Heap: 1 << 20}, Waiting: client.Memory{Heap: uint64(1<<20 + 10<<10*inFlight), Stack: uint64(8 << 10 * inFlight)},
			}
			if contender == client.Vialambda {
				p.Waiting.Heap += uint64(7 << 10 * inFlight)
			}
			r.Scale = append(r.Scale, p)
		}
	}
	return r
}

func target(t *testing.T, r *harness.Results, figure string) Target {
	t.Helper()
	targets := Targets(r)
	i := slices.IndexFunc(targets, func(target Target) bool { return target.Figure == figure })
	if i < 0 {
		t.Fatalf("no target %q", figure)
	}
	return targets[i]
}

func TestTargets(t *testing.T) {
	for _, c := range []struct {
		vialambda time.Duration
		figure    string
		got       string
		want      Verdict
	}{
		{25 * time.Microsecond, "small GET, CPU per call ÷ plain POST", "1.25 ×", Met},
		{30 * time.Microsecond, "small GET, CPU per call ÷ plain POST", "1.50 ×", Unmet},
		{45 * time.Microsecond, "small GET, CPU per call ÷ hand-written", "0.450 ×", Met},
		{46 * time.Microsecond, "small GET, CPU per call ÷ hand-written", "0.460 ×", Unmet},
		{33 * time.Microsecond, "1,000 in flight, CPU per call ÷ plain POST", "1.65 ×", Met},
		{40 * time.Microsecond, "small GET, allocations", "100", Met},
		{40 * time.Microsecond, "1,000 in flight, connections opened after warm-up", "0", Met},
		{40 * time.Microsecond, "memory of a waiting call beyond net/http's, KiB", "7", Met},
		{40 * time.Microsecond, "4 MiB binary up, CPU ÷ hand-written", "–", NotMeasured},
		{40 * time.Microsecond, "vialambda --version, ms", "–", NotMeasured},
	} {
		got := target(t, measured(c.vialambda), c.figure)
		if got.Got != c.got || got.Verdict != c.want {
			t.Errorf("%s at %v: %s, %s; want %s, %s", c.figure, c.vialambda, got.Got, got.Verdict, c.got, c.want)
		}
	}
	r := measured(25 * time.Microsecond)
	r.Groups[1].Cells[2].Rounds[3].Connections = 2
	if got := target(t, r, "1,000 in flight, connections opened after warm-up"); got.Verdict != Unmet || got.Got != "2" {
		t.Errorf("two new connections: %+v", got)
	}
	if got := Missed(Targets(r)); got != 1 {
		t.Errorf("%d targets missed, want that one", got)
	}
	if got := Missed(Targets(&harness.Results{})); got != 0 {
		t.Errorf("%d targets missed of a run that has measured nothing", got)
	}
}

// TestWave tells a wave that takes as long as one call from one that does not.
func TestWave(t *testing.T) {
	waves := func(inFlight, calls int, wall time.Duration) harness.GroupResult {
		return harness.GroupResult{
			Group: harness.Group{Case: workload.Wait100ms, InFlight: inFlight},
			Cells: []harness.Cell{{Contender: client.Vialambda, Rounds: []harness.Round{{
				Measured: client.Measured{Calls: calls, Wall: wall, CPU: 300 * time.Millisecond}, StubCPU: 100 * time.Millisecond,
			}}}},
		}
	}
	r := &harness.Results{Machine: harness.Machine{Cores: 2}, Groups: []harness.GroupResult{
		waves(1, 10, time.Second), waves(10, 10, 110*time.Millisecond), waves(100, 100, 150*time.Millisecond),
		waves(1000, 1000, 330*time.Millisecond), // best: 100 ms + 400 ms of CPU on two cores
	}}
	for figure, want := range map[string]string{
		"100 ms function, 10 in flight ÷ one call":                                "1.10 ×",
		"100 ms function, 100 in flight ÷ one call":                               "1.50 ×",
		"100 ms function, 1,000 in flight ÷ (100 ms + CPU of both sides ÷ cores)": "1.10 ×",
	} {
		if got := target(t, r, figure); got.Got != want {
			t.Errorf("%s: %s, want %s", figure, got.Got, want)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, document)
	r := measured(25 * time.Microsecond)
	if err := Write(dir, r); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without a document: %v", err)
	}
	text := "Prose.\n"
	for name := range sections(r) {
		text += "<!-- generated: " + name + " -->\nold\n<!-- end of " + name + " -->\nMore prose.\n"
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var last string
	for range 2 { // the second time finds what the first has written
		if err := Write(dir, r); err != nil {
			t.Fatal(err)
		}
		written, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := string(written)
		if strings.Contains(got, "old") || strings.Count(got, "More prose.") != len(sections(r)) || !strings.HasPrefix(got, "Prose.\n") {
			t.Errorf("prose lost, or old figures kept:\n%s", got)
		}
		if !strings.Contains(got, "| vialambda ") {
			t.Errorf("no figures:\n%s", got)
		}
		if last != "" && last != got {
			t.Error("writing the same figures again changes the document")
		}
		last = got
	}
	checkSVG(t, filepath.Join(dir, picture))

	if err := os.WriteFile(file, []byte("Prose alone.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir, r); err == nil || !strings.Contains(err.Error(), "generated: ") {
		t.Errorf("a document without markers: %v", err)
	}
}

func checkSVG(t *testing.T, file string) {
	t.Helper()
	svg, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer svg.Close()
	decoder := xml.NewDecoder(svg)
	elements := make(map[string]int)
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements[token.Name.Local]++
		case xml.CharData:
			text.Write(token)
		}
	}
	if elements["path"] < 50 {
		t.Errorf("hardly anything is drawn: %v", elements)
	}
	for _, want := range []string{"calls in flight", client.Vialambda, client.Plain, "hand-written call = 1"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the chart does not say %q", want)
		}
	}
}

func TestTable(t *testing.T) {
	table := table{{"what", "µs"}}
	table.row("é", "1,000")
	want := "" +
		"| what |    µs |\n" +
		"|------|------:|\n" +
		"| é    | 1,000 |\n"
	if got := table.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestUnits(t *testing.T) {
	for got, want := range map[string]string{
		decimal(0):        "0",
		decimal(0.4567):   "0.457",
		decimal(9.949):    "9.95",
		decimal(12.34):    "12.3",
		decimal(123.6):    "124",
		decimal(1234567):  "1,234,567",
		decimal(-1234.4):  "-1,234",
		commas(-123):      "-123",
		duration(999):     "999 ns",
		duration(1500):    "1.50 µs",
		duration(2.5e6):   "2.50 ms",
		duration(61.25e9): "61.2 s",
		size(512):         "512 B",
		size(1536):        "1.50 KiB",
		size(5 << 20):     "5 MiB",
		size(3 << 30):     "3 GiB",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestDecade(t *testing.T) {
	for _, c := range []struct {
		v        float64
		down, up float64
	}{{1, 1, 1}, {3, 2, 5}, {7, 5, 10}, {42, 20, 50}, {0.3, 0.2, 0.5}, {900, 500, 1000}} {
		if down, up := decade(c.v, false), decade(c.v, true); !near(down, c.down) || !near(up, c.up) {
			t.Errorf("decade(%v) = %v and %v, want %v and %v", c.v, down, up, c.down, c.up)
		}
	}
}

func near(a, b float64) bool { return a > b*0.999 && a < b*1.001 }
