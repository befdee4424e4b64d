package locallambda

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// grace is how long a process may take to end by itself once it has been told
// to, or has said that it cannot start.
const grace = 500 * time.Millisecond

// speakRuntimeAPI is what to do about a program that is no function.
const speakRuntimeAPI = "the command of a function must speak the Lambda Runtime API, " +
	"as lambda.Start of aws-lambda-go or python3 -m awslambdaric do"

// startWorker starts a worker for inv, with leave from the pool, and gives inv to
// it. It returns nil if the program cannot be started, which inv has been told.
func (c *Command) startWorker(ctx context.Context, inv *invocation, stamp uint64) (*worker, error) {
	if err := c.pool.pause(ctx, stamp); err != nil {
		c.pool.forgo()
		return nil, err
	}
	w, err := c.newWorker(inv, stamp)
	switch {
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, errNoArgs):
		c.pool.forgo()
		return nil, err
	case err != nil:
		c.pool.failed(stamp)
		c.pool.forgo()
		c.lines(inv.function).hint("cannot be started: " + err.Error())
		inv.end(false, 0, nil, entrypointFailure(inv.call.RequestID, err))
		return nil, nil
	}
	if !c.pool.add(w) {
		w.stop()
	}
	go w.live()
	return w, nil
}

var errNoArgs = errors.New("locallambda: the Command has no Args")

// entrypointFailure is what Lambda reports of a program that it cannot start.
func entrypointFailure(id string, err error) *failure {
	kind := "Runtime.InvalidEntrypoint"
	if fault, ok := errors.AsType[*fs.PathError](err); ok && fault.Op == "chdir" {
		kind = "Runtime.InvalidWorkingDir"
	}
	return platformFailure(kind, id, err.Error())
}

// newWorker starts a process and its Runtime API. Nothing waits for it yet.
func (c *Command) newWorker(inv *invocation, stamp uint64) (*worker, error) {
	if len(c.Args) == 0 {
		return nil, errNoArgs
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); err != nil {
		return nil, &fs.PathError{Op: "chdir", Path: dir, Err: errors.Unwrap(err)}
	}
	api, err := newRuntimeAPI()
	if err != nil {
		return nil, err
	}
	out, err := newOutput(c.lines(inv.function), inv.tail)
	if err != nil {
		api.close()
		return nil, err
	}
	w := &worker{
		command: c,
		name:    inv.function,
		stamp:   stamp,
		api:     api,
		output:  out,
		born:    time.Now(),
		inv:     inv,
		wake:    make(chan struct{}, 1),
	}
	inv.cold = true
	env := c.environ(inv.function, inv.call.ARN, dir, api.address())
	if w.cmd, err = c.spawn(dir, env, out); err != nil {
		inv.cold = false
		api.close()
		out.discard()
		return nil, err
	}
	w.due = w.born.Add(c.initTimeout())
	w.timer = time.AfterFunc(c.initTimeout(), w.expire)
	go out.serve()
	api.serve(w)
	return w, nil
}

// spawn starts the process. A program that was written a moment ago may still
// look as if it were being written ("text file busy"): a child that another
// thread has forked, and that has not called exec yet, holds the descriptor.
func (c *Command) spawn(dir string, env []string, out *output) (*exec.Cmd, error) {
	for attempt := 0; ; attempt++ {
		cmd := exec.Command(c.Args[0], c.Args[1:]...) //nolint:noctx // the worker outlives the call that it is started for
		cmd.Dir, cmd.Env = dir, env
		cmd.Stdout, cmd.Stderr = out.w, out.w
		if err := setProcAttr(cmd); err != nil {
			return nil, err
		}
		err := c.pool.spawner.run(cmd.Start)
		if !errors.Is(err, syscall.ETXTBSY) || attempt == 6 {
			return cmd, err
		}
		time.Sleep(time.Millisecond << attempt)
	}
}

// live waits for the process to end and tells everybody.
func (w *worker) live() {
	reap(w.cmd, w.killGroup)
	state := w.cmd.ProcessState
	pool := &w.command.pool

	w.mu.Lock()
	was := w.phase
	w.phase = dead
	w.arm(-1)
	inv, death := w.inv, w.death
	w.mu.Unlock()

	told := was == stopping
	if !told {
		pool.failed(w.stamp)
	}
	if was == starting {
		w.output.hint("ended (" + state.String() + ") before it asked for an event: " + speakRuntimeAPI)
	}
	pool.remove(w)

	// What the process sent before it ended counts.
	w.api.drain(func() bool { return inv != nil && inv.stream != nil && inv.stream.stalls.Load() })
	w.output.close()
	if inv != nil {
		if inv.tail != nil {
			inv.tail.finish(exitMemory(state))
		}
		if death == nil {
			death = exited(inv.call.RequestID, state)
		}
		w.conclude(inv, nil, death)
	}
	w.api.close()
	pool.ending.Done()
}

// killGroup kills what is left of the process's group and says that its number is
// about to be free for others.
func (w *worker) killGroup() {
	w.mu.Lock()
	defer w.mu.Unlock()
	signalGroup(w.cmd.Process.Pid, syscall.SIGKILL)
	w.reaped = true
}

// lines returns a writer of one worker's lines to Log.
func (c *Command) lines(function string) *lineWriter {
	return &lineWriter{mu: &c.log, out: c.Log, prefix: function + ": "}
}
