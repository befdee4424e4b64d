package locallambda

import (
	"runtime"
	"sync"
)

// spawner starts processes on one operating system thread of its own. The
// kernel's parent-death signal is tied to the thread that forked, not to the
// process (prctl(2), PR_SET_PDEATHSIG): a thread that the Go runtime ends would
// take its children along.
//
// Close ends the thread; there must be no process left that it has started, and
// none to start.
type spawner struct {
	jobs         chan func()
	begin, close func()
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func())}
	s.begin = sync.OnceFunc(func() { go s.serve() })
	s.close = sync.OnceFunc(func() { close(s.jobs) })
	return s
}

func (s *spawner) serve() {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	for job := range s.jobs {
		job()
	}
}

// run calls start on the thread and returns its error.
func (s *spawner) run(start func() error) error {
	s.begin()
	result := make(chan error)
	s.jobs <- func() { result <- start() }
	return <-result
}
