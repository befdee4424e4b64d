package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/usage"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// contender calls a function as one of the ways to do so does.
type contender interface {
	// call calls function with the spec's request, writes the body of the
	// response to w, whole, and returns an error if its status is not 200. It is
	// safe for concurrent use.
	call(ctx context.Context, function string, w io.Writer) error
}

type runner struct {
	ctx       context.Context
	spec      *Spec
	contender contender
	want      Sum
	busy      time.Duration // before each call

	held   sync.WaitGroup
	mu     sync.Mutex
	failed error // the first of the held calls'
}

func newRunner(ctx context.Context, spec *Spec) (*runner, error) {
	var body []byte
	if spec.BodyFile != "" {
		var err error
		if body, err = os.ReadFile(spec.BodyFile); err != nil {
			return nil, err
		}
	}
	c, err := newContender(spec, body)
	if err != nil {
		return nil, err
	}
	want := spec.Answer
	if spec.Contender == Plain || spec.Contender == Signed {
		want = spec.Payload
	}
	return &runner{ctx: ctx, spec: spec, contender: c, want: want}, nil
}

// warm fills the connection pool.
func (r *runner) warm() Measured {
	if r.spec.Stream {
		return r.round(r.spec.Function, r.spec.InFlight) // no barrier streams
	}
	return r.round(barrierFunction(r.spec.InFlight), r.spec.InFlight)
}

func barrierFunction(n int) string { return workload.BarrierPrefix + strconv.Itoa(n) }

// check makes sure that the function gets the request's body, and the caller
// the answer's, byte for byte.
func (r *runner) check() error {
	hash := sha256.New()
	if err := r.contender.call(r.ctx, r.spec.Function, hash); err != nil {
		return err
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != r.want.SHA {
		return fmt.Errorf("the body received has SHA-256 %s, not %s", got, r.want.SHA)
	}
	if r.spec.Stream {
		return nil
	}
	var sum limitedBuffer
	if err := r.contender.call(r.ctx, workload.Inspect, &sum); err != nil {
		return err
	}
	if !strings.Contains(string(sum), r.spec.BodySHA) {
		return fmt.Errorf("the body sent has not SHA-256 %s; the function says %.200s", r.spec.BodySHA, sum)
	}
	return nil
}

// round makes calls calls of function, InFlight at a time, and measures them
// all together. Garbage of earlier rounds is collected before.
func (r *runner) round(function string, calls int) Measured {
	m := Measured{Calls: calls}
	latencies := make([]time.Duration, calls)
	want := r.want.Size
	if function != r.spec.Function {
		want = -1
	}
	ctx, giveUp := r.ctx, func() {}
	if strings.HasPrefix(function, workload.BarrierPrefix) {
		// One that fails would leave the others waiting for it for ever.
		ctx, giveUp = context.WithCancel(r.ctx)
		defer giveUp()
	}
	var next, failed atomic.Int64
	var first atomic.Pointer[error]
	start := make(chan struct{})
	var workers, ready sync.WaitGroup
	for range min(r.spec.InFlight, calls) {
		ready.Add(1)
		workers.Go(func() {
			var body counter
			ready.Done()
			<-start
			for {
				i := int(next.Add(1)) - 1
				if i >= calls {
					return
				}
				body = 0
				for began := time.Now(); r.busy > 0 && time.Since(began) < r.busy; {
				}
				began := time.Now()
				err := r.contender.call(ctx, function, &body)
				latencies[i] = time.Since(began)
				if err == nil && want >= 0 && int64(body) != want {
					err = fmt.Errorf("body of %d bytes, not %d", body, want)
				}
				if err != nil {
					failed.Add(1)
					first.CompareAndSwap(nil, &err)
					giveUp()
				}
			}
		})
	}
	ready.Wait()
	runtime.GC()
	before := usage.Begin()
	close(start)
	workers.Wait()
	used := usage.Since(before)

	m.Wall, m.CPU, m.Mallocs, m.Bytes = used.Wall, used.CPU, used.Mallocs, used.Bytes
	m.Latency = stats.Latencies(latencies)
	m.Failed = int(failed.Load())
	if err := first.Load(); err != nil {
		m.FirstError = clip((*err).Error())
	}
	return m
}

// hold starts calls that the stub holds back.
func (r *runner) hold(calls int) {
	for range calls {
		r.held.Go(func() {
			var body counter
			if err := r.contender.call(r.ctx, workload.Hold, &body); err != nil {
				r.mu.Lock()
				defer r.mu.Unlock()
				if r.failed == nil {
					r.failed = err
				}
			}
		})
	}
}

func (r *runner) join() error {
	r.held.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}

// counter counts the bytes written to it.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// limitedBuffer keeps the first bytes written to it.
type limitedBuffer []byte

func (b *limitedBuffer) Write(p []byte) (int, error) {
	*b = append(*b, p[:min(len(p), 1024-len(*b))]...)
	return len(p), nil
}

func clip(text string) string { return text[:min(len(text), 300)] }
