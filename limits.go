package vialambda

// Lambda's limits, in bytes
// (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
const (
	maxEvent      = 6_291_456 // of a RequestResponse invocation
	maxAsyncEvent = 1 << 20   // of an Event invocation
	maxAnswer     = 6_291_556 // of a buffered answer
	maxStream     = 200 << 20 // of a streamed answer
)
