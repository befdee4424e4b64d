package locallambda

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda"
)

// Faults is an Invoker that lets calls of another one go wrong by rule, for
// tests of what a program does when Lambda fails. In this process the caller
// gets the error that it would get over the network; a [Server] in front of it
// answers with the fault, or breaks the connection.
//
// It must not be copied after first use.
type Faults struct {
	Invoker vialambda.Invoker // required

	// Rules are tried in order for every call. Delays add up; the first rule
	// that applies and has anything else ends the search.
	Rules []FaultRule
	// Seed chooses which calls a Probability hits: with the same seed the same
	// ones, in the order in which they come.
	Seed uint64

	calls atomic.Int64
}

// FaultRule says which calls go wrong, and how. Of the first three fields all
// that are set must apply; if none is, every call is meant.
type FaultRule struct {
	// Calls are the numbers of calls, counted from 1 by the Faults.
	Calls []int64
	// Probability hits a part of the calls, 0 to 1.
	Probability float64
	// Match picks calls.
	Match func(*vialambda.Invocation) bool

	// Delay is latency before anything else happens.
	Delay time.Duration
	// Error is answered instead of the function's answer: [Throttle], or any
	// code and status. MayHaveRun is set by these two, as a client must take them.
	Error *vialambda.InvokeError
	// Cut breaks the connection. The caller of Invoke gets an InvokeError that
	// may have run and wraps io.ErrUnexpectedEOF, the reader of a stream the same.
	Cut bool
	// At is when Error or Cut happens. If zero, BeforeRun.
	At FaultPoint
	// ClockSkew refuses the call as a Lambda does whose clock is so much ahead
	// (behind, if negative): InvalidSignatureException, with its time in Date.
	ClockSkew time.Duration
}

// FaultPoint is a moment of an invocation.
type FaultPoint int

const (
	BeforeRun FaultPoint = iota // the request has arrived, the function is not called
	AfterRun                    // the function has run to its end, its answer is dropped
	InAnswer                    // a part of the answer has gone out
)

// Throttle is the error of a function that is out of concurrency.
func Throttle(retryAfter time.Duration) *vialambda.InvokeError {
	return &vialambda.InvokeError{
		Code:       "TooManyRequestsException",
		Status:     http.StatusTooManyRequests,
		Message:    "Rate Exceeded.",
		Reason:     "ReservedFunctionConcurrentInvocationLimitExceeded",
		RetryAfter: retryAfter,
	}
}

// Invoke calls f.Invoker, or does what the rules say.
func (f *Faults) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	call := f.calls.Add(1)
	for i, rule := range f.Rules {
		if !rule.applies(call, rand.NewPCG(f.Seed+uint64(i), uint64(call)), in) {
			continue
		}
		if err := sleep(ctx, rule.Delay); err != nil {
			return nil, &vialambda.InvokeError{Err: err}
		}
		if err := rule.err(); err != nil {
			return rule.fail(ctx, in, f.Invoker, err)
		}
	}
	return f.Invoker.Invoke(ctx, in)
}

// CloseIdleConnections is passed on to f.Invoker.
func (f *Faults) CloseIdleConnections() { closeIdleConnections(f.Invoker) }

func (r *FaultRule) applies(call int64, random rand.Source, in *vialambda.Invocation) bool {
	return (r.Calls == nil || slices.Contains(r.Calls, call)) &&
		(r.Probability == 0 || rand.New(random).Float64() < r.Probability) &&
		(r.Match == nil || r.Match(in))
}

// err returns a new error for a call that the rule applies to; nil if the rule
// has only a delay.
func (r *FaultRule) err() *vialambda.InvokeError {
	switch {
	case r.Cut:
		return &vialambda.InvokeError{MayHaveRun: true, Err: &cutError{}}
	case r.Error != nil:
		e := *r.Error
		e.MayHaveRun = mayHaveRun(e.Status, e.Code)
		return &e
	case r.ClockSkew != 0:
		now := time.Now().Add(r.ClockSkew)
		e := signature{time: time.Now().UTC()}.checkTime(now)
		if e == nil { // within the tolerance: a real Lambda would accept it
			return nil
		}
		e.Err = &clockSkewError{now}
		return e
	}
	return nil
}

// fail lets the call fail with e at the rule's point.
func (r *FaultRule) fail(ctx context.Context, in *vialambda.Invocation, next vialambda.Invoker, e *vialambda.InvokeError) (*vialambda.Result, error) {
	if r.At == BeforeRun {
		return nil, e
	}
	res, err := next.Invoke(ctx, in)
	if err != nil {
		return nil, err
	}
	if res.Payload == nil {
		res.Payload = http.NoBody
	}
	if r.At == InAnswer && in.Stream {
		res.Payload = &brokenStream{ReadCloser: res.Payload, err: e}
		return res, nil
	}
	defer res.Payload.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Payload, maxAnswer))
	if err != nil {
		return nil, err
	}
	if cut, ok := e.Err.(*cutError); ok && r.At == InAnswer { //nolint:errorlint // our own, not wrapped
		cut.res, cut.answer = res, answer
	}
	return nil, e
}

// cutError is the cause of an InvokeError whose call ended with a broken
// connection. The Server that finds it breaks its own.
type cutError struct {
	res    *vialambda.Result // nil: nothing was answered
	answer []byte            // the answer, of which a part goes out
}

func (e *cutError) Error() string { return "connection cut" }

// Unwrap makes the error what a reader of half an answer gets.
func (e *cutError) Unwrap() error { return io.ErrUnexpectedEOF }

// brokenStream fails with err after the first bytes.
type brokenStream struct {
	io.ReadCloser
	err   error
	begun bool
}

func (s *brokenStream) Read(b []byte) (int, error) {
	if s.begun {
		return 0, s.err
	}
	n, err := s.ReadCloser.Read(b)
	if n > 0 || err != nil {
		s.begun = true
	}
	if err != nil {
		err = s.err
	}
	return n, err
}

// sleep waits for d, or returns why ctx has ended.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
