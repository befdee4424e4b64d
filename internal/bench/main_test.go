package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/report"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// TestMain lets this binary be the processes that run starts, as bench itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"stub", "proxy", "client", "codec"}, os.Args[1]) {
		if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	os.Exit(m.Run())
}

func testHarness(t *testing.T) *harness.Harness {
	t.Helper()
	h, err := newHarness(testLog{t})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type testLog struct{ t *testing.T }

func (l testLog) Write(line []byte) (int, error) {
	l.t.Log(strings.TrimSuffix(string(line), "\n"))
	return len(line), nil
}

var everyone = []string{client.Plain, client.Signed, client.HandWritten, client.DefaultPool, client.Vialambda, client.FromSDK}

func group(name string, useTLS bool, inFlight, calls int, contenders ...string) harness.Group {
	g := harness.Group{Case: name, TLS: useTLS, InFlight: inFlight, Rounds: 2, Peaks: 1, Order: contenders, Calls: make(map[string]int)}
	for _, contender := range contenders {
		g.Calls[contender] = calls
	}
	return g
}

// TestSmoke has every contender in Go make a few calls of every case. Each must
// send and get the right bytes (the harness checks that itself) on as many
// connections as it has calls in flight, and count what it does.
func TestSmoke(t *testing.T) {
	streams := []string{client.Plain, client.HandWritten, client.Vialambda, client.FromSDK}
	plan := harness.Plan{
		Groups: []harness.Group{
			group(workload.Small, false, 4, 12, everyone...),
			group(workload.Small, true, 4, 12, everyone...),
			group(workload.JSON100K, false, 2, 4, everyone...),
			group(workload.Up4M, false, 2, 4, everyone...),
			group(workload.Down4M, false, 2, 4, everyone...),
			group(workload.Down5M, false, 2, 4, everyone...),
			group(workload.Wait100ms, false, 3, 3, everyone...),
			group(workload.Stream200, false, 1, 1, streams...),
		},
		Scale: harness.Scale{InFlight: []int{1, 30}, Contenders: []string{client.Plain, client.Vialambda}, Calls: 30},
		Codec: true,
	}
	if testing.Short() {
		plan.Groups = plan.Groups[:3]
	}
	results, err := testHarness(t).Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range results.Groups {
		if len(g.Cells) != len(g.Order) {
			t.Errorf("%s: %d cells for %d contenders", g.Label(), len(g.Cells), len(g.Order))
		}
		for _, c := range g.Cells {
			t.Run(g.Label()+"/"+c.Contender, func(t *testing.T) { checkCell(t, g, c) })
		}
	}
	for _, p := range results.Scale {
		if p.Error != "" || p.CPU <= 0 || p.Connections != int64(p.InFlight) || p.Later > strayConnections || p.Waiting.Heap <= p.Idle.Heap {
			t.Errorf("%+v", p)
		}
	}
	for _, c := range results.Codec {
		// Encoding into memory that is used again needs none.
		if c.Time <= 0 || c.Allocs == 0 && c.Name != harness.EncodeSmall {
			t.Errorf("%+v", c)
		}
	}
	checkReport(t, results)
}

// strayConnections is how many connections net/http may give up by itself: on a
// busy machine it does not wait for a writing goroutine that has had no turn for
// 50 ms, and opens another.
const strayConnections = 2

func checkCell(t *testing.T, g harness.GroupResult, c harness.Cell) {
	if c.Error != "" {
		t.Fatal(c.Error)
	}
	if failed, first := c.Failed(); failed > 0 {
		t.Errorf("%d calls failed: %s", failed, first)
	}
	if len(c.Rounds) != g.Rounds || len(c.Peak) != 1 {
		t.Fatalf("%d rounds, %d peaks", len(c.Rounds), len(c.Peak))
	}
	for _, r := range c.Rounds {
		if r.Calls != g.Calls[c.Contender] || r.CPU <= 0 || r.StubCPU <= 0 || r.Mallocs == 0 || r.Wall <= 0 ||
			r.Latency.P50 <= 0 || r.Latency.Max < r.Latency.P999 {
			t.Errorf("%+v", r)
		}
	}
	connections, handshakes := c.Opened()
	if connections > strayConnections || handshakes > strayConnections {
		t.Errorf("%d connections and %d handshakes after the warm-up: calls were cut off, or a pool is too small", connections, handshakes)
	}
	if opened := c.Warm.Connections; opened < int64(g.InFlight-1) || opened > int64(g.InFlight) {
		t.Errorf("the warm-up has opened %d connections for %d calls in flight", opened, g.InFlight) // check has opened one
	}
	if wantTLS := map[bool]int64{true: c.Warm.Connections}[g.TLS]; c.Warm.Handshakes != wantTLS {
		t.Errorf("%d handshakes for %d connections", c.Warm.Handshakes, c.Warm.Connections)
	}
}

func checkReport(t *testing.T, results *harness.Results) {
	t.Helper()
	dir := t.TempDir()
	prose, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "benchmarks.md")
	if err := os.WriteFile(file, prose, 0o600); err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(results)
	if err != nil {
		t.Fatal(err)
	}
	figures := filepath.Join(dir, "results.json")
	if err := os.WriteFile(figures, encoded, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run(t.Context(), []string{"report", "-json", figures, "-docs", dir}, nil, &out, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"small GET", "1.3 ×", "not measured"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, &out)
		}
	}
	written, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, contender := range everyone {
		if !bytes.Contains(written, []byte("| "+contender+" ")) {
			t.Errorf("benchmarks.md has no line for %s", contender)
		}
	}
}

// TestTrapE11 has clients that are not the SDK's alone read large answers one
// after the other. With smithy-go's own request body, connections are cut in
// mid-response and calls are sent twice.
func TestTrapE11(t *testing.T) {
	const calls = 40
	plan := harness.Plan{Groups: []harness.Group{group(workload.Down4M, false, 1, calls, client.HandWritten, client.FromSDK)}}
	plan.Groups[0].Rounds = 1
	results, err := testHarness(t).Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range results.Groups[0].Cells {
		if c.Error != "" {
			t.Fatalf("%s: %s", c.Contender, c.Error)
		}
		if connections, _ := c.Opened(); connections > strayConnections {
			t.Errorf("%s: %d new connections in %d calls, one at a time", c.Contender, connections, calls)
		}
		if seen := c.Rounds[0].Seen; seen != calls {
			t.Errorf("%s: %d calls were made, the stub has seen %d", c.Contender, calls, seen)
		}
	}
}

// TestContenderFails has a contender that cannot work: the others go on, and
// the tables say what happened.
func TestContenderFails(t *testing.T) {
	plan := harness.Plan{Groups: []harness.Group{group(workload.Small, false, 1, 3, "nobody", client.Plain)}}
	results, err := testHarness(t).Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	cells := results.Groups[0].Cells
	if !strings.Contains(cells[0].Error, "nobody") || len(cells[0].Rounds) != 0 {
		t.Errorf("%+v", cells[0])
	}
	if cells[1].Error != "" || len(cells[1].Rounds) != 2 {
		t.Errorf("%+v", cells[1])
	}
	var out bytes.Buffer
	if err := report.WriteText(&out, results, nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `nobody, small GET, 1 in flight: stopped: `) {
		t.Errorf("the report is silent about it:\n%s", &out)
	}
}

// TestMemoryLimit has a contender that needs more memory than it may have: it
// must die, and the harness not with it.
func TestMemoryLimit(t *testing.T) {
	h := testHarness(t)
	h.MemoryLimit = 700 << 20 // enough for a Go program, not for fifty answers of 4 MiB at once
	plan := harness.Plan{Groups: []harness.Group{group(workload.Down4M, false, 50, 50, client.HandWritten)}}
	results, err := h.Run(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	if got := results.Groups[0].Cells[0].Error; !strings.Contains(got, "memory") {
		t.Errorf("error %q, want one about memory", got)
	}
}

func TestProfile(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	err := run(t.Context(), []string{"profile", "-calls", "50", "-dir", dir}, nil, &out, testLog{t})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cpu.pprof", "allocs.pprof"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(out.String(), "of CPU") {
		t.Errorf("%q", out.String())
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {"walk"}, {"run", "-only", "("}, {"profile", "-case", "none"}, {"report", "-json", "none"}} {
		if err := run(t.Context(), args, nil, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("bench %s: no error", args)
		}
	}
}

// TestInterrupted ends a run while a client is at work: nothing may be left
// running, and the error says why.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(time.Second, func() { cancel(errInterrupted) }) // at whatever it is then: by itself it takes a day
	plan := harness.Plan{Groups: []harness.Group{group(workload.Wait100ms, false, 1, 1_000_000, client.Plain)}}
	if _, err := testHarness(t).Run(ctx, plan); !errors.Is(err, errInterrupted) {
		t.Errorf("%v, want that it was interrupted", err)
	}
}

var errInterrupted = errors.New("interrupted")
