//go:build unix

package http1

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestContextStress makes calls over few connections, of which many end early. No call
// gets what belongs to another, and those that do not end early succeed.
func TestContextStress(t *testing.T) {
	each(t, func(t *testing.T, secure bool) {
		s := listen(t, secure, echo)
		s.pool.MaxIdle = 3
		var callers sync.WaitGroup
		var mu sync.Mutex
		answered, ended := 0, 0
		calls := 300
		if secure {
			calls = 60 // handshakes take their time
		}
		for caller := range 8 {
			callers.Go(func() {
				random := rand.New(rand.NewPCG(1, uint64(caller)))
				for n := range calls {
					id := fmt.Sprintf("%d of %d\r\n", n, caller)
					body := id + strings.Repeat(id, random.IntN(3)*random.IntN(400))
					err := s.hurried(t, random, id, body)
					mu.Lock()
					if err == nil {
						answered++
					} else {
						ended++
					}
					mu.Unlock()
				}
			})
		}
		callers.Wait()
		if answered == 0 || ended == 0 {
			t.Errorf("%d calls answered, %d ended", answered, ended)
		}
		t.Logf("%d calls answered, %d ended, over %d connections", answered, ended, s.conns.Load())
		s.want(t, "in the end")
	})
}

// hurried makes a call whose context may end anywhere.
func (s *server) hurried(t *testing.T, random *rand.Rand, id, body string) error {
	ctx, cancel := context.WithCancel(context.Background())
	patient := random.IntN(2) == 0
	switch {
	case patient:
		defer cancel() // when others may have the connection
	case random.IntN(10) == 0:
		cancel()
	default:
		time.AfterFunc(time.Duration(random.IntN(400))*time.Microsecond, cancel)
	}
	resp, err := s.pool.RoundTrip(ctx, post(body))
	if err != nil {
		if patient {
			t.Errorf("%q: %v", id, err)
		}
		return err
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("X-Call") + "\r\n"; got != id {
		t.Errorf("%q has the header of %q", id, got)
	}
	if random.IntN(10) == 0 {
		return nil // without the body
	}
	got, err := io.ReadAll(resp.Body)
	if string(got) != body[:min(len(got), len(body))] || err == nil && len(got) != len(body) {
		t.Errorf("%q has the body %.40q", id, got)
	}
	if err != nil && patient {
		t.Errorf("%q: %v", id, err)
	}
	return err
}
