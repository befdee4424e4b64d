package locallambda

import (
	"bytes"
	"crypto/rand"
	"os"
	"sync"
	"time"
)

// output reads what a worker writes to standard output and error, one pipe for
// both so that the order is kept, and hands it on: to the Command's Log, and to
// the tail of the invocation that asked for its log.
//
// Where an invocation's output begins and ends nobody can see from outside, as
// the pipe may still hold some of it. So the emulator writes to the pipe too: a
// mark that the reader takes out again when it comes by. All that came before the
// mark was written before it.
type output struct {
	r, w *os.File // w is also the worker's
	out  *lineWriter
	mark []byte        // random: no function writes it by accident
	done chan struct{} // closed when all has been read

	mu    sync.Mutex
	steps []func() // one for each mark in the pipe
	tail  *outputTail
}

// newOutput returns an output whose w is to be the standard output and error of
// a process. It must be served and closed.
//
// Tail, which may be nil, is that of the invocation for which the process is
// started. It shows what the process writes if it does not get as far as that.
func newOutput(out *lineWriter, tail *outputTail) (*output, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	mark := make([]byte, 20)
	rand.Read(mark)
	for i := range mark {
		mark[i] |= 1
	}
	mark[0] = 0 // and nowhere else: see partial
	return &output{r: r, w: w, out: out, mark: mark, tail: tail, done: make(chan struct{})}, nil
}

// begin directs what is written from now on to tail, and to nothing else: what
// the worker has written while it started belongs to no invocation.
func (o *output) begin(tail *outputTail) {
	o.put(func() {
		o.tail = tail
		tail.begin()
	})
}

// end completes tail with what has been written until now.
func (o *output) end(tail *outputTail, memory int) {
	o.put(func() {
		o.tail = nil
		tail.finish(memory)
	})
}

// put makes the reader call step, with the mutex held, when it has read all that
// is in the pipe.
func (o *output) put(step func()) {
	o.mu.Lock()
	o.steps = append(o.steps, step)
	o.mu.Unlock()
	o.w.Write(o.mark) //nolint:errcheck // shorter than PIPE_BUF: whole, or the worker is no more
}

// serve reads until the pipe is at its end.
func (o *output) serve() {
	defer close(o.done)
	defer o.out.flush()
	buf := make([]byte, 16<<10)
	held := 0 // bytes at its beginning that may be the beginning of a mark
	for {
		n, err := o.r.Read(buf[held:])
		data := buf[:held+n]
		for {
			before, after, found := bytes.Cut(data, o.mark)
			if !found {
				break
			}
			o.emit(before)
			o.step()
			data = after
		}
		if err != nil {
			o.emit(data)
			return
		}
		held = o.partial(data)
		o.emit(data[:len(data)-held])
		copy(buf, data[len(data)-held:])
	}
}

// partial returns how many bytes at the end of data are the beginning of a mark.
func (o *output) partial(data []byte) int {
	start := bytes.LastIndexByte(data, o.mark[0])
	if start < 0 || !bytes.HasPrefix(o.mark, data[start:]) {
		return 0
	}
	return len(data) - start
}

func (o *output) emit(data []byte) {
	if len(data) == 0 {
		return
	}
	o.mu.Lock()
	if o.tail != nil {
		o.tail.write(data)
	}
	o.mu.Unlock()
	o.out.write(data)
}

func (o *output) step() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.steps) > 0 {
		step := o.steps[0]
		o.steps = o.steps[1:]
		step()
	}
}

// close waits, not for long, until all that the worker's processes have written
// is read: one that has left the group may hold the pipe for ever.
func (o *output) close() {
	o.w.Close()
	o.r.SetReadDeadline(time.Now().Add(settling)) //nolint:errcheck // pipes have deadlines
	select {
	case <-o.done:
	case <-time.After(2 * settling): // Log does not take what it is given
	}
	o.r.Close()
}

// hint writes a line of the emulator's own to Log.
func (o *output) hint(text string) { o.out.hint(text) }

// discard closes an output that was never served.
func (o *output) discard() {
	o.w.Close()
	o.r.Close()
}
