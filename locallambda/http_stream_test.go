package locallambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/event"
	"github.com/vialambda/vialambda/locallambda"
)

const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"

// openStream begins a streamed GET of handler, behind Functions as a caller
// would have it.
func openStream(t *testing.T, ctx context.Context, handler http.HandlerFunc) *vialambda.Result {
	t.Helper()
	res, err := locallambda.Functions{"app": locallambda.HTTP(handler)}.Invoke(ctx, &vialambda.Invocation{
		Function: "app", Stream: true, LogTail: true, Payload: httpEvent(t, event.FunctionURL, "GET", "/", nil, ""),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Payload.Close() })
	return res
}

// expect reads what must come next.
func expect(t *testing.T, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); string(got) != want || err != nil {
		t.Fatalf("read %q, %v; want %q", got[:n], err, want)
	}
}

const streamPrelude = `{"statusCode":200,"headers":{"Content-Type":"text/event-stream"}}` + nuls

// The handler writes the next line only when it is told that the one before has
// arrived.
func TestHTTPStreamArrivesAsItIsWritten(t *testing.T) {
	arrived := make(chan struct{})
	res := openStream(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		for i := range 3 {
			<-arrived
			if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil {
				t.Error(err)
			}
		}
		<-arrived
	})
	expect(t, res.Payload, streamPrelude)
	for i := range 3 {
		arrived <- struct{}{}
		expect(t, res.Payload, fmt.Sprintf("data: %d\n\n", i))
	}
	arrived <- struct{}{}
	for range 2 { // D3: and again
		if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	}
	if !strings.Contains(string(res.LogTail), "START RequestId: "+res.RequestID) || !strings.Contains(string(res.LogTail), "REPORT") {
		t.Errorf("log tail %q", res.LogTail)
	}
}

func TestHTTPStreamController(t *testing.T) {
	res := openStream(t, t.Context(), func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		for name, err := range map[string]error{
			"SetReadDeadline":  c.SetReadDeadline(time.Now()),
			"SetWriteDeadline": c.SetWriteDeadline(time.Now()),
		} {
			if !errors.Is(err, http.ErrNotSupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, _, err := c.Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack: %v", err)
		}
	})
	if _, err := io.ReadAll(res.Payload); err != nil {
		t.Error(err)
	}
}

func TestHTTPStreamFails(t *testing.T) {
	for name, test := range map[string]struct {
		handler            http.HandlerFunc
		written            string
		errorType, message string
	}{
		"panic after the first bytes": {
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "some"); panic("broken") },
			`{"statusCode":200,"headers":{"Content-Type":"text/plain; charset=utf-8"}}` + nuls + "some", "string", "broken",
		},
		"panic before": {
			func(http.ResponseWriter, *http.Request) { panic(errors.New("broken")) },
			"", "errorString", "broken",
		},
		"abort": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			},
			`{"statusCode":200,"headers":{}}` + nuls, "errorString", "net/http: abort Handler",
		},
	} {
		t.Run(name, func(t *testing.T) {
			res := openStream(t, t.Context(), test.handler)
			payload, err := io.ReadAll(res.Payload)
			e, ok := errors.AsType[*vialambda.FunctionError](err)
			if string(payload) != test.written || !ok || e.Type != test.errorType || e.Message != test.message || e.Kind != "Unhandled" {
				t.Errorf("%q, %+v", payload, err)
			}
			if ok && (e.Trace == nil || e.RequestID != res.RequestID || len(e.LogTail) == 0 || string(e.LogTail) != string(res.LogTail)) {
				t.Errorf("%+v", e)
			}
			if n, again := res.Payload.Read(make([]byte, 1)); n != 0 || !errors.Is(again, err) {
				t.Errorf("then %d, %v", n, again)
			}
		})
	}
}

// writesForever writes until it cannot, and tells why.
func writesForever(stopped chan<- error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for {
			if _, err := io.WriteString(w, "x"); err != nil {
				<-r.Context().Done()
				stopped <- err
				return
			}
		}
	}
}

func TestTrapD8HTTPStreamClosedEarly(t *testing.T) {
	stopped := make(chan error)
	for i := range 1000 {
		res := openStream(t, t.Context(), writesForever(stopped))
		if i%2 == 0 {
			expect(t, res.Payload, streamPrelude+"xxx")
		}
		if err := res.Payload.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-stopped; err == nil {
			t.Error("a write to nobody succeeds")
		}
		if n, err := res.Payload.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("Read after Close: %d, %v", n, err)
		}
	}
}

// A handler that does not write learns from its context that nobody waits.
func TestHTTPStreamClosedWhileTheHandlerWaits(t *testing.T) {
	waits, stopped := make(chan struct{}), make(chan struct{})
	res := openStream(t, t.Context(), func(_ http.ResponseWriter, r *http.Request) {
		close(waits)
		<-r.Context().Done()
		close(stopped)
	})
	<-waits
	res.Payload.Close()
	<-stopped
}

func TestHTTPStreamContextEnds(t *testing.T) {
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": context.WithCancel,
		"expired": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, 10*time.Millisecond)
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := end(t.Context())
			defer cancel()
			stopped := make(chan error, 1)
			res := openStream(t, ctx, writesForever(stopped))
			if name == "cancelled" {
				expect(t, res.Payload, streamPrelude+"x")
				cancel()
			}
			if _, err := io.Copy(io.Discard, res.Payload); !errors.Is(err, ctx.Err()) || err == nil {
				t.Errorf("Read: %v", err)
			}
			<-stopped
			if res.LogTail != nil {
				t.Errorf("log tail %q", res.LogTail)
			}
		})
	}
}

// Lambda's limit stops the handler in mid-stream.
func TestHTTPStreamTooLarge(t *testing.T) {
	stopped := make(chan error, 1)
	res := openStream(t, t.Context(), func(w http.ResponseWriter, _ *http.Request) {
		piece := make([]byte, 1<<20)
		for {
			if _, err := w.Write(piece); err != nil {
				stopped <- err
				return
			}
		}
	})
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, res.Payload, make([]byte, 1<<20))
	if e, ok := errors.AsType[*vialambda.FunctionError](err); n != 200<<20 || !ok || e.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := <-stopped; err == nil {
		t.Error("the handler was not stopped")
	}
}

func TestHTTPStreamOfNoEvent(t *testing.T) {
	app := locallambda.HTTP(http.NotFoundHandler())
	_, payload, err := invokeAll(t, app, &vialambda.Invocation{Stream: true, Payload: []byte(`{"a":1}`)})
	if e, ok := errors.AsType[*vialambda.FunctionError](err); payload != "" || !ok || e.Type != "EventError" {
		t.Errorf("%q, %v", payload, err)
	}
}
