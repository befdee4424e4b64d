package locallambda

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"time"
)

// call is what Lambda knows of an invocation beyond what vialambda.Invocation
// says: the front (Functions, Server) decides it, the function at the back
// (HTTP, Func, Command) is told of it. It travels in the context, so that what
// wraps a function in between need not know of it.
type call struct {
	RequestID string    // a UUID, the same for all that see this invocation and its retries
	ARN       string    // of the invoked function, with the qualifier if one was used
	Version   string    // $LATEST or a number
	Start     time.Time // when the front took it

	// Deadline is when the function's own time is over, and Timeout how long
	// that was; zero: nobody has limited it yet.
	Deadline time.Time
	Timeout  time.Duration

	log *callLog // of a function in this process; never nil
}

type callKey struct{}

// newCall returns a call of the function n, taken now.
func newCall(n name) *call {
	return &call{
		RequestID: newUUID(),
		ARN:       n.arn(),
		Version:   n.version(),
		Start:     time.Now(),
		log:       new(callLog),
	}
}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func hasCall(ctx context.Context) bool {
	_, ok := ctx.Value(callKey{}).(*call)
	return ok
}

// callFrom returns the call that ctx carries, or a new one if it carries none:
// a function is also an Invoker of its own, without a front.
func callFrom(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return newCall(name{Region: defaultRegion, Account: defaultAccount, Function: "function"})
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var id [16]byte
	rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	return string(text[:])
}
