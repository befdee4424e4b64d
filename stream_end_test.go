package vialambda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"testing"
	"weak"

	"github.com/vialambda/vialambda"
)

// atOnce is a payload whose one Read returns all and how it ended.
type atOnce struct {
	data string
	err  error
}

func (a *atOnce) Read(p []byte) (int, error) {
	n := copy(p, a.data)
	a.data = a.data[n:]
	return n, a.err
}

func (a *atOnce) Close() error { return nil }

func streamOf(payload io.ReadCloser) *vialambda.Transport {
	return &vialambda.Transport{Mode: vialambda.Stream, Invoker: vialambda.InvokerFunc(
		func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
			return &vialambda.Result{Payload: payload, RequestID: "id", Version: "7", LogTail: []byte("log")}, nil
		})}
}

func TestStreamFailsInItsFirstRead(t *testing.T) {
	exited := &vialambda.FunctionError{Type: "Runtime.ExitError"}
	for _, tc := range []struct {
		name, data    string
		body          string // of a response, if there is one
		typ, message  string
		hasNoResponse bool
	}{
		{name: "behind metadata", data: "{}" + nuls + "part", body: "part", typ: "Runtime.ExitError"},
		{name: "an error document", data: `{"errorMessage":"m","errorType":"T"}`, hasNoResponse: true, typ: "Runtime.ExitError", message: "m"},
		{name: "raw bytes are no message", data: "part of a secret", hasNoResponse: true, typ: "Runtime.ExitError"},
		{name: "an answer that is not complete is no message", data: `{"statusCode":200,"body":"secr`, hasNoResponse: true, typ: "Runtime.ExitError"},
		{name: "nothing", hasNoResponse: true, typ: "Runtime.ExitError"},
	} {
		resp, err := streamOf(&atOnce{tc.data, exited}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if tc.hasNoResponse == (err == nil) {
			t.Errorf("%s: error of RoundTrip is %v", tc.name, err)
		}
		if err == nil {
			var body []byte
			body, err = io.ReadAll(resp.Body)
			if string(body) != tc.body {
				t.Errorf("%s: body %q", tc.name, body)
			}
		}
		failed, ok := errors.AsType[*vialambda.FunctionError](err)
		if !ok || failed.Type != tc.typ || failed.Message != tc.message || failed.RequestID != "id" || failed.Kind != "Unhandled" {
			t.Errorf("%s: %#v", tc.name, err)
		}
	}
	if exited.RequestID != "" || exited.Kind != "" || exited.Message != "" {
		t.Errorf("the Invoker's own error was changed: %+v", exited)
	}
}

func TestStreamWithoutBody(t *testing.T) {
	for _, tc := range []struct {
		name, method, metadata string
		status                 int
		length                 int64
	}{
		{"HEAD", "HEAD", "{}", 200, -1},
		{"HEAD of what is not there", "HEAD", `{"statusCode":404}`, 404, -1},
		{"204", "GET", `{"statusCode":204}`, 204, 0},
		{"304", "GET", `{"statusCode":304}`, 304, 0},
	} {
		for _, logTail := range []bool{false, true} {
			payload := &chunks{parts: []string{tc.metadata + nuls, "unwanted"}}
			ctx, info := vialambda.WithInfo(vialambda.WithTarget(t.Context(), vialambda.Target{LogTail: logTail}))
			resp, body := roundTrip(t, streamOf(payload), newRequest(t, tc.method, "http+lambda://f/", nil).WithContext(ctx))
			if resp.StatusCode != tc.status || resp.ContentLength != tc.length || body != "" || payload.closed == 0 {
				t.Errorf("%s: %d, length %d, body %q, closed %d", tc.name, resp.StatusCode, resp.ContentLength, body, payload.closed)
			}
			if readToEnd := len(payload.parts) == 0; readToEnd != logTail {
				t.Errorf("%s, log tail %t: read to the end: %t", tc.name, logTail, readToEnd)
			}
			if info.Version != "7" {
				t.Errorf("%s: %+v", tc.name, info)
			}
		}
	}
}

// A Read that waits is ended by Close from another goroutine, as with net/http.
func TestStreamCloseWhileReading(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("line\n"))
	_ = z.Flush()
	for name, first := range map[string]string{
		"plain": "{}" + nuls + "line\n",
		"gzip":  `{"headers":{"content-encoding":"gzip"}}` + nuls + zipped.String(),
	} {
		r, w := io.Pipe()
		go func() { _, _ = io.WriteString(w, first) }()
		told := make(chan error, 2)
		ctx := vialambda.WithTrace(t.Context(), &vialambda.Trace{BodyDone: func(_ *vialambda.Info, err error) { told <- err }})
		resp, err := streamOf(r).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 5)
		if _, err := io.ReadFull(resp.Body, line); err != nil || string(line) != "line\n" {
			t.Fatalf("%s: %q, %v", name, line, err)
		}
		ended := make(chan error)
		go func() {
			_, err := resp.Body.Read(line)
			ended <- err
		}()
		resp.Body.Close()
		if err := <-ended; err == nil || err == io.EOF {
			t.Errorf("%s: Read returned %v", name, err)
		}
		if _, err := resp.Body.Read(line); !errors.Is(err, http.ErrBodyReadAfterClose) {
			t.Errorf("%s: then %v", name, err)
		}
		if err := <-told; err != nil || len(told) != 0 {
			t.Errorf("%s: BodyDone was told %v, then %d times more", name, err, len(told))
		}
	}
}

// What a decoder has read ahead is not handed out after Close.
func TestGzipStreamClosed(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte("line\nmore\n"))
	_ = z.Close()
	payload := &chunks{parts: []string{`{"headers":{"content-encoding":"gzip"}}` + nuls, zipped.String()}}
	resp, err := streamOf(payload).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
	if err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, line); err != nil || string(line) != "line\n" {
		t.Fatalf("%q, %v", line, err)
	}
	resp.Body.Close()
	if n, err := resp.Body.Read(line); n != 0 || !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("after Close: %q, %v", line[:n], err)
	}
}

func TestInfoOfAFunctionThatFailed(t *testing.T) {
	ctx, info := vialambda.WithInfo(t.Context())
	_, err := (&vialambda.Transport{Invoker: functionFailed(`{"errorMessage":"m"}`)}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
	if err == nil || info.Version != "$LATEST" || info.AnswerBytes != int64(len(`{"errorMessage":"m"}`)) {
		t.Errorf("%v, %+v", err, info)
	}
	ctx, info = vialambda.WithInfo(t.Context())
	_, err = streamOf(&atOnce{"", io.ErrUnexpectedEOF}).RoundTrip(newRequest(t, "POST", "http+lambda://f/", nil).WithContext(ctx))
	if err == nil || info.Version != "7" || info.RequestID != "id" {
		t.Errorf("%v, %+v", err, info)
	}
}

// A streamed response lives long: it does not keep the event of its request alive.
func TestStreamKeepsNoPayload(t *testing.T) {
	var sent weak.Pointer[byte]
	tr := &vialambda.Transport{Mode: vialambda.Stream, Invoker: vialambda.InvokerFunc(
		func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			sent = weak.Make(&in.Payload[0])
			return &vialambda.Result{Payload: &atOnce{"{}" + nuls + "part", io.EOF}}, nil
		})}
	resp, err := tr.RoundTrip(newRequest(t, "POST", "http+lambda://f/", tracked("body")))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for range 5 {
		runtime.GC()
	}
	if sent.Value() != nil {
		t.Error("the payload is still held")
	}
	if body, err := io.ReadAll(resp.Body); string(body) != "part" || err != nil {
		t.Errorf("body %q, %v", body, err)
	}
}
