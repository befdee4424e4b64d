package streamtest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// TestTrapsD has every line of streaming's traps that shows itself in what a
// client of a whole stack sees; awslambda's own tests have malformed frames.
func TestTrapsD(t *testing.T) {
	const metadata = `{"statusCode":201,"headers":{"content-type":"text/x","content-length":"5"},"cookies":["a=1"]}`
	large := strings.Repeat("x", 3<<20)
	var split []string
	for i := range metadata + separator {
		split = append(split, (metadata + separator)[i:i+1])
	}
	long := `{"headers":{"x-long":"` + strings.Repeat("y", 20<<10) + `"}}` + separator + "body"
	failed := &vialambda.FunctionError{Type: "ValueError", Message: "no more"}
	functions := locallambda.Functions{
		"raw":      pieces(nil, "plain ", "bytes"),
		"buffered": buffered(`{"statusCode":404,"headers":{"content-type":"text/x"},"body":"no"}`),
		"large":    buffered(`{"statusCode":404,"headers":{"content-type":"text/x"},"body":"` + large + `"}`),
		"ndjson":   pieces(nil, "{\"a\":1}\n", "{\"a\":2}\n"),
		"split":    pieces(nil, append(split, "body")...),
		"long":     pieces(nil, long),
		"length":   pieces(nil, metadata+separator+"longer ", "than five"),
		"fails":    pieces(failed, metadata+separator, "some"),
		"failed":   pieces(failed, `{"errorMessage":"no more","errorType":"ValueError"}`),
		"cut":      pieces(io.ErrUnexpectedEOF, metadata+separator, "some"),
	}
	overTheWire(t, functions, func(t *testing.T, w wire) {
		for _, tc := range []struct {
			name, function string
			status         int
			ctype, body    string
		}{
			{"D1 no metadata", "raw", 200, "application/octet-stream", "plain bytes"},
			{"D2 a buffered function", "buffered", 404, "text/x", "no"},
			{"D5 the separator split", "split", 201, "text/x", "body"},
			{"D5 metadata over the limit", "long", 200, "application/octet-stream", long},
			{"D6 content-length", "length", 201, "text/x", "longer than five"},
			{"D9 NDJSON", "ndjson", 200, "application/octet-stream", "{\"a\":1}\n{\"a\":2}\n"},
			{"D9 a large buffered answer", "large", 404, "text/x", large},
		} {
			for _, mode := range []vialambda.Mode{vialambda.Stream, vialambda.Auto} {
				resp := do(t, transport(w, mode), "GET", "http+lambda://"+tc.function+"/")
				body, err := io.ReadAll(resp.Body)
				if err != nil || resp.StatusCode != tc.status || resp.Header.Get("Content-Type") != tc.ctype || string(body) != tc.body {
					t.Errorf("%s, %v: %d %v %.60q, %v", tc.name, mode, resp.StatusCode, resp.Header, body, err)
				}
				for range 2 {
					if n, err := resp.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
						t.Errorf("D3 after the end of %s: %d, %v", tc.function, n, err)
					}
				}
			}
		}
		for _, tc := range []struct {
			name, function string
			is             func(error) bool
		}{
			{"D4 cut", "cut", func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
			{"D7 ErrorCode", "fails", func(err error) bool { return isFunctionError(err, "ValueError") }},
		} {
			resp := do(t, transport(w, vialambda.Stream), "GET", "http+lambda://"+tc.function+"/")
			body, err := io.ReadAll(resp.Body)
			if string(body) != "some" || !tc.is(err) {
				t.Errorf("%s: %q, %v", tc.name, body, err)
			}
			if _, again := resp.Body.Read(make([]byte, 1)); again != err {
				t.Errorf("%s: then %v", tc.name, again)
			}
		}
		if _, err := send(t.Context(), transport(w, vialambda.Stream), "GET", "http+lambda://failed/"); !isFunctionError(err, "ValueError") {
			t.Errorf("D7 before the first byte: %v", err)
		}
	})
}

// TestTrapD8 closes streams before their end a thousand times: no goroutine, no
// connection and no invocation must be left, which the server's cleanup and the
// package's TestMain look after.
func TestTrapD8(t *testing.T) {
	const times = 1000
	line := strings.Repeat("x", 1<<10) + "\n"
	functions := locallambda.Functions{"lines": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			if _, err := io.WriteString(w, line); err != nil {
				return
			}
		}
	}))}
	abandon := func(t *testing.T, invoker vialambda.Invoker) {
		rt := transport(invoker, vialambda.Stream)
		for i := range times {
			ctx, cancel := context.WithCancel(t.Context())
			resp, err := send(ctx, rt, "GET", "http+lambda://lines/")
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
					t.Fatal(err)
				}
			}
			if i%3 == 0 {
				cancel() // the other way to stop
			}
			resp.Body.Close()
			cancel()
		}
	}
	t.Run("in this process", func(t *testing.T) { abandon(t, functions) })
	overTheWire(t, functions, func(t *testing.T, w wire) {
		abandon(t, w)
		if n := w.conns.Load(); n > 100 {
			t.Errorf("%d connections are open", n)
		}
	})
}
