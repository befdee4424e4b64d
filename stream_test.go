package vialambda_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

const nuls = "\x00\x00\x00\x00\x00\x00\x00\x00"

// chunks is a stream's payload: it yields one chunk a Read and then ends with end.
type chunks struct {
	parts  []string
	end    error
	closed int
}

func (c *chunks) Read(p []byte) (int, error) {
	if c.closed > 0 {
		return 0, http.ErrBodyReadAfterClose
	}
	if len(c.parts) == 0 {
		if c.end == nil {
			return 0, io.EOF
		}
		return 0, c.end
	}
	n := copy(p, c.parts[0])
	if c.parts[0] = c.parts[0][n:]; c.parts[0] == "" {
		c.parts = c.parts[1:]
	}
	return n, nil
}

func (c *chunks) Close() error {
	c.closed++
	return nil
}

func streaming(c *chunks) *fake {
	return &fake{answers: []func(context.Context, *vialambda.Invocation) (*vialambda.Result, error){
		func(_ context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
			if !in.Stream {
				return nil, errors.New("not asked to stream")
			}
			return &vialambda.Result{Payload: c, RequestID: "id", LogTail: []byte("log")}, nil
		}}}
}

func TestStreamShapes(t *testing.T) {
	prelude := `{"statusCode":201,"headers":{"content-type":"text/event-stream","content-length":"5"},"cookies":["a=1"]}` + nuls
	for _, tc := range []struct {
		name, stream string
		status       int
		ctype, body  string
	}{
		{"prelude", prelude + "data: 1\n\n", 201, "text/event-stream", "data: 1\n\n"},
		{"D1 no prelude", "plain bytes", 200, "application/octet-stream", "plain bytes"},
		{"D2 a buffered function", `{"statusCode":404,"headers":{"content-type":"text/x"},"body":"no"}`, 404, "text/x", "no"},
		{"D9 NDJSON", "{\"a\":1}\n{\"a\":2}\n", 200, "application/octet-stream", "{\"a\":1}\n{\"a\":2}\n"},
		{"empty", "", 200, "application/octet-stream", ""},
		{"D9 a large buffered answer", `{"statusCode":200,"headers":{"content-type":"text/x"},"body":"` + strings.Repeat("x", 100_000) + `"}`, 200, "text/x", strings.Repeat("x", 100_000)},
	} {
		for _, mode := range []vialambda.Mode{vialambda.Stream, vialambda.Auto} {
			for _, size := range []int{1, 3, 1 << 20} { // D5: cut everywhere
				if size < 3 && len(tc.stream) > 10_000 {
					continue
				}
				c := &chunks{}
				for rest := tc.stream; rest != ""; {
					n := min(size, len(rest))
					c.parts, rest = append(c.parts, rest[:n]), rest[n:]
				}
				f := streaming(c)
				resp, body := get(t, &vialambda.Transport{Invoker: f, Mode: mode, Format: vialambda.FunctionURL}, "http+lambda://f/")
				if resp.StatusCode != tc.status || resp.Header.Get("Content-Type") != tc.ctype || body != tc.body {
					t.Errorf("%s, %v, pieces of %d: %d %v %.60q", tc.name, mode, size, resp.StatusCode, resp.Header, body)
				}
				if f.count() != 1 || c.closed == 0 {
					t.Errorf("%s: called %d times, closed %d times", tc.name, f.count(), c.closed)
				}
			}
		}
	}
	t.Run("D6 the prelude's content-length is not trusted", func(t *testing.T) {
		resp, body := get(t, &vialambda.Transport{Invoker: streaming(&chunks{parts: []string{prelude, "longer than five"}}), Mode: vialambda.Stream}, "http+lambda://f/")
		if resp.ContentLength != -1 || resp.Header.Get("Content-Length") != "" || body != "longer than five" {
			t.Errorf("length %d, %v, body %q", resp.ContentLength, resp.Header, body)
		}
	})
	t.Run("a streaming function called buffered", func(t *testing.T) {
		resp, body := get(t, &vialambda.Transport{Invoker: answering(prelude + "whole")}, "http+lambda://f/")
		if resp.StatusCode != 201 || body != "whole" {
			t.Errorf("%d %q", resp.StatusCode, body)
		}
	})
}

func TestStreamFailures(t *testing.T) {
	failed := &vialambda.FunctionError{Kind: "Unhandled", Type: "Error", Message: "boom"}
	t.Run("D7 after bytes were delivered", func(t *testing.T) {
		c := &chunks{parts: []string{`{}` + nuls, "part"}, end: failed}
		resp, err := (&vialambda.Transport{Invoker: streaming(c), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		e, ok := errors.AsType[*vialambda.FunctionError](err)
		if string(body) != "part" || !ok || e.Type != "Error" || e.RequestID != "id" {
			t.Errorf("%q, %v", body, err)
		}
	})
	t.Run("before the first byte", func(t *testing.T) {
		c := &chunks{parts: []string{`{"errorMessage":"from the document"}`}, end: &vialambda.FunctionError{Type: "Runtime.ExitError"}}
		_, err := (&vialambda.Transport{Invoker: streaming(c), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		e, ok := errors.AsType[*vialambda.FunctionError](err)
		if !ok || e.Message != "from the document" || c.closed == 0 {
			t.Errorf("%#v, closed %d", err, c.closed)
		}
	})
	t.Run("D4 cut", func(t *testing.T) {
		c := &chunks{parts: []string{`{}` + nuls, "part"}, end: io.ErrUnexpectedEOF}
		resp, err := (&vialambda.Transport{Invoker: streaming(c), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(resp.Body)
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error is %v", err)
		}
		if _, again := resp.Body.Read(make([]byte, 1)); again != err {
			t.Errorf("then %v", again)
		}
	})
	t.Run("D3 EOF again", func(t *testing.T) {
		resp, _ := (&vialambda.Transport{Invoker: streaming(&chunks{parts: []string{"x"}}), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		_, _ = io.ReadAll(resp.Body)
		for range 3 {
			if _, err := resp.Body.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("error is %v", err)
			}
		}
	})
	t.Run("D8 closed early", func(t *testing.T) {
		c := &chunks{parts: []string{"x", "y"}}
		resp, _ := (&vialambda.Transport{Invoker: streaming(c), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		resp.Body.Close()
		if _, err := resp.Body.Read(make([]byte, 1)); err == nil || c.closed == 0 {
			t.Errorf("Read after Close: %v, closed %d", err, c.closed)
		}
	})
	t.Run("a malformed prelude", func(t *testing.T) {
		c := &chunks{parts: []string{`{"statusCode":"x"}` + nuls}}
		_, err := (&vialambda.Transport{Invoker: streaming(c), Mode: vialambda.Stream}).RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if _, ok := errors.AsType[*vialambda.ResponseError](err); !ok || c.closed == 0 {
			t.Errorf("%v, closed %d", err, c.closed)
		}
	})
	t.Run("over the limit", func(t *testing.T) {
		c := &vialambda.Result{Payload: io.NopCloser(io.MultiReader(strings.NewReader("x"), io.LimitReader(zeros{}, 200<<20)))}
		tr := &vialambda.Transport{Mode: vialambda.Stream, Invoker: vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) { return c, nil })}
		resp, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil))
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if e, ok := errors.AsType[*vialambda.TooLargeError](err); !ok || e.Limit != 200<<20 {
			t.Errorf("error is %v", err)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// TestStreamLineByLine: each line is there before the function has written the
// next one, through http.Client and through ReverseProxy.
func TestStreamLineByLine(t *testing.T) {
	read := make(chan struct{})
	tr := &vialambda.Transport{Mode: vialambda.Stream, Invoker: vialambda.InvokerFunc(
		func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
			r, w := io.Pipe()
			go func() {
				_, _ = io.WriteString(w, `{"headers":{"Content-Type":"text/event-stream"}}`+nuls)
				for range 3 {
					_, _ = io.WriteString(w, "data: x\n")
					select {
					case <-read:
					case <-ctx.Done():
					}
				}
				w.Close()
			}()
			return &vialambda.Result{Payload: r}, nil
		})}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(mustURL(t, "http+lambda://f/")) },
		Transport: tr,
	})
	defer proxy.Close()
	for name, do := range map[string]func() (*http.Response, error){
		"http.Client":  func() (*http.Response, error) { return client(tr).Get("http+lambda://f/") },
		"ReverseProxy": func() (*http.Response, error) { return http.Get(proxy.URL) },
	} {
		resp, err := do()
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(resp.Body)
		n := 0
		for lines.Scan() {
			n++
			read <- struct{}{}
		}
		if n != 3 || lines.Err() != nil {
			t.Errorf("%s: %d lines, %v", name, n, lines.Err())
		}
		resp.Body.Close()
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestStreamInfo(t *testing.T) {
	ctx, info := vialambda.WithInfo(t.Context())
	var done error
	told := 0
	ctx = vialambda.WithTrace(ctx, &vialambda.Trace{BodyDone: func(_ *vialambda.Info, err error) { done, told = err, told+1 }})
	tr := &vialambda.Transport{Invoker: streaming(&chunks{parts: []string{"{}" + nuls, "hello"}}), Mode: vialambda.Stream}
	resp, err := tr.RoundTrip(newRequest(t, "GET", "http+lambda://f/", nil).WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.ReadAll(resp.Body)
	resp.Body.Close()
	if info.RequestID != "id" || info.AnswerBytes != 5 || string(info.LogTail) != "log" || told != 1 || done != nil {
		t.Errorf("%+v, told %d times with %v", info, told, done)
	}
}
