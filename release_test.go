package vialambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vialambda/vialambda"
)

// releaser is an Invoker that keeps the payloads of all its attempts, and does with
// the n-th, from 1, what attempt does.
type releaser struct {
	attempt func(r *releaser, in *vialambda.Invocation, n int) error

	mu       sync.Mutex
	payloads [][]byte
}

func (r *releaser) Invoke(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	r.mu.Lock()
	r.payloads = append(r.payloads, in.Payload)
	n := len(r.payloads)
	r.mu.Unlock()
	if err := r.attempt(r, in, n); err != nil {
		return nil, err
	}
	return result(`{"statusCode":200}`), nil
}

func releasing(r *releaser, in *vialambda.Invocation, _ int) error {
	in.Release(r)
	return nil
}

const releaseCalls = 200

// callNumbered makes releaseCalls calls, each of which says which it is.
func callNumbered(t *testing.T, invoker vialambda.Invoker) {
	t.Helper()
	tr := &vialambda.Transport{Invoker: invoker, Retry: vialambda.Retry{BaseDelay: 1}}
	for n := range releaseCalls {
		resp, err := tr.RoundTrip(newRequest(t, "GET", fmt.Sprintf("http+lambda://f/call/%d/", n), nil))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
}

// passing is a transient failure.
var passing = &vialambda.InvokeError{Err: errors.New("no connection")}

func TestReleaseLetsMemoryBeUsedAgain(t *testing.T) {
	for name, attempt := range map[string]func(*releaser, *vialambda.Invocation, int) error{
		"released": releasing,
		"by every attempt": func(r *releaser, in *vialambda.Invocation, n int) error {
			in.Release(r)
			if n%2 == 1 {
				return passing
			}
			return nil
		},
	} {
		r := &releaser{attempt: attempt}
		callNumbered(t, r)
		places := map[*byte]bool{}
		for _, payload := range r.payloads {
			places[&payload[0]] = true
		}
		// The pool loses some, the more under the race detector.
		if len(places) > releaseCalls*3/4 {
			t.Errorf("%s: the events of %d calls were in %d places", name, releaseCalls, len(places))
		}
	}
}

// embedding has every method of a releaser, those that it does not know too.
type embedding struct{ *releaser }

func (e embedding) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	return e.releaser.Invoke(ctx, in)
}

// list cannot be compared.
type list []vialambda.Invoker

func (l list) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	in.Release(l)
	return l[0].Invoke(ctx, in)
}

// TestReleaseNeedsAll looks whether payloads are what they were that were not
// released in every attempt, or not by the Invoker that the Transport called.
func TestReleaseNeedsAll(t *testing.T) {
	direct := func(r *releaser) vialambda.Invoker { return r }
	for name, test := range map[string]struct {
		wrap    func(*releaser) vialambda.Invoker
		attempt func(*releaser, *vialambda.Invocation, int) error
	}{
		"not at all": {direct, func(*releaser, *vialambda.Invocation, int) error { return nil }},
		"by nobody": {direct, func(_ *releaser, in *vialambda.Invocation, _ int) error {
			in.Release(nil)
			return nil
		}},
		"by another": {direct, func(_ *releaser, in *vialambda.Invocation, _ int) error {
			in.Release(new(releaser))
			return nil
		}},
		"by the last attempt alone": {direct, func(r *releaser, in *vialambda.Invocation, n int) error {
			if n%2 == 1 {
				return passing
			}
			in.Release(r)
			return nil
		}},
		"by the first attempt alone": {direct, func(r *releaser, in *vialambda.Invocation, n int) error {
			if n%2 == 1 {
				in.Release(r)
				return passing
			}
			return nil
		}},
		"by what a function calls":                  {func(r *releaser) vialambda.Invoker { return vialambda.InvokerFunc(r.Invoke) }, releasing},
		"by what is embedded":                       {func(r *releaser) vialambda.Invoker { return embedding{r} }, releasing},
		"by what is embedded in what is pointed to": {func(r *releaser) vialambda.Invoker { return &embedding{r} }, releasing},
		"by what cannot be compared":                {func(r *releaser) vialambda.Invoker { return list{r} }, releasing},
		"by who was given a copy": {func(r *releaser) vialambda.Invoker {
			return vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				again := *in
				return r.Invoke(ctx, &again)
			})
		}, releasing},
	} {
		t.Run(name, func(t *testing.T) {
			r := &releaser{attempt: test.attempt}
			callNumbered(t, test.wrap(r))
			callNumbered(t, &releaser{attempt: releasing}) // would overwrite what is free
			perCall := len(r.payloads) / releaseCalls
			for i, payload := range r.payloads {
				if want := fmt.Sprintf(`"path":"/call/%d/"`, i/perCall); !bytes.Contains(payload, []byte(want)) {
					t.Fatalf("attempt %d carried %s, now it is\n%s", i, want, payload)
				}
			}
		})
	}
}

// TestReleaseKeepsLittle says that a small event does not hold the memory of a large
// one.
func TestReleaseKeepsLittle(t *testing.T) {
	r := &releaser{attempt: releasing}
	tr := &vialambda.Transport{Invoker: r}
	for range 50 {
		for _, size := range []int{10, 100_000} {
			req := newRequest(t, "POST", "http+lambda://f/", strings.NewReader(strings.Repeat("a", size)))
			if _, err := tr.RoundTrip(req); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, payload := range r.payloads {
		if i%2 == 0 && cap(payload) > 8<<10 {
			t.Fatalf("an event of %d bytes is in memory of %d", len(payload), cap(payload))
		}
	}
}

// TestReleaseConcurrently has many calls at once in the same memory. Each must find
// its own event in it until it has released it.
func TestReleaseConcurrently(t *testing.T) {
	tr := &vialambda.Transport{}
	self := &checker{t: t}
	tr.Invoker = self
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for n := range releaseCalls {
				req := newRequest(t, "GET", "http+lambda://f/", nil)
				req.Header = http.Header{"X-Padding": {strings.Repeat("p", (worker*131+n*17)%3000)}}
				req.Header.Set("X-Call", fmt.Sprint(worker, "-", n))
				req = req.WithContext(context.WithValue(req.Context(), callKey{}, req.Header.Get("X-Call")))
				if _, err := tr.RoundTrip(req); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

type callKey struct{}

// checker compares an event with what the context says it is.
type checker struct{ t *testing.T }

func (c *checker) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	want := fmt.Appendf(nil, `"X-Call":%q`, ctx.Value(callKey{}))
	before := bytes.Clone(in.Payload)
	if !bytes.Contains(before, want) {
		c.t.Errorf("%s is not in %s", want, before)
	}
	done := make(chan struct{})
	go func() { // others run meanwhile
		defer close(done)
		if !bytes.Equal(in.Payload, before) {
			c.t.Errorf("%s was overwritten", before)
		}
	}()
	<-done
	in.Release(c)
	return result(`{"statusCode":200}`), nil
}
