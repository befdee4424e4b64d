package awslambda_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/aws/smithy-go"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/awslambda"
)

var streamed = &vialambda.Invocation{Function: "f", Payload: []byte("{}"), Stream: true}

// TestStream reads a stream to its end. Trap D3: it stays at its end.
func TestStream(t *testing.T) {
	server := record(t, streaming(func(send func([]byte), _ *http.Request) {
		send(chunk("hello "))
		send(chunk(""))
		send(frameOf("x", ":message-type", "event", ":event-type", "SomethingNew"))
		send(append(chunk("wor"), chunk("ld")...))
		send(complete(`{"LogResult":"` + base64.StdEncoding.EncodeToString([]byte("END\n")) + `"}`))
	}))
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		result, err := client.Invoke(t.Context(), streamed)
		if err != nil {
			t.Fatal(err)
		}
		defer result.Payload.Close()
		if result.Status != 200 || result.RequestID != "request-id" || result.Version != "3" || result.LogTail != nil || result.Size != 0 {
			t.Errorf("%+v", result)
		}
		got, err := io.ReadAll(result.Payload)
		if err != nil || string(got) != "hello world" || string(result.LogTail) != "END\n" {
			t.Errorf("%q, log %q, %v", got, result.LogTail, err)
		}
		for range 3 {
			if n, err := result.Payload.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("D3: after the end: %d, %v", n, err)
			}
		}
		if n, err := result.Payload.Read(nil); n != 0 || err != nil {
			t.Errorf("an empty read: %d, %v", n, err)
		}
	})
}

// TestTrapD1 has a function that writes its second byte when the first has arrived.
func TestTrapD1(t *testing.T) {
	arrived := make(chan struct{})
	server := record(t, streaming(func(send func([]byte), r *http.Request) {
		for range 3 {
			send(chunk("x"))
			select {
			case <-arrived:
			case <-r.Context().Done():
				return
			}
		}
		send(complete("{}"))
	}))
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		result, err := client.Invoke(t.Context(), streamed)
		if err != nil {
			t.Fatal(err)
		}
		defer result.Payload.Close()
		buf := make([]byte, 100)
		for range 3 {
			if n, err := result.Payload.Read(buf); n != 1 || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			arrived <- struct{}{}
		}
		if n, err := result.Payload.Read(buf); n != 0 || err != io.EOF {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestTrapD4 cuts the connection in mid-stream, between two frames and within one,
// with and without an end of the HTTP message: never a clean end.
func TestTrapD4(t *testing.T) {
	second := chunk("second")
	for name, cut := range map[string]struct {
		frames []byte
		abort  bool
	}{
		"between frames":                        {chunk("first "), true},
		"within the lengths":                    {append(chunk("first "), second[:5]...), true},
		"within the headers":                    {append(chunk("first "), second[:30]...), true},
		"within a payload":                      {append(chunk("first "), second[:len(second)-6]...), true},
		"within a checksum":                     {append(chunk("first "), second[:len(second)-2]...), true},
		"between frames, HTTP ends cleanly":     {chunk("first "), false},
		"within a payload, HTTP ends cleanly":   {append(chunk("first "), second[:len(second)-6]...), false},
		"before the first, HTTP ends cleanly":   {nil, false},
		"before the first, the connection ends": {nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, streaming(func(send func([]byte), _ *http.Request) {
				send(cut.frames)
				if cut.abort {
					panic(http.ErrAbortHandler)
				}
			}))
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				result, err := client.Invoke(t.Context(), streamed)
				if err != nil {
					t.Fatal(err)
				}
				defer result.Payload.Close()
				got, err := io.ReadAll(result.Payload)
				failed := invokeError(t, err)
				if !errors.Is(err, io.ErrUnexpectedEOF) || !failed.MayHaveRun || failed.RequestID != "request-id" || !strings.HasPrefix("first second", string(got)) {
					t.Errorf("%q, %v", got, err)
				}
				if _, again := result.Payload.Read(make([]byte, 1)); again != err {
					t.Errorf("then %v", again)
				}
			})
		})
	}
}

// TestTrapD7 says that a failure after bytes were delivered is a FunctionError.
func TestTrapD7(t *testing.T) {
	server := record(t, streaming(func(send func([]byte), _ *http.Request) {
		send(chunk("half an ans"))
		send(complete(`{"ErrorCode":"Sandbox.Timedout","ErrorDetails":"{\"errorMessage\":\"RequestId: x Error: Task timed out after 1.00 seconds\"}","LogResult":"bG9n"}`))
	}))
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		result, err := client.Invoke(t.Context(), streamed)
		if err != nil {
			t.Fatal(err)
		}
		defer result.Payload.Close()
		got, err := io.ReadAll(result.Payload)
		failed, ok := errors.AsType[*vialambda.FunctionError](err)
		if !ok || string(got) != "half an ans" {
			t.Fatalf("%q, %v", got, err)
		}
		if failed.Type != "Sandbox.Timedout" || failed.Kind != "Unhandled" || !failed.Timeout() || failed.RequestID != "request-id" ||
			string(failed.LogTail) != "log" || string(result.LogTail) != "log" {
			t.Errorf("%+v", failed)
		}
		if _, again := result.Payload.Read(make([]byte, 1)); again != err {
			t.Errorf("then %v", again)
		}
	})
}

// TestStreamRefused puts the API's own errors into the stream.
func TestStreamRefused(t *testing.T) {
	for name, test := range map[string]struct {
		frame         []byte
		code, message string
	}{
		"exception": {frameOf(`{"message":"broken"}`, ":message-type", "exception", ":exception-type", "ServiceException", ":content-type", "application/json"), "ServiceException", "broken"},
		"error":     {frameOf("", ":message-type", "error", ":error-code", "InternalError", ":error-message", "broken"), "InternalError", "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			server := record(t, streaming(func(send func([]byte), _ *http.Request) {
				send(chunk("half"))
				send(test.frame)
			}))
			eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
				result, err := client.Invoke(t.Context(), streamed)
				if err != nil {
					t.Fatal(err)
				}
				defer result.Payload.Close()
				got, err := io.ReadAll(result.Payload)
				failed := invokeError(t, err)
				if string(got) != "half" || failed.Code != test.code || failed.Message != test.message || !failed.MayHaveRun || failed.RequestID != "request-id" {
					t.Errorf("%q, %+v", got, failed)
				}
				if api, ok := errors.AsType[smithy.APIError](err); !ok || api.ErrorCode() != test.code {
					t.Errorf("no smithy.APIError in %v", err)
				}
			})
		})
	}
}

// TestStreamContext ends the context while a Read waits.
func TestStreamContext(t *testing.T) {
	cause := errors.New("the caller went away")
	server := record(t, streaming(func(send func([]byte), r *http.Request) {
		send(chunk("x"))
		<-r.Context().Done()
	}))
	eachClient(t, testConfig(server.URL), func(t *testing.T, client *awslambda.Client) {
		ctx, cancel := context.WithCancelCause(t.Context())
		result, err := client.Invoke(ctx, streamed)
		if err != nil {
			t.Fatal(err)
		}
		defer result.Payload.Close()
		buf := make([]byte, 10)
		if n, err := result.Payload.Read(buf); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		go cancel(cause)
		_, err = result.Payload.Read(buf)
		if failed := invokeError(t, err); !failed.MayHaveRun || !errors.Is(err, context.Canceled) || !errors.Is(err, cause) || errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%+v", failed)
		}
	})
}

// TestTrapD8 has callers close streams that are not over, a thousand times: every
// connection ends, and, as TestMain sees, no goroutine is left.
func TestTrapD8(t *testing.T) {
	var open sync.WaitGroup
	handler := streaming(func(send func([]byte), r *http.Request) {
		send(chunk("x"))
		<-r.Context().Done()
		open.Done()
	})
	for _, http2 := range []bool{false, true} {
		t.Run(map[bool]string{false: "HTTP1", true: "HTTP2"}[http2], func(t *testing.T) {
			server := httptest.NewUnstartedServer(handler)
			clients := make(map[string]*awslambda.Client)
			if http2 {
				server.EnableHTTP2 = true
				server.StartTLS()
				clients["New"] = newClient(t, trusting(testConfig(server.URL), server))
				clients["FromSDK"] = fromSDK(t, withClient(testConfig(server.URL), server.Client()))
			} else {
				server.Start()
				clients["New"] = newClient(t, testConfig(server.URL))
				clients["FromSDK"] = fromSDK(t, testConfig(server.URL))
			}
			defer server.Close()
			calls := map[string]int{"New": 1000, "FromSDK": 100}
			for name, client := range clients {
				var group sync.WaitGroup
				slots := make(chan struct{}, 20)
				for range calls[name] {
					slots <- struct{}{}
					open.Add(1)
					group.Go(func() {
						defer func() { <-slots }()
						result, err := client.Invoke(t.Context(), streamed)
						if err != nil {
							t.Error(name, err)
							open.Done()
							return
						}
						if n, err := result.Payload.Read(make([]byte, 1)); n != 1 || err != nil {
							t.Error(name, n, err)
						}
						result.Payload.Close()
						if _, err := result.Payload.Read(make([]byte, 1)); err == nil || err == io.EOF {
							t.Errorf("%s: a closed stream ends in %v", name, err)
						}
					})
				}
				group.Wait()
				open.Wait() // every handler has seen its connection or stream end
				client.CloseIdleConnections()
			}
		})
	}
}

// TestStreamKeepsConnection reads streams to their ends: they share a connection.
func TestStreamKeepsConnection(t *testing.T) {
	addrs := make(map[string]bool)
	server := record(t, streaming(func(send func([]byte), r *http.Request) {
		addrs[r.RemoteAddr] = true
		send(chunk("x"))
		send(complete("{}"))
	}))
	client := newClient(t, testConfig(server.URL))
	for range 20 {
		result, err := client.Invoke(t.Context(), streamed)
		if err != nil {
			t.Fatal(err)
		}
		read(t, result)
	}
	if len(addrs) != 1 {
		t.Errorf("%d connections for 20 streams", len(addrs))
	}
}

// TestStreamMemory reads 64 MiB and allocates a fraction of that.
func TestStreamMemory(t *testing.T) {
	const frames, size = 64, 1 << 20
	frame := chunk(strings.Repeat("x", size))
	server := httptest.NewServer(streaming(func(send func([]byte), _ *http.Request) {
		for range frames {
			send(frame)
		}
		send(complete("{}"))
	}))
	defer server.Close()
	result, err := newClient(t, testConfig(server.URL)).Invoke(t.Context(), streamed)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Payload.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, result.Payload, make([]byte, 32<<10))
	runtime.ReadMemStats(&after)
	if err != nil || n != frames*size {
		t.Fatal(n, err)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("reading %d MiB allocated %d KiB", n>>20, grown>>10)
	}
}
