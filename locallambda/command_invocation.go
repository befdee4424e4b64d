package locallambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vialambda/vialambda"
)

// settling is how long the end of an answer waits for the function's log to be
// complete, if the log was asked for: until the worker asks for more work.
const settling = 200 * time.Millisecond

// invocation is one invocation on its way through a worker.
//
// It is concluded once, by the handler of the runtime's answer or, if there is
// none, by the goroutine that waits for the process; worker.conclude sees to it.
type invocation struct {
	command *Command
	call    *call
	in      *vialambda.Invocation

	function string // its plain name
	client   string // client context as a header value
	attempt  string // unique for this attempt, unlike the request id
	timeout  time.Duration
	stream   *answerPipe
	tail     *outputTail // nil unless the log was asked for

	// Guarded by the worker's mutex until answered is closed.
	cold      bool
	init      time.Duration
	delivered time.Time // zero: not yet
	deadline  time.Time
	posting   bool // the runtime is sending its answer, or has
	broken    bool // and it broke off
	begun     bool // and Invoke has returned a stream
	concluded bool

	// Set by end.
	duration time.Duration
	payload  []byte
	failure  *failure

	// answered is closed when Invoke can return: when all of a buffered answer
	// is there, or the first byte of a stream.
	answered chan struct{}
}

// newInvocation returns an invocation of c. ctx is its caller's.
func (c *Command) newInvocation(ctx context.Context, taken *call, in *vialambda.Invocation) (*invocation, error) {
	inv := &invocation{
		command:  c,
		call:     taken,
		in:       in,
		function: functionName(taken.ARN),
		attempt:  newUUID(),
		timeout:  c.timeoutOf(taken),
		answered: make(chan struct{}),
	}
	if c.Name != "" {
		inv.function = c.Name
	}
	if len(in.ClientContext) > 0 {
		client, err := headerJSON(in.ClientContext)
		if err != nil {
			return nil, badRequest("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")
		}
		inv.client = client
	}
	if in.Stream {
		inv.stream = newAnswerPipe(ctx)
	}
	if in.LogTail {
		inv.tail = newOutputTail()
	}
	return inv, nil
}

// functionName returns the plain name in a function's ARN.
func functionName(arn string) string {
	parts := strings.SplitN(arn, ":", 8)
	if len(parts) < 7 {
		return arn
	}
	return parts[6]
}

// headerJSON returns document, which must be JSON, as one line of printable
// ASCII that means the same: a header can carry nothing else.
func headerJSON(document []byte) (string, error) {
	var line bytes.Buffer
	if err := json.Compact(&line, document); err != nil {
		return "", err
	}
	var ascii strings.Builder
	for _, r := range line.String() {
		switch {
		case ' ' <= r && r < 0x7f:
			ascii.WriteByte(byte(r))
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&ascii, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		default:
			fmt.Fprintf(&ascii, `\u%04x`, r)
		}
	}
	return ascii.String(), nil
}

// end gives the invocation its outcome: payload, or failure if that is not nil.
// Of a stream, whose payload has been written already, it is the end; begun says
// that Invoke has returned. Its caller has made sure that it is called once.
func (inv *invocation) end(begun bool, duration time.Duration, payload []byte, failed *failure) {
	inv.duration, inv.payload, inv.failure = duration, payload, failed
	inv.observe(http.StatusOK, duration, failed)
	if inv.stream != nil {
		inv.stream.close(failed.err(inv.call.RequestID))
	}
	if !begun {
		close(inv.answered)
	}
}

// answer is what Invoke returns once answered is closed.
func (inv *invocation) answer() *vialambda.Result {
	res := &vialambda.Result{
		Status:    http.StatusOK,
		RequestID: inv.call.RequestID,
		Version:   inv.call.Version,
	}
	if inv.stream != nil {
		res.Payload = &streamPayload{answerPipe: inv.stream, inv: inv, res: res}
		return res
	}
	payload := inv.payload
	if inv.failure != nil {
		payload = inv.failure.document
		res.FunctionError = unhandled
	}
	res.Payload, res.Size = io.NopCloser(bytes.NewReader(payload)), int64(len(payload))
	res.LogTail = inv.logTail(context.Background())
	return res
}

// logTail waits, not for long, until the worker has left the invocation, and
// returns the end of its log; nil if nobody asked for it.
func (inv *invocation) logTail(ctx context.Context) []byte {
	if inv.tail == nil {
		return nil
	}
	patience := time.NewTimer(settling)
	defer patience.Stop()
	select {
	case <-inv.tail.complete:
	case <-patience.C:
	case <-ctx.Done():
	}
	return inv.tail.text(inv)
}

// refused is the error of an invocation that did not reach a worker.
func (inv *invocation) refused(err error) error {
	if inv.stream != nil {
		inv.stream.abandon()
	}
	refusal, ok := errors.AsType[*vialambda.InvokeError](err)
	if !ok {
		return &vialambda.InvokeError{RequestID: inv.call.RequestID, Err: err}
	}
	refusal.RequestID = inv.call.RequestID
	if refusal.Status != 0 {
		inv.observe(refusal.Status, 0, nil)
	}
	return refusal
}

// observe tells the Command's user what became of the invocation.
func (inv *invocation) observe(status int, duration time.Duration, failed *failure) {
	if inv.command.Observe == nil {
		return
	}
	report := Report{
		Function:  inv.function,
		RequestID: inv.call.RequestID,
		Cold:      inv.cold,
		Init:      inv.init,
		Duration:  duration,
		Status:    status,
	}
	switch {
	case failed != nil && failed.kind != "":
		report.Error = failed.kind
	case failed != nil:
		report.Error = unhandled
	case status == http.StatusTooManyRequests:
		report.Error = "TooManyRequestsException"
	}
	inv.command.Observe(report)
}
