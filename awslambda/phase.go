package awslambda

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"time"
)

// phase records how far a request got, by httptrace: enough to prove that the
// function cannot have run, if that is so.
type phase struct {
	trace  httptrace.ClientTrace
	traced bool // see httpClient

	mu      sync.Mutex
	asked   int      // how often for a connection
	conns   int      // obtained
	failed  int      // of them, those to which the request could not be written
	wrote   bool     // the request was handed over completely
	conn    net.Conn // the last one obtained
	settled chan struct{}
}

// watch returns a context under which a request that c sends is recorded in the
// phase.
func (c *httpClient) watch(ctx context.Context) (context.Context, *phase) {
	p := &phase{traced: c.traced}
	p.trace.GetConn = p.getConn
	p.trace.GotConn = p.gotConn
	p.trace.WroteRequest = p.wroteRequest
	return httptrace.WithClientTrace(ctx, &p.trace), p
}

func (p *phase) getConn(string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.traced {
		// net/http's transport asks again only for a request of which nothing
		// was written, or which the server said that it did not take.
		p.conns, p.failed, p.wrote, p.conn = 0, 0, false, nil
	}
}

func (p *phase) gotConn(info httptrace.GotConnInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.traced && p.conns == 0 {
		// What was written so far is the dialer's, a CONNECT under the same context.
		p.failed, p.wrote = 0, false
	}
	p.conns++
	p.conn = info.Conn
}

func (p *phase) wroteRequest(info httptrace.WroteRequestInfo) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if info.Err == nil {
		p.wrote = true
	} else {
		p.failed++
	}
	if p.settled != nil {
		close(p.settled)
		p.settled = nil
	}
}

// mayHaveRun says whether a request that ended in err, without an answer, may have
// reached a function. False is a proof, true is not.
func (p *phase) mayHaveRun(ctx context.Context, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.conns == 0 {
		return !p.traced && p.asked == 0
	}
	if p.wrote && !p.unflushed(err) {
		return true
	}
	if (p.isHTTP2() || !p.traced) && (ctx.Err() != nil || isTimeout(err)) {
		// A call of HTTP/2 returns at once when its time is over, even while its
		// stream still writes. Whatever else fails returns when that has ended.
		p.settle(100 * time.Millisecond)
		return p.wrote || p.failed < p.conns
	}
	return !p.traced && p.conns > 1 && p.wrote
}

// unflushed reports whether err says that the request, of HTTP/1.1, got no further
// than net/http's buffer: WroteRequest is called before that is flushed.
func (p *phase) unflushed(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "write" && !p.isHTTP2()
}

func (p *phase) isHTTP2() bool {
	conn, ok := p.conn.(*tls.Conn)
	return ok && conn.ConnectionState().NegotiatedProtocol == "h2"
}

// settle waits until all writes have ended, at most for limit. p.mu must be locked;
// it is unlocked while settle waits.
func (p *phase) settle(limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !p.wrote && p.failed < p.conns {
		settled := make(chan struct{})
		p.settled = settled
		p.mu.Unlock()
		var late bool
		select {
		case <-settled:
		case <-timer.C:
			late = true
		}
		p.mu.Lock()
		if late {
			return
		}
	}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
