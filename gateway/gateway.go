package gateway

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Gateway is an http.Handler that calls Lambda functions. [New] makes one. It is
// safe for concurrent use.
//
// Behind a net/http server its errors in mid-answer, and requests whose client is
// gone, end in a panic with http.ErrAbortHandler, which the server takes for
// breaking the connection off and does not log.
type Gateway struct {
	bytes   budget
	buffers sync.Pool // *[]byte, to copy streams

	state  atomic.Pointer[compiled]
	reload sync.Mutex
}

// New returns a Gateway for c, or all mistakes in it: see [ConfigError].
func New(c Config) (*Gateway, error) {
	g := &Gateway{buffers: sync.Pool{New: func() any {
		b := make([]byte, 32<<10)
		return &b
	}}}
	if err := g.Reload(c); err != nil {
		return nil, err
	}
	return g, nil
}

// Reload puts c in the place of the present configuration. If there are mistakes
// in c, it returns them and changes nothing. Requests under way end as they
// began; a target that keeps its name keeps its counts of what runs and waits.
func (g *Gateway) Reload(c Config) error {
	g.reload.Lock()
	defer g.reload.Unlock()
	s, err := compile(c, g.state.Load())
	if err != nil {
		return err
	}
	g.bytes.limit.Store(s.MaxBytesInFlight)
	for _, l := range s.lanes {
		l.limit.set(s.full[l.name])
	}
	g.state.Store(s)
	return nil
}

// ServeHTTP answers r.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := newExchange(g, w, r)
	defer x.finish()
	x.serve()
}

// Stats returns what is under way, by target, in the order of their names.
func (g *Gateway) Stats() []Stats {
	s := g.state.Load()
	all := make([]Stats, 0, len(s.lanes))
	for name, l := range s.lanes {
		running, waiting := l.limit.numbers()
		all = append(all, Stats{Target: name, Requests: int(l.inFlight.Load()), Running: running, Queued: waiting})
	}
	slices.SortFunc(all, func(a, b Stats) int { return strings.Compare(a.Target, b.Target) })
	return all
}

// BytesInFlight returns how many bytes of bodies and answers are held.
func (g *Gateway) BytesInFlight() int64 { return g.bytes.used.Load() }

// CloseIdleConnections asks every Invoker that has a method of this name to
// close its idle connections.
func (g *Gateway) CloseIdleConnections() {
	for _, l := range g.state.Load().lanes {
		l.transport.CloseIdleConnections()
	}
}
