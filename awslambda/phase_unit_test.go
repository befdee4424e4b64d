package awslambda

import (
	"context"
	"errors"
	"net"
	"net/http/httptrace"
	"testing"
	"testing/synctest"
)

// TestPhaseProof goes through the evidence that hooks and errors give.
func TestPhaseProof(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	cut := errors.New("cut")
	writeFailed := &net.OpError{Op: "write", Err: cut}
	conn, wrote, failed := (*phase).seeConn, (*phase).seeWrote, (*phase).seeFailed
	ask := func(p *phase) { p.getConn("") }
	for _, test := range []struct {
		name   string
		traced bool
		ctx    context.Context
		steps  []func(*phase)
		err    error
		want   bool
	}{
		{"no hook of a client that has none", false, t.Context(), nil, cut, true},
		{"no hook of net/http", true, t.Context(), nil, cut, false},
		{"asked, not obtained", false, t.Context(), []func(*phase){ask}, cut, false},
		{"obtained, not written", true, t.Context(), []func(*phase){ask, conn}, cut, false},
		{"obtained, not written but by the dialer", true, t.Context(), []func(*phase){ask, wrote, conn}, cut, false},
		{"write failed", true, t.Context(), []func(*phase){ask, conn, failed}, cut, false},
		{"written", true, t.Context(), []func(*phase){ask, conn, wrote}, cut, true},
		{"written to the buffer, the buffer failed", true, t.Context(), []func(*phase){ask, conn, wrote}, writeFailed, false},
		{"a second connection after the first was dead", true, t.Context(), []func(*phase){ask, conn, wrote, ask}, cut, false},
		{"a client that retries by itself", false, t.Context(), []func(*phase){ask, conn, wrote, ask, conn, failed}, writeFailed, true},
		{"ended, write unknown", false, ended, []func(*phase){ask, conn}, cut, true},
		{"ended, write failed", false, ended, []func(*phase){ask, conn, failed}, cut, false},
		{"ended, one of two writes failed", false, ended, []func(*phase){ask, conn, failed, ask, conn}, cut, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &phase{traced: test.traced}
				for _, step := range test.steps {
					step(p)
				}
				if got := p.mayHaveRun(test.ctx, test.err); got != test.want {
					t.Errorf("mayHaveRun = %v", got)
				}
			})
		})
	}
	for name, late := range map[string]struct {
		step func(*phase)
		want bool
	}{
		"the write ends well while it is waited for": {wrote, true},
		"the write fails while it is waited for":     {failed, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := new(phase)
				ask(p)
				conn(p)
				go func() {
					synctest.Wait()
					late.step(p)
				}()
				if got := p.mayHaveRun(ended, cut); got != late.want {
					t.Errorf("mayHaveRun = %v", got)
				}
			})
		})
	}
}

func (p *phase) seeConn()   { p.gotConn(httptrace.GotConnInfo{}) }
func (p *phase) seeWrote()  { p.wroteRequest(httptrace.WroteRequestInfo{}) }
func (p *phase) seeFailed() { p.wroteRequest(httptrace.WroteRequestInfo{Err: errors.New("write")}) }
