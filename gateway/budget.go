package gateway

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/vialambda/vialambda"
)

var errOverBudget = errors.New("the gateway holds as many bytes as it may")

// budget counts the bytes in flight.
type budget struct {
	limit atomic.Int64
	used  atomic.Int64
}

func (b *budget) take(n, limit int64) bool {
	if b.used.Add(n) > limit {
		b.used.Add(-n)
		return false
	}
	return true
}

// reserve takes n bytes until the exchange is over.
func (x *exchange) reserve(n, limit int64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over || !x.g.bytes.take(n, limit) {
		return false
	}
	x.reserved += n
	return true
}

// reserveBody takes n bytes of a request's body from the budget, of which bodies
// may have three quarters: who has been let in should get an answer.
func (x *exchange) reserveBody(n int64) bool {
	limit := x.g.bytes.limit.Load()
	return x.reserve(n, limit-limit/4)
}

// reserveAnswer takes n bytes of an answer.
func (x *exchange) reserveAnswer(n int64, requestID string) error {
	limit := x.g.bytes.limit.Load()
	if x.reserve(n, limit) {
		return nil
	}
	return &vialambda.InvokeError{
		Code:       vialambda.CodeQueueFull,
		Message:    fmt.Sprintf("%v: %d", errOverBudget, limit),
		RequestID:  requestID,
		RetryAfter: time.Second,
		MayHaveRun: true,
		Err:        errOverBudget,
	}
}
