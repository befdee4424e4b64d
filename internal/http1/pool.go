package http1

import (
	"container/list"
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Pool makes calls to one server, and has the connections for them. Its fields must not
// be changed after the first call. It is safe for concurrent use. It has goroutines only
// while it dials, and a timer while it has idle connections.
type Pool struct {
	Addr string // host:port
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)

	// TLS is nil for a server without. It must have a ServerName.
	TLS *tls.Config
	// HandshakeTimeout bounds TLS's handshake; 0: only Dial's context does, which has
	// no end of its own.
	HandshakeTimeout time.Duration

	// IdleTimeout is how long a connection is kept that nobody uses; 0: for ever.
	IdleTimeout time.Duration
	// MaxIdle is how many are kept.
	MaxIdle int

	blind atomic.Bool // see CanProbe

	mu      sync.Mutex
	idle    []*conn   // the longest idle first
	waiting list.List // of *waiter, the longest waiting first
	dialing map[*waiter]struct{}
	closing bool // CloseIdle was called, and no connection asked for since
	checker *time.Timer
}

// waiter is a call that waits for a connection, whichever is there first: one that it has
// dialed, or one that another call needs no more.
type waiter struct {
	place *list.Element // in Pool.waiting; nil when it has ended. Under Pool.mu
	ready chan struct{} // closed when conn or err is set
	conn  *conn
	err   error

	giveUp context.CancelFunc // its dialing
}

// CanProbe reports whether calls should be made: whether the connections that Dial has made
// are sockets of the operating system, which can be asked if the other side has closed them.
// Of others none is used twice.
func (p *Pool) CanProbe() bool { return supported && !p.blind.Load() }

// CloseIdle closes the connections that no call uses, and gives up those that are being made
// and that no call waits for.
func (p *Pool) CloseIdle() {
	p.mu.Lock()
	p.closing = true
	idle := p.idle
	p.idle = nil
	for w := range p.dialing {
		if w.place == nil {
			w.giveUp()
		}
	}
	p.mu.Unlock()
	closeAll(idle)
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		c.retire()
	}
}

// get returns a connection on which nothing has happened since its last answer.
func (p *Pool) get(ctx context.Context) (*conn, error) {
	for {
		c := p.take()
		if c == nil {
			var err error
			if c, err = p.dialed(ctx); err != nil {
				return nil, err
			}
		}
		if c.fresh() || c.quiet() {
			return c, nil
		}
		c.abandon()
	}
}

// take returns the connection that was in use last, or nil.
func (p *Pool) take() *conn {
	t := now()
	p.mu.Lock()
	p.closing = false
	last := len(p.idle) - 1
	if last < 0 {
		p.mu.Unlock()
		return nil
	}
	c := p.idle[last]
	if !p.expired(c, t) {
		p.idle[last] = nil
		p.idle = p.idle[:last]
		p.mu.Unlock()
		return c
	}
	idle := p.idle // the others are older still
	p.idle = nil
	p.mu.Unlock()
	closeAll(idle)
	return nil
}

// expired reports whether c was idle for too long at t.
func (p *Pool) expired(c *conn, t instant) bool {
	return p.IdleTimeout > 0 && t.since(c.idle) >= p.IdleTimeout
}

// dialed dials, and returns the first connection that there is. What comes too late is for
// others: a call that has little time would else never find a connection.
func (p *Pool) dialed(ctx context.Context) (*conn, error) {
	w := &waiter{ready: make(chan struct{})}
	var dialing context.Context
	dialing, w.giveUp = context.WithCancel(context.WithoutCancel(ctx))
	p.mu.Lock()
	w.place = p.waiting.PushBack(w)
	if p.dialing == nil {
		p.dialing = make(map[*waiter]struct{})
	}
	p.dialing[w] = struct{}{}
	p.mu.Unlock()
	go p.connect(dialing, w)
	select {
	case <-w.ready:
		return w.conn, w.err
	case <-ctx.Done():
	}
	p.mu.Lock()
	p.end(w)
	p.mu.Unlock()
	if w.conn != nil {
		p.put(w.conn)
	}
	return nil, ctx.Err()
}

// connect dials for w, and for nobody else while that waits: others have dialed, too.
func (p *Pool) connect(ctx context.Context, w *waiter) {
	defer w.giveUp()
	c, err := p.dial(ctx)
	p.mu.Lock()
	delete(p.dialing, w)
	wanted := p.end(w)
	if wanted {
		w.give(c, err)
	}
	p.mu.Unlock()
	if !wanted && c != nil {
		p.put(c)
	}
}

// end ends w's waiting, and reports whether that had not ended. p.mu must be locked.
func (p *Pool) end(w *waiter) bool {
	if w.place == nil {
		return false
	}
	p.waiting.Remove(w.place)
	w.place = nil
	return true
}

func (w *waiter) give(c *conn, err error) {
	w.conn, w.err = c, err
	close(w.ready)
}

// put takes a connection that can be used for another call.
func (p *Pool) put(c *conn) {
	if !c.canProbe() {
		c.retire()
		return
	}
	p.mu.Lock()
	if first := p.waiting.Front(); first != nil {
		w := first.Value.(*waiter)
		p.end(w)
		w.give(c, nil)
		p.mu.Unlock()
		return
	}
	if p.closing || len(p.idle) >= p.MaxIdle {
		p.mu.Unlock()
		c.retire()
		return
	}
	c.idle = now()
	p.idle = append(p.idle, c)
	if p.checker == nil {
		p.checker = time.AfterFunc(p.untilCheck(c.idle), p.check)
	}
	p.mu.Unlock()
}

const (
	checkEvery = 5 * time.Second
	checkBatch = 64 // so many connections are looked at without letting go of the pool
)

// check closes what was idle for too long, and what the other side has closed, and comes again
// while anything is idle. To learn of the latter at once would take a goroutine for each.
func (p *Pool) check() {
	t := now()
	for kept, more := 0, true; more; {
		var old, gone []*conn
		kept, more, old, gone = p.checkSome(kept, t)
		closeAll(old)
		for _, c := range gone {
			c.abandon()
		}
	}
}

// checkSome takes those connections out of the pool that are to be closed, from the i-th on. It
// returns up to where they have been looked at, and if there are more. Calls take and put back
// at the other end.
func (p *Pool) checkSome(i int, t instant) (kept int, more bool, old, gone []*conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept = min(i, len(p.idle))
	end := min(kept+checkBatch, len(p.idle))
	for _, c := range p.idle[kept:end] {
		switch {
		case p.expired(c, t):
			old = append(old, c)
		case !c.quiet():
			gone = append(gone, c)
		default:
			p.idle[kept] = c
			kept++
		}
	}
	p.idle = slices.Delete(p.idle, kept, end)
	switch {
	case kept < len(p.idle):
		more = true
	case kept == 0:
		p.checker = nil
	default:
		p.checker.Reset(p.untilCheck(t))
	}
	return kept, more, old, gone
}

// untilCheck returns when to look at the pool, in which there is something, if it was looked at
// last at t.
func (p *Pool) untilCheck(t instant) time.Duration {
	if p.IdleTimeout <= 0 {
		return checkEvery
	}
	return max(min(checkEvery, p.IdleTimeout-t.since(p.idle[0].idle)), time.Millisecond)
}
