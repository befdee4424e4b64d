package harness

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vialambda/vialambda/internal/bench/client"
	"github.com/vialambda/vialambda/internal/bench/proxy"
	"github.com/vialambda/vialambda/internal/bench/stub"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// GatewayGroup is a comparison of servers that stand between the client and
// the stub, each in a process of its own: small GETs over connections that
// stay.
type GatewayGroup struct {
	InFlight, Rounds int
	// Calls is how many calls a round has.
	Calls int
}

// Label names a GatewayGroup: "gateway@16".
func (g *GatewayGroup) Label() string { return "gateway@" + strconv.Itoa(g.InFlight) }

// GatewayResult is what the servers have done.
type GatewayResult struct {
	GatewayGroup
	Servers []ServerCell
}

// ServerCell is what one of the servers has done.
type ServerCell struct {
	// Server is a name of package proxy.
	Server string
	Rounds []ServerRound
	// Error is why it was left out, or stopped: "" if it was not.
	Error string
}

// ServerRound is what client, stub and server have used in a round.
type ServerRound struct {
	Round
	// ServerCPU is the server's CPU time, user and system; 0 if unknown.
	ServerCPU time.Duration
}

// servers are all that are compared, in the order of the table.
var servers = []string{proxy.None, proxy.Reverse, proxy.Nginx, proxy.Gateway, proxy.Serve}

func (h *Harness) gateways(ctx context.Context, groups []GatewayGroup) ([]GatewayResult, error) {
	if len(groups) == 0 {
		return nil, nil
	}
	command, missing := h.buildCommand(ctx)
	var results []GatewayResult
	for _, group := range groups {
		h.logf("%s", group.Label())
		result, err := h.gatewayGroup(ctx, group, command, missing)
		if err != nil {
			return nil, err
		}
		results = append(results, *result)
	}
	return results, nil
}

func (h *Harness) gatewayGroup(ctx context.Context, group GatewayGroup, command string, missing error) (*GatewayResult, error) {
	e, err := h.startStub(ctx, false)
	if err != nil {
		return nil, err
	}
	defer e.process.stop()
	result := &GatewayResult{GatewayGroup: group}
	lines := make([]*serverLine, len(servers))
	for i, name := range servers {
		cell := ServerCell{Server: name}
		if name == proxy.Serve && missing != nil {
			cell.Error = missing.Error()
		} else if lines[i], err = h.startServer(ctx, e, name, command, group.InFlight); err != nil {
			cell.Error = err.Error()
		}
		if lines[i] != nil {
			defer lines[i].stop()
		}
		if cell.Error != "" {
			h.logf("  %s: %s", name, cell.Error)
		}
		result.Servers = append(result.Servers, cell)
	}
	for round := range group.Rounds {
		for step := range servers {
			i := (round + step) % len(servers) // nobody is always first
			cell := &result.Servers[i]
			if cell.Error != "" {
				continue
			}
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			r, err := h.serverRound(ctx, lines[i], group.Calls)
			if err != nil {
				cell.Error = err.Error()
				h.logf("  %s: %v", cell.Server, err)
				continue
			}
			cell.Rounds = append(cell.Rounds, r)
		}
	}
	return result, nil
}

// serverLine is a server with the client that calls it.
type serverLine struct {
	endpoint endpoint // of the server; the stub's control
	pid      int      // 0: there is none
	client   *measured
	end      func()
}

// startServer starts a server before the stub e, and a client before that; the
// client has made sure that the bytes are right, and opened its connections.
func (h *Harness) startServer(ctx context.Context, e *endpoint, name, command string, inFlight int) (*serverLine, error) {
	l := &serverLine{endpoint: endpoint{ready: e.ready}, end: func() {}}
	functions := []string{workload.Small, workload.Inspect, workload.BarrierPrefix + strconv.Itoa(inFlight)}
	var err error
	switch name {
	case proxy.None:
	case proxy.Nginx:
		err = l.startNginx(ctx, h.dir, e.ready.URL, inFlight)
	case proxy.Serve:
		err = l.startCommand(ctx, command, e.ready.URL, functions)
	default:
		err = l.startProxy(ctx, h.Executable, name, e.ready.URL, inFlight, functions, h.GatewayProfile)
	}
	if err != nil {
		return nil, err
	}
	if l.client, err = h.startClient(ctx, &l.endpoint, client.Direct, workload.Find(workload.Small), inFlight); err != nil {
		l.stop()
		return nil, err
	}
	for _, op := range []string{"check", "warm"} {
		if _, err := l.client.do(ctx, client.Command{Op: op}); err != nil {
			l.stop()
			return nil, fmt.Errorf("%s: %w", op, err)
		}
	}
	return l, nil
}

func (l *serverLine) startProxy(ctx context.Context, executable, name, upstream string, inFlight int, functions []string, profile string) error {
	args := []string{"proxy", "-server", name, "-upstream", upstream, "-in-flight", strconv.Itoa(inFlight), "-functions", strings.Join(functions, ",")}
	if profile != "" && name == proxy.Gateway {
		args = append(args, "-cpu", profile)
	}
	p, err := start(environment(), executable, args...)
	if err != nil {
		return err
	}
	var ready proxy.Ready
	if err := p.receive(ctx, &ready, time.Minute); err != nil {
		p.stop()
		return err
	}
	l.endpoint.ready = stub.Ready{URL: ready.URL, Control: l.endpoint.ready.Control}
	l.pid, l.end = p.cmd.Process.Pid, p.stop
	return nil
}

func (l *serverLine) stop() {
	if l.client != nil {
		l.client.process.stop()
	}
	l.end()
}

func (h *Harness) serverRound(ctx context.Context, l *serverLine, calls int) (ServerRound, error) {
	before := processCPU(l.pid)
	r, err := h.observed(ctx, &l.endpoint, l.client, client.Command{Op: "round", Calls: calls})
	if err != nil {
		return ServerRound{}, err
	}
	if r.Failed > 0 {
		return ServerRound{}, fmt.Errorf("%d of %d calls failed: %s", r.Failed, r.Calls, r.FirstError)
	}
	return ServerRound{Round: r, ServerCPU: processCPU(l.pid) - before}, nil
}

// Server returns what a server has done, nil if it was not measured.
func (g *GatewayResult) Server(name string) *ServerCell {
	i := slices.IndexFunc(g.Servers, func(c ServerCell) bool { return c.Server == name && len(c.Rounds) > 0 })
	if i < 0 {
		return nil
	}
	return &g.Servers[i]
}

// Each returns a figure of each round.
func (c *ServerCell) Each(of func(ServerRound) float64) []float64 {
	values := make([]float64, len(c.Rounds))
	for i, r := range c.Rounds {
		values[i] = of(r)
	}
	return values
}

// Rate returns calls per second, once for each round.
func (c *ServerCell) Rate() []float64 {
	return c.Each(func(r ServerRound) float64 { return float64(r.Calls) / r.Wall.Seconds() })
}
