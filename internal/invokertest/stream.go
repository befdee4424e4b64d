package invokertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

func (s suite) testStreams(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for name, pieces := range map[string][]string{
		"nothing":           nil,
		"one piece":         {"hello"},
		"pieces":            {"{}", "\x00\x00\x00\x00\x00\x00\x00\x00", "", "body"},
		"every byte":        {string(every)},
		"more than a frame": {strings.Repeat("0123456789", 100_000)},
		"more than 6 MB":    {strings.Repeat("0", 4<<20), strings.Repeat("1", 4<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			invoker := s.invoker(t, locallambda.Functions{
				"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
					return write(ctx, func(w io.Writer) error {
						for _, piece := range pieces {
							if _, err := io.WriteString(w, piece); err != nil {
								return err
							}
						}
						return nil
					}), nil
				}),
			})
			res, payload := answer(t, invoker, &vialambda.Invocation{Function: "fn", Stream: true, LogTail: true})
			if payload != strings.Join(pieces, "") {
				t.Errorf("got %d bytes: %.100q", len(payload), payload)
			}
			if string(res.LogTail) != logText {
				t.Errorf("log tail %q", res.LogTail)
			}
			if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err == nil {
				t.Errorf("Read after Close: %d, %v", n, err)
			}
		})
	}
}

// The function writes its second piece only when the first has been read: if
// anything on the way waited for more, nothing would ever arrive.
func (s suite) testStreamArrives(t *testing.T) {
	arrived, gone := make(chan struct{}), make(chan struct{})
	defer close(gone)
	invoker := s.invoker(t, locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			return write(ctx, func(w io.Writer) error {
				for i := range 5 {
					if _, err := fmt.Fprintf(w, "%d\n", i); err != nil {
						return err
					}
					select {
					case <-arrived:
					case <-gone:
						return nil
					}
				}
				return nil
			}), nil
		}),
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := invoker.Invoke(ctx, &vialambda.Invocation{Function: "fn", Stream: true})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Payload.Close()
	for i := range 5 {
		line := make([]byte, 2)
		if _, err := io.ReadFull(res.Payload, line); err != nil || string(line) != fmt.Sprintf("%d\n", i) {
			t.Fatalf("piece %d: %q, %v", i, line, err)
		}
		select {
		case arrived <- struct{}{}:
		case <-ctx.Done():
			t.Fatal("nobody waits for the reader")
		}
	}
	if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v", n, err)
	}
}

// A function that fails before or after it has written something is an error of
// Read, never a clean end (D7), and stays one.
func (s suite) testStreamFails(t *testing.T) {
	failure := &vialambda.FunctionError{
		Kind: "Unhandled", Type: "ValueError", Message: "no <more>", Trace: []byte(`["a.py","b.py"]`),
	}
	for _, written := range []string{"", "some", strings.Repeat("x", 200_000)} {
		t.Run(fmt.Sprint(len(written), " bytes"), func(t *testing.T) {
			fn := watch(fail("", failure, written))
			invoker := s.invoker(t, locallambda.Functions{"fn": fn})
			res, err := invoker.Invoke(t.Context(), &vialambda.Invocation{Function: "fn", Stream: true, LogTail: true})
			if err != nil {
				t.Fatal(err)
			}
			defer res.Payload.Close()
			payload, err := io.ReadAll(res.Payload)
			if string(payload) != written {
				t.Errorf("got %d bytes: %.100q", len(payload), payload)
			}
			e, ok := errors.AsType[*vialambda.FunctionError](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if e.Kind == "" || e.Type != failure.Type || e.Message != failure.Message || !bytes.Equal(e.Trace, failure.Trace) {
				t.Errorf("%+v, trace %s", e, e.Trace)
			}
			if string(res.LogTail) != logText {
				t.Errorf("log tail %q", res.LogTail)
			}
			n, again := res.Payload.Read(make([]byte, 1))
			if _, ok := errors.AsType[*vialambda.FunctionError](again); n != 0 || !ok {
				t.Errorf("Read after the failure: %d, %v", n, again)
			}
			if n := fn.arrived.Total(); n != 1 {
				t.Errorf("invoked %d times", n)
			}
		})
	}
}

// Callers that go away leave nothing behind (D8); what they leave unread
// reaches no other call.
func (s suite) testStreamClosedEarly(t *testing.T) {
	invoker := s.invoker(t, locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			return write(ctx, func(w io.Writer) error {
				for range 10 {
					if _, err := w.Write(bytes.Repeat([]byte{'x'}, 10_000)); err != nil {
						return err
					}
				}
				return nil
			}), nil
		}),
		"echo": vialambda.InvokerFunc(echo),
	})
	for i := range 200 {
		res, err := invoker.Invoke(t.Context(), &vialambda.Invocation{Function: "fn", Stream: true})
		if err != nil {
			t.Fatal(err)
		}
		if i%3 != 0 {
			io.ReadFull(res.Payload, make([]byte, i%3*100)) //nolint:errcheck // it is closed next
		}
		res.Payload.Close()
		if n, err := io.Copy(io.Discard, res.Payload); err == nil {
			t.Fatalf("after Close, the stream was read to its end: %d bytes", n)
		}
	}
	if _, payload := answer(t, invoker, &vialambda.Invocation{Function: "echo", Payload: []byte("1"), Stream: true}); payload != "1" {
		t.Errorf("a later call got %.100q", payload)
	}
}
