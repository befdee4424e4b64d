package locallambda

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// outputTail is the end of what a function wrote during one invocation.
type outputTail struct {
	complete chan struct{} // closed when nothing more will come

	mu     sync.Mutex
	kept   []byte
	cut    bool // there was more before
	begun  bool // the event has been delivered
	memory int  // the worker's peak, in MB; 0: unknown
	ended  bool
}

func newOutputTail() *outputTail { return &outputTail{complete: make(chan struct{})} }

func (t *outputTail) write(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
		t.cut = true
	}
}

// begin drops what came before the invocation, once.
func (t *outputTail) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.begun {
		t.kept, t.cut, t.begun = nil, false, true
	}
}

func (t *outputTail) finish(memory int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.ended {
		t.ended = true
		t.memory = memory
		close(t.complete)
	}
}

// text is the log tail of inv as Lambda writes it: the last 4,096 bytes of
//
//	START RequestId: … Version: $LATEST
//	(what the function wrote)
//	END RequestId: …
//	REPORT RequestId: …	Duration: 3.01 ms	Billed Duration: 4 ms	Memory Size: 128 MB	Max Memory Used: 36 MB	Init Duration: 110.10 ms
//
// Init Duration is there after a cold start; Max Memory Used is left out where
// the system does not tell.
func (t *outputTail) text(inv *invocation) []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	var log []byte
	id := inv.call.RequestID
	if !t.cut {
		log = fmt.Appendf(log, "START RequestId: %s Version: %s\n", id, inv.call.Version)
	}
	log = append(log, t.kept...)
	if len(t.kept) > 0 && t.kept[len(t.kept)-1] != '\n' {
		log = append(log, '\n')
	}
	if failed := inv.failure; failed != nil && failed.note != "" {
		log = append(append(log, failed.note...), '\n')
	}
	log = fmt.Appendf(log, "END RequestId: %s\n", id)
	log = fmt.Appendf(log, "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\t",
		id, milliseconds(inv.duration), math.Ceil(milliseconds(inv.duration)), inv.command.memory())
	if t.memory > 0 {
		log = fmt.Appendf(log, "Max Memory Used: %d MB\t", t.memory)
	}
	if inv.init > 0 {
		log = fmt.Appendf(log, "Init Duration: %.2f ms\t", milliseconds(inv.init))
	}
	log = append(log, '\n')
	return log[max(0, len(log)-maxTail):]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
