package client

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"syscall"
)

// Main runs the measured process until in ends.
func Main(in io.Reader, out io.Writer) error {
	lines := json.NewDecoder(bufio.NewReader(in))
	replies := json.NewEncoder(out)
	var spec Spec
	if err := lines.Decode(&spec); err != nil {
		return fmt.Errorf("reading the spec: %w", err)
	}
	if err := limitMemory(spec.MemoryLimit); err != nil {
		return err
	}
	runner, err := newRunner(context.Background(), &spec)
	if err != nil {
		return replies.Encode(Reply{Error: err.Error()})
	}
	if err := replies.Encode(Reply{}); err != nil {
		return err
	}
	for {
		var command Command
		if err := lines.Decode(&command); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := replies.Encode(runner.obey(command)); err != nil {
			return err
		}
	}
}

// limitMemory makes the kernel refuse this process more than so many bytes, so
// that a contender that needs too much fails instead of the machine.
func limitMemory(bytes uint64) error {
	if bytes == 0 {
		return nil
	}
	return syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: bytes, Max: bytes})
}

func (r *runner) obey(command Command) Reply {
	var reply Reply
	var err error
	switch command.Op {
	case "check":
		err = r.check()
	case "warm":
		reply.Measured = r.warm()
		err = reply.Measured.err()
	case "round":
		reply.Measured = r.round(r.spec.Function, command.Calls)
	case "barrier":
		reply.Measured = r.round(barrierFunction(r.spec.InFlight), command.Calls)
	case "peak":
		reply.Memory, err = r.peak()
	case "hold":
		r.hold(command.Calls)
	case "memory":
		reply.Memory = settledMemory()
	case "join":
		err = r.join()
	case "profile":
		reply.Measured, err = r.profile(command)
	default:
		err = fmt.Errorf("unknown command %q", command.Op)
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}

func (m *Measured) err() error {
	if m.Failed == 0 {
		return nil
	}
	return fmt.Errorf("%d of %d calls failed: %s", m.Failed, m.Calls, m.FirstError)
}
