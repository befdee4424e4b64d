package locallambda

import (
	"context"
	"sync"

	"github.com/vialambda/vialambda"
)

// Counter is an Invoker that counts how often another one is called: for tests
// that must know whether a request was executed once, twice or never. Nearest
// to the function it counts executions; in front of [Faults], what arrives.
//
// It must not be copied after first use.
type Counter struct {
	Invoker vialambda.Invoker // required

	// Nonce finds in an invocation what tells its request from all others: a
	// header of the event, a field of the payload. If nil, or if it returns "",
	// the invocation is counted by function alone.
	Nonce func(*vialambda.Invocation) string

	mu        sync.Mutex
	total     int
	functions map[string]int
	nonces    map[string]int
}

// Invoke counts in and calls c.Invoker.
func (c *Counter) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	nonce := ""
	if c.Nonce != nil {
		nonce = c.Nonce(in)
	}
	function := in.Function
	if n, err := parseName(in.Function, in.Qualifier, defaultRegion, defaultAccount); err == nil {
		function = n.Function
	}
	c.mu.Lock()
	if c.functions == nil {
		c.functions, c.nonces = map[string]int{}, map[string]int{}
	}
	c.total++
	c.functions[function]++
	if nonce != "" {
		c.nonces[nonce]++
	}
	c.mu.Unlock()
	return c.Invoker.Invoke(ctx, in)
}

// CloseIdleConnections is passed on to c.Invoker.
func (c *Counter) CloseIdleConnections() { closeIdleConnections(c.Invoker) }

// Total returns how many invocations there were.
func (c *Counter) Total() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.total
}

// Function returns how many there were of the function with this plain name,
// whichever way it was named and qualified.
func (c *Counter) Function(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.functions[name]
}

// Executions returns how many there were with this nonce.
func (c *Counter) Executions(nonce string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nonces[nonce]
}
