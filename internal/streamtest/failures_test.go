package streamtest_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// broken are functions that fail in mid-stream, each in its way.
func broken() locallambda.Functions {
	begin := func(w http.ResponseWriter) {
		io.WriteString(w, "some")
		http.NewResponseController(w).Flush()
	}
	return locallambda.Functions{
		"panic": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			begin(w)
			panic("broken")
		})),
		"slow": locallambda.Timeout{After: 50 * time.Millisecond, Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin(w)
			<-r.Context().Done()
		}))},
		"cut": pieces(io.ErrUnexpectedEOF, "{}"+separator+"some"),
	}
}

func TestFailuresInMidStream(t *testing.T) {
	wants := map[string]func(error) bool{
		"panic": func(err error) bool {
			e, ok := errors.AsType[*vialambda.FunctionError](err)
			return ok && e.Message == "broken" && e.Trace != nil && e.RequestID != ""
		},
		"slow": func(err error) bool {
			e, ok := errors.AsType[*vialambda.FunctionError](err)
			return ok && e.Type == "Sandbox.Timedout" && e.Timeout()
		},
		"cut": func(err error) bool {
			e, ok := errors.AsType[*vialambda.InvokeError](err)
			return ok && e.MayHaveRun && errors.Is(err, io.ErrUnexpectedEOF)
		},
	}
	overTheWire(t, broken(), func(t *testing.T, w wire) {
		rt := transport(w, vialambda.Stream)
		for name, is := range wants {
			ctx, info := vialambda.WithInfo(vialambda.WithTarget(t.Context(), vialambda.Target{LogTail: true}))
			resp, err := send(ctx, rt, "GET", "http+lambda://"+name+"/")
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(body) != "some" || !is(err) {
				t.Errorf("%s: %q, %v", name, body, err)
			}
			if _, found := info.Report(); found != (name != "cut") {
				t.Errorf("%s: the log's tail is %q", name, info.LogTail)
			}
			if info.AnswerBytes != int64(len("some")) {
				t.Errorf("%s: %d bytes", name, info.AnswerBytes)
			}
		}
	})
}

// D4: a proxy must not end a response that broke off as if it were complete.
func TestReverseProxyAborts(t *testing.T) {
	overTheWire(t, broken(), func(t *testing.T, w wire) {
		for name := range broken() {
			proxy := httptest.NewServer(&httputil.ReverseProxy{
				Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: vialambda.Scheme, Host: name}) },
				Transport: transport(w, vialambda.Stream),
				ErrorLog:  log.New(io.Discard, "", 0),
			})
			defer proxy.Close()
			outside := &http.Client{Transport: &http.Transport{}}
			defer outside.CloseIdleConnections()
			resp, err := outside.Get(proxy.URL)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(body) != "some" || !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: %q, %v", name, body, err)
			}
		}
	})
}

// E3: deadline and cancellation hold while a streamed body is read.
func TestContextInMidStream(t *testing.T) {
	functions := locallambda.Functions{"waits": locallambda.Timeout{After: 5 * time.Second, Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "some")
		http.NewResponseController(w).Flush()
		select { // the function outlives its caller
		case <-r.Context().Done():
		case <-time.After(100 * time.Millisecond):
		}
	}))}}
	overTheWire(t, functions, func(t *testing.T, w wire) {
		ctx, cancel := context.WithCancel(t.Context())
		resp, err := send(ctx, transport(w, vialambda.Stream), "GET", "http+lambda://waits/")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		io.ReadFull(resp.Body, make([]byte, 4))
		cancel()
		if _, err := resp.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
			t.Errorf("canceled: %v", err)
		}
		client := &http.Client{Transport: transport(w, vialambda.Stream), Timeout: 20 * time.Millisecond}
		resp, err = client.Get("http+lambda://waits/")
		if err == nil { // unless this machine is too slow to get so far
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("timeout: %v", err)
		}
	})
}

func TestWithoutBody(t *testing.T) {
	functions := locallambda.Functions{"app": locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/empty" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("X-Size", "many")
		io.WriteString(w, strings.Repeat("x", 1000))
	}))}
	overTheWire(t, functions, func(t *testing.T, w wire) {
		rt := transport(w, vialambda.Stream)
		resp := do(t, rt, "HEAD", "http+lambda://app/")
		if body, err := io.ReadAll(resp.Body); len(body) != 0 || err != nil || resp.StatusCode != 200 || resp.Header.Get("X-Size") != "many" || resp.ContentLength != -1 {
			t.Errorf("HEAD: %d %v, length %d, %q, %v", resp.StatusCode, resp.Header, resp.ContentLength, body, err)
		}
		resp = do(t, rt, "GET", "http+lambda://app/empty")
		if body, err := io.ReadAll(resp.Body); len(body) != 0 || err != nil || resp.StatusCode != 204 || resp.ContentLength != 0 || resp.Header.Get("Content-Type") != "" {
			t.Errorf("204: %d %v, length %d, %q, %v", resp.StatusCode, resp.Header, resp.ContentLength, body, err)
		}
	})
}
