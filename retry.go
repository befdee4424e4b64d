package vialambda

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// Retry says how often and when an invocation is sent again.
//
// It is sent again only if the failure proves that the function did not run and
// can pass by itself (throttled, not ready, no connection), or, after a failure
// that leaves it open (a 5xx of the API, a connection cut), if the request is
// idempotent: GET, HEAD, OPTIONS, TRACE, a request with an Idempotency-Key or
// X-Idempotency-Key header, as in net/http, or one whose [Target] says so.
// Refused credentials that the Invoker has renewed are tried once more. Function
// errors and malformed answers are never retried.
//
// Each Transport has a budget for retries, as AWS's SDKs have, so that an outage
// is not answered with a multiple of the load.
type Retry struct {
	// MaxAttempts is how often an invocation is sent at most; if 0, 3; if 1 or
	// negative, once.
	MaxAttempts int
	// BaseDelay is the longest wait before the second attempt; it doubles with
	// each further one up to MaxDelay, and the actual wait is random between
	// zero and that ("full jitter"). If 0, 100 ms and 5 s.
	BaseDelay, MaxDelay time.Duration
}

// maxRetryAfter is the longest Retry-After that is waited for.
const maxRetryAfter = time.Minute

func (r Retry) attempts() int {
	switch {
	case r.MaxAttempts == 0:
		return 3
	case r.MaxAttempts < 0:
		return 1
	}
	return r.MaxAttempts
}

// delay returns how long to wait after the given attempt, the first being 1.
func (r Retry) delay(attempt int) time.Duration {
	base, most := r.BaseDelay, r.MaxDelay
	if base <= 0 {
		base = 100 * time.Millisecond
	}
	if most <= 0 {
		most = 5 * time.Second
	}
	for range attempt - 1 {
		if base >= most/2 {
			base = most
			break
		}
		base *= 2
	}
	return rand.N(min(base, most) + 1)
}

// retryer follows one invocation through its attempts.
type retryer struct {
	policy     Retry
	budget     *budget
	idempotent bool
	renewed    bool // a renewal has had its extra attempt
	spent      int64
}

// again reports whether to send once more after the given attempt failed with
// err, and after what wait.
func (r *retryer) again(ctx context.Context, attempt int, err error) (time.Duration, bool) {
	e, ok := errors.AsType[*InvokeError](err)
	if !ok || ctx.Err() != nil {
		return 0, false
	}
	if e.Renewed && !e.MayHaveRun && !r.renewed {
		r.renewed = true
		return 0, true
	}
	if attempt >= r.policy.attempts() || !transient(e) || e.MayHaveRun && !r.idempotent {
		return 0, false
	}
	wait := max(r.policy.delay(attempt), e.RetryAfter)
	if e.RetryAfter > maxRetryAfter {
		return 0, false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return 0, false
	}
	cost := int64(retryCost)
	if e.Status == 0 {
		cost = timeoutCost
	}
	if !r.budget.take(cost) {
		return 0, false
	}
	r.spent = cost
	return wait, true
}

// succeeded gives back to the budget what the last retry took, or a little for
// a first attempt that needed none.
func (r *retryer) succeeded() { r.budget.give(max(r.spent, 1)) }

// transient reports whether the failure can pass by itself.
func transient(e *InvokeError) bool {
	switch e.Code {
	case "TooManyRequestsException", "ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded",
		"ResourceNotReadyException", "ENINotReadyException", "SnapStartNotReadyException", "ResourceConflictException",
		"EC2ThrottledException":
		return true
	case "":
		if e.Status == 0 {
			return !hopeless(e.Err)
		}
	}
	return e.Status == http.StatusTooManyRequests || e.Status >= 500 && e.MayHaveRun
}

// hopeless reports whether a connection failed for a reason that stays.
func hopeless(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if e, ok := errors.AsType[*net.DNSError](err); ok {
		return e.IsNotFound
	}
	// The caller's own context is looked at before. A DeadlineExceeded that is not
	// its is a time limit on the way, of a dial for instance, and may not be met again.
	return errors.Is(err, context.Canceled)
}

// isIdempotent is net/http's own rule for sending a request again.
func isIdempotent(req *http.Request) bool {
	switch req.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE":
		return true
	}
	return req.Header["Idempotency-Key"] != nil || req.Header["X-Idempotency-Key"] != nil
}

// The sizes of the SDK's own retry token bucket (aws/ratelimit, aws/retry).
const (
	budgetSize  = 500
	retryCost   = 5
	timeoutCost = 10
)

// budget is what a Transport may spend on retries. The zero value is full.
type budget struct{ spent atomic.Int64 }

func (b *budget) take(n int64) bool {
	for {
		spent := b.spent.Load()
		if spent+n > budgetSize {
			return false
		}
		if b.spent.CompareAndSwap(spent, spent+n) {
			return true
		}
	}
}

func (b *budget) give(n int64) {
	for {
		spent := b.spent.Load()
		if spent == 0 || b.spent.CompareAndSwap(spent, max(spent-n, 0)) {
			return
		}
	}
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
