// Command bench measures what a call through vialambda costs, beside what a
// user would pick instead and beside the limit of net/http.
//
//	bench run [-quick] [-only PATTERN] [-check] [-docs DIR] [-json FILE] [-python INTERPRETER] [-command DIR] [-gateway-profile FILE]
//	bench report -json FILE -docs DIR [-check]
//	bench profile -case NAME -contender NAME [-in-flight N] [-calls N] [-busy DURATION] -dir DIR
//
// bench stub, bench proxy, bench client and bench codec are the processes that run starts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/harness"
	"github.com/vialambda/vialambda/internal/bench/proxy"
	"github.com/vialambda/vialambda/internal/bench/report"
	"github.com/vialambda/vialambda/internal/bench/stub"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New("which of run, report, profile, stub, proxy, client, codec?")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(stderr)
	switch args[0] {
	case "run":
		return measure(ctx, flags, args[1:], stdout, stderr)
	case "report":
		return render(flags, args[1:], stdout)
	case "profile":
		return profile(ctx, flags, args[1:], stdout, stderr)
	case "stub":
		useTLS := flags.Bool("tls", false, "serve TLS")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return stub.Main(stdin, stdout, *useTLS)
	case "proxy":
		return serveProxy(flags, args[1:], stdin, stdout)
	case "client":
		return client.Main(stdin, stdout)
	case "codec":
		measured, err := harness.MeasureCodec()
		if err != nil {
			return err
		}
		return json.NewEncoder(stdout).Encode(measured)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

// measure is bench run.
func measure(ctx context.Context, flags *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
	quick := flags.Bool("quick", false, "few calls: under a minute")
	docs := flags.String("docs", "", "write benchmarks.md and benchmarks.svg in this `directory`")
	file := flags.String("json", "", "write all figures to this `file`")
	check := flags.Bool("check", false, "fail if a target is missed")
	python := flags.String("python", "", "`interpreter` that has python/requirements.txt installed; without it the Python contenders are left out")
	command := flags.String("command", "", "`directory` of cmd/vialambda, to measure its start; without it that is left out")
	only := flags.String("only", "", "`pattern` of what is measured: small@16, down-4m@1+tls, scale, gateway@16, codec, start; if empty, everything")
	gatewayProfile := flags.String("gateway-profile", "", "write a CPU profile of the gateway's process to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	label, err := regexp.Compile(*only)
	if err != nil {
		return err
	}
	h, err := newHarness(stderr)
	if err != nil {
		return err
	}
	h.Python, h.Command, h.GatewayProfile = *python, *command, *gatewayProfile
	plan := harness.Full()
	if *quick {
		plan = harness.Quick()
	}
	results, err := h.Run(ctx, plan.Only(label))
	if err != nil {
		return err
	}
	if *file != "" {
		text, err := json.MarshalIndent(results, "", "\t")
		if err != nil {
			return err
		}
		if err := os.WriteFile(*file, text, 0o644); err != nil { //nolint:gosec // figures are no secret
			return err
		}
	}
	return publish(results, *docs, *check, stdout)
}

// serveProxy is bench proxy.
func serveProxy(flags *flag.FlagSet, args []string, stdin io.Reader, stdout io.Writer) error {
	o := proxy.Options{In: stdin, Out: stdout}
	flags.StringVar(&o.Server, "server", "", "`name` of the server")
	flags.StringVar(&o.Upstream, "upstream", "", "`URL` of the stub")
	flags.IntVar(&o.InFlight, "in-flight", 1, "`number` of connections to the stub that are kept")
	functions := flags.String("functions", "", "`names` that can be called")
	flags.StringVar(&o.CPUProfile, "cpu", "", "write a CPU profile to this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	o.Functions = strings.Split(*functions, ",")
	return proxy.Main(o)
}

// render is bench report: it writes again what an earlier run has measured.
func render(flags *flag.FlagSet, args []string, stdout io.Writer) error {
	docs := flags.String("docs", "", "write benchmarks.md and benchmarks.svg in this `directory`")
	file := flags.String("json", "", "what run has written")
	check := flags.Bool("check", false, "fail if a target is missed")
	if err := flags.Parse(args); err != nil {
		return err
	}
	text, err := os.ReadFile(*file)
	if err != nil {
		return err
	}
	var results harness.Results
	if err := json.Unmarshal(text, &results); err != nil {
		return fmt.Errorf("%s: %w", *file, err)
	}
	return publish(&results, *docs, *check, stdout)
}

func publish(results *harness.Results, docs string, check bool, stdout io.Writer) error {
	if docs != "" {
		if err := report.Write(docs, results); err != nil {
			return err
		}
	}
	targets := report.Targets(results)
	if err := report.WriteText(stdout, results, targets); err != nil {
		return err
	}
	if missed := report.Missed(targets); check && missed > 0 {
		return fmt.Errorf("%d targets missed", missed)
	}
	return nil
}

// profile is bench profile.
func profile(ctx context.Context, flags *flag.FlagSet, args []string, stdout, stderr io.Writer) error {
	name := flags.String("case", workload.Small, "case")
	contender := flags.String("contender", client.Vialambda, "contender")
	inFlight := flags.Int("in-flight", 1, "calls at once")
	calls := flags.Int("calls", 20_000, "calls")
	busy := flags.Duration("busy", 0, "how long a caller keeps its processor busy before each call")
	dir := flags.String("dir", "", "`directory` for cpu.pprof and allocs.pprof")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c := workload.Find(*name)
	if c == nil {
		return fmt.Errorf("unknown case %q", *name)
	}
	h, err := newHarness(stderr)
	if err != nil {
		return err
	}
	m, err := h.Profile(ctx, c, *contender, *inFlight, client.Command{Calls: *calls, Dir: *dir, Busy: *busy})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%v of CPU, %.1f allocations, %d bytes a call\n",
		m.CPU/time.Duration(m.Calls), float64(m.Mallocs)/float64(m.Calls), m.Bytes/uint64(m.Calls))
	return err
}

func newHarness(log io.Writer) (*harness.Harness, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return &harness.Harness{
		Executable:  executable,
		MemoryLimit: harness.TotalMemory() / 3 * 2,
		Log:         log,
	}, nil
}
