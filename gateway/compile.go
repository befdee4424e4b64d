package gateway

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/edge"
	"github.com/vialambda/vialambda/internal/webguard"
)

// compiled is a Config that has been checked.
type compiled struct {
	Config
	table table
	lanes map[string]*lane
	full  map[string]*Target // with their defaults
	guard webguard.Guard     // for requests that no route matches
}

// compile checks c and makes its table. Lanes of old, which may be nil, are
// taken over.
func compile(c Config, old *compiled) (*compiled, error) {
	c.MaxBytesInFlight = cmp.Or(c.MaxBytesInFlight, defaultBytesInFlight)
	c.BodyTimeout = cmp.Or(c.BodyTimeout, defaultStall)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, defaultStall)
	s := &compiled{Config: c, table: table{}, lanes: map[string]*lane{}}
	var wrong mistakes
	if c.MaxBytesInFlight < 0 {
		wrong.add("max_bytes_in_flight", "is negative")
	}
	if c.BodyTimeout < 0 || c.WriteTimeout < 0 {
		wrong.add("body_timeout", "a time is negative")
	}
	targets := map[string]*Target{}
	s.full = targets
	for _, name := range slices.Sorted(maps.Keys(c.Targets)) {
		targets[name] = s.checkTarget(&wrong, name, c.Targets[name])
	}
	s.addRoutes(&wrong, targets)
	if len(wrong.errs) > 0 {
		return nil, wrong.err()
	}
	for name, t := range targets {
		var known *lane
		if old != nil {
			known = old.lanes[name]
		}
		s.lanes[name] = newLane(s, name, t, known)
	}
	hosts := slices.Clone(c.Hosts)
	for host := range s.table {
		if host != "" {
			hosts = append(hosts, host)
		}
	}
	s.guard = webguard.Guard{Hosts: hosts}
	for _, list := range s.table {
		slices.SortStableFunc(list, compareRoutes)
		for _, r := range list {
			r.target, r.lane = targets[r.Target], s.lanes[r.Target]
			r.guard = webguard.Guard{Hosts: hosts, Origins: r.Origins}
		}
	}
	return s, nil
}

// checkTarget returns t with its defaults.
func (s *compiled) checkTarget(wrong *mistakes, name string, t Target) *Target {
	path := "targets." + name
	qualifier, function, qualified := strings.Cut(name, ".")
	if !qualified {
		qualifier, function = "", name
	}
	switch {
	case t.Function == "" && qualified && t.Qualifier != "":
		wrong.add(path, "the name has the qualifier %s, and another is set: leave one out", qualifier)
	case t.Function == "":
		t.Function = function
		if qualified {
			t.Qualifier = qualifier
		}
	case qualified:
		wrong.add(path, "a name with a dot says function and qualifier itself: leave the function out, or the dot")
	}
	if strings.EqualFold(t.Qualifier, "$LATEST") {
		t.Qualifier = "$LATEST"
	}
	if t.Invoker == nil {
		t.Invoker = s.Invoker
	}
	t.MaxBody = cmp.Or(t.MaxBody, defaultMaxBody)
	t.Timeout = cmp.Or(t.Timeout, defaultTimeout)
	t.QueueTimeout = cmp.Or(t.QueueTimeout, defaultQueueTimeout)
	switch {
	case t.MaxBody < 0, t.Timeout < 0, t.QueueTimeout < 0, t.MaxConcurrent < 0, t.Queue < 0:
		wrong.add(path, "a limit is negative")
	case t.Queue > 0 && t.MaxConcurrent == 0:
		wrong.add(path, "a queue needs a limit of concurrency")
	case t.DryRun:
		wrong.add(path, "DryRun runs nothing, so there is nothing to serve")
	case t.TenantID != "" && !edge.IsTenant(t.TenantID):
		wrong.add(path+".tenant", "%q is no tenant id: write 1 to 256 letters, digits, spaces and any of ._:/=+-@", t.TenantID)
	case strings.ContainsAny(t.Front.DomainName, "/@?#*, \t\r\n\x00"):
		wrong.add(path+".domain_name", "%q is no name: write orders.example.com", t.Front.DomainName)
	case t.Invoker == nil:
		wrong.add(path, "neither the Config nor the target has an Invoker")
	default:
		if err := tryTarget(name, t.Target); err != nil {
			wrong.add(path, "%s", err)
		}
	}
	return &t
}

// tryTarget finds out whether a Transport takes name and target, by sending a
// request that goes nowhere.
func tryTarget(name string, t vialambda.Target) error {
	reached := errors.New("reached")
	t.Invoker = vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return nil, &vialambda.InvokeError{Code: "Reached", Err: reached}
	})
	routes := t.Routes
	t.Routes = nil
	try := func(host string, t vialambda.Target) error {
		req, err := http.NewRequestWithContext(vialambda.WithTarget(context.Background(), t), http.MethodGet, vialambda.Scheme+"://"+host+"/", nil)
		if err != nil {
			return fmt.Errorf("%q is no name of a target: write function or qualifier.function", name)
		}
		transport := &vialambda.Transport{Invoker: t.Invoker}
		resp, err := transport.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		if e, ok := errors.AsType[*vialambda.AddressError](err); ok {
			return errors.New(e.Reason)
		}
		return nil
	}
	plain := t
	plain.Function, plain.Qualifier = "", ""
	if label, ok := cutPrefixFold(name, "$latest."); ok {
		name = "$LATEST." + label
	}
	if err := try(name, plain); err != nil {
		return err
	}
	label := name[strings.LastIndexByte(name, '.')+1:]
	if err := try(label, t); err != nil {
		return err
	}
	for _, key := range routes {
		t.Format = vialambda.RESTAPI
		t.Routes = []string{key, "$default"}
		if err := try(label, t); err != nil {
			return err
		}
	}
	return nil
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

// addRoutes fills the table from Routes, Proxy and ByName.
func (s *compiled) addRoutes(wrong *mistakes, targets map[string]*Target) {
	seen := map[string]string{} // a route's key, and where it was
	add := func(path string, r Route) {
		if targets[r.Target] == nil {
			wrong.add(path+".target", "there is no target %q: %s", r.Target, names(targets))
			return
		}
		made := checkRoute(wrong, path, r)
		if made == nil {
			return
		}
		hosts := made.Hosts
		if len(hosts) == 0 {
			hosts = []string{""}
		}
		methods := made.Methods
		if len(methods) == 0 {
			methods = []string{""}
		}
		for _, host := range hosts {
			for _, method := range methods {
				key := fmt.Sprintf("%s %s %q %t", method, host, made.segments, made.prefix)
				if where, twice := seen[key]; twice {
					wrong.add(path, "the same as %s: %s", where, made.name)
					return
				}
				seen[key] = path
			}
			s.table[host] = append(s.table[host], made)
		}
	}
	for i, r := range s.Routes {
		add(fmt.Sprintf("routes[%d]", i), r)
	}
	for i, name := range s.Proxy {
		add(fmt.Sprintf("proxy[%d]", i), Route{Hosts: []string{name + vialambda.Suffix}, Target: name})
	}
	for i, name := range s.ByName {
		add(fmt.Sprintf("by_name[%d]", i), Route{Path: "/" + name + "/*", Target: name, Strip: true})
	}
	for i, host := range s.Hosts {
		if strings.ContainsAny(host, "/*@ ") || host == "" {
			wrong.add(fmt.Sprintf("hosts[%d]", i), "%q is no host: write a name, with a port if only that one is meant", host)
		}
	}
}

func names(targets map[string]*Target) string {
	if len(targets) == 0 {
		return "there are none"
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(targets)), ", ")
}
