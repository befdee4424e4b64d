package serve

import "context"

// trial tries the targets of the newest configuration in the background.
type trial struct {
	server *Server
	config *Config // nil before the first
	stop   context.CancelFunc
	done   chan struct{}
}

// begin ends the trial of the configuration before, forgets those of its targets
// that c does not have, and tries c's.
func (t *trial) begin(ctx context.Context, c *Config) {
	if t.config != nil {
		t.end()
		t.server.metrics.forget(t.config, c)
	}
	t.config, t.done = c, make(chan struct{})
	ctx, t.stop = context.WithCancel(ctx)
	go func() {
		defer close(t.done)
		t.server.tryTargets(ctx, c)
	}()
}

// end stops the trial and waits until it has stopped.
func (t *trial) end() {
	t.stop()
	<-t.done
}
