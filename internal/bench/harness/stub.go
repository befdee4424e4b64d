package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/vialambda/vialambda/internal/bench/stub"
)

// endpoint is a stub in a process of its own.
type endpoint struct {
	process *process
	ready   stub.Ready
	caFile  string // "": no TLS
}

func (h *Harness) startStub(ctx context.Context, useTLS bool) (*endpoint, error) {
	args := []string{"stub"}
	if useTLS {
		args = append(args, "-tls")
	}
	p, err := start(environment(), h.Executable, args...)
	if err != nil {
		return nil, err
	}
	e := &endpoint{process: p}
	if err := p.receive(ctx, &e.ready, time.Minute); err != nil {
		p.stop()
		return nil, fmt.Errorf("starting the stub: %w", err)
	}
	if useTLS {
		e.caFile = filepath.Join(h.dir, "ca.pem")
		if err := os.WriteFile(e.caFile, []byte(e.ready.CA), 0o600); err != nil {
			p.stop()
			return nil, err
		}
	}
	return e, nil
}

// stats asks the stub what it has counted.
func (e *endpoint) stats(ctx context.Context) (stub.Stats, error) {
	var s stub.Stats
	response, err := e.control(ctx, http.MethodGet, "/stats")
	if err != nil {
		return s, err
	}
	defer response.Body.Close()
	err = json.NewDecoder(response.Body).Decode(&s)
	return s, err
}

// release lets the calls go that the stub holds.
func (e *endpoint) release(ctx context.Context) error {
	response, err := e.control(ctx, http.MethodPost, "/release")
	if err != nil {
		return err
	}
	return response.Body.Close()
}

func (e *endpoint) control(ctx context.Context, method, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, e.ready.Control+path, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

// awaitWaiting returns once so many calls wait at the stub.
func (e *endpoint) awaitWaiting(ctx context.Context, calls int) error {
	for {
		s, err := e.stats(ctx)
		if err != nil {
			return err
		}
		if s.Waiting >= int64(calls) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d calls wait: %w", s.Waiting, calls, context.Cause(ctx))
		case <-time.After(10 * time.Millisecond):
		}
	}
}
