package locallambda

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

// client returns a client of handler without a socket, and fails t if a
// goroutine is left at its end.
func client(t *testing.T, handler http.HandlerFunc) *http.Client {
	ignore := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, ignore) })
	return &http.Client{Transport: handlerTransport{handler}}
}

func TestClientRequest(t *testing.T) {
	var got string
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		got = fmt.Sprint(r.Method, " ", r.RequestURI, " ", r.URL.EscapedPath(), " ", r.Host, " ", r.ContentLength, " ", r.Header["X-Amz-A"], " ", string(body), err)
	})
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://lambda.eu-west-1.amazonaws.com/f/a%3Ab/i?Qualifier=%24L", strings.NewReader("body"))
	r.Header["x-amz-a"] = []string{"1", "2"}
	before := fmt.Sprint(r.Header, r.URL, r.Host)
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want := "POST /f/a%3Ab/i?Qualifier=%24L /f/a%3Ab/i lambda.eu-west-1.amazonaws.com 4 [1 2] body<nil>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if after := fmt.Sprint(r.Header, r.URL, r.Host); after != before {
		t.Errorf("the request was changed: %s", after)
	}

	r, _ = http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h", nil)
	res, err = c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if want := "GET / / h 0 [] <nil>"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestClientResponse(t *testing.T) {
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		want    string // status, content length, header X, body, error
	}{
		{"nothing", func(http.ResponseWriter, *http.Request) {}, "200 -1  <nil>"},
		{"body", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ab"); io.WriteString(w, "c") }, "200 -1  abc<nil>"},
		{"status", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) }, "404 -1  <nil>"},
		{"length", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "abc")
		}, "200 3  abc<nil>"},
		{"header", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X", "1")
			w.WriteHeader(204)
			w.Header().Set("X", "2")
		}, "204 0 1 <nil>"},
		{"half", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "3")
			io.WriteString(w, "ab")
		}, "200 3  ab" + errHalf},
		{"half, then abort", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ab")
			panic(http.ErrAbortHandler)
		}, "200 -1  ab" + errHalf},
		{"too much", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1")
			if _, err := io.WriteString(w, "ab"); !errors.Is(err, http.ErrContentLength) {
				panic(err)
			}
			io.WriteString(w, "a")
		}, "200 1  a<nil>"},
		{"abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "read local: connection reset by peer"},
		{"panic", func(http.ResponseWriter, *http.Request) { panic("oh") }, "the handler panicked: oh"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h/", strings.NewReader("x"))
			res, err := client(t, tt.handler).Transport.RoundTrip(r)
			if err != nil {
				if err.Error() != tt.want {
					t.Errorf("error %v, want %s", err, tt.want)
				}
				return
			}
			body, err := io.ReadAll(res.Body)
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = errors.New(errHalf)
			}
			if got := fmt.Sprint(res.StatusCode, res.ContentLength, " ", res.Header.Get("X"), " ", string(body), err); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if res.Header.Get("Date") == "" || res.Request != r {
				t.Errorf("Date %q, request %p", res.Header.Get("Date"), res.Request)
			}
			if _, again := res.Body.Read(make([]byte, 1)); (again == io.EOF) != (err == nil) {
				t.Errorf("Read after the end: %v", again)
			}
			if err := res.Body.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

const errHalf = "half"

// toldBody is a request body that says when it is closed.
type toldBody struct {
	io.Reader
	closed chan struct{}
}

func (c toldBody) Close() error {
	c.closed <- struct{}{}
	return nil
}

// The request's context ends everything, at every stage; the body of the request
// is closed in any case.
func TestClientCancelled(t *testing.T) {
	for _, stage := range []string{"before", "in the handler", "in the body", "body closed"} {
		t.Run(stage, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			handlerDone := make(chan error, 1)
			body := toldBody{strings.NewReader("x"), make(chan struct{}, 10)}
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				if stage == "in the handler" {
					cancel()
				} else {
					io.WriteString(w, "ab")
				}
				<-r.Context().Done()
				_, err := io.WriteString(w, "c")
				handlerDone <- err
			})
			if stage == "before" {
				cancel()
			}
			r, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://h/", body)
			res, err := c.Do(r)
			if stage == "before" || stage == "in the handler" {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("Do: %v", err)
				}
			} else {
				if err != nil {
					t.Fatal(err)
				}
				io.ReadFull(res.Body, make([]byte, 2))
				if stage == "body closed" {
					res.Body.Close()
				} else {
					cancel()
				}
				if _, err := io.ReadAll(res.Body); err == nil || stage == "in the body" && !errors.Is(err, context.Canceled) {
					t.Errorf("Read: %v", err)
				}
			}
			if stage != "before" {
				if err := <-handlerDone; err == nil {
					t.Error("the handler could still write")
				}
			}
			<-body.closed
		})
	}
}

// An Invoker learns from these hooks whether the function may have run.
func TestClientTrace(t *testing.T) {
	var events []string
	trace := &httptrace.ClientTrace{
		GetConn:              func(host string) { events = append(events, "get "+host) },
		GotConn:              func(info httptrace.GotConnInfo) { events = append(events, "got "+info.Conn.RemoteAddr().Network()) },
		WroteRequest:         func(info httptrace.WroteRequestInfo) { events = append(events, fmt.Sprint("wrote ", info.Err)) },
		GotFirstResponseByte: func() { events = append(events, "first byte") },
	}
	c := client(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "x")
	})
	r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), trace), http.MethodPost, "http://h/", strings.NewReader("body"))
	res, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
	if got := fmt.Sprint(events); got != "[get h got pipe wrote <nil> first byte]" {
		t.Error(got)
	}
}

// A request that was read to its last byte, though not to its end, was sent: the
// hooks know so at once, and in any case before the caller knows that it failed.
func TestClientHooksBeforeFailure(t *testing.T) {
	for _, tt := range []struct{ body, rest string }{{"", ""}, {"body", ""}, {"body", "not read"}} {
		synctest.Test(t, func(t *testing.T) {
			var wrote, wroteWhenRead atomic.Bool
			c := &http.Client{Transport: handlerTransport{http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.ReadFull(r.Body, make([]byte, len(tt.body)))
				wroteWhenRead.Store(wrote.Load())
				panic(http.ErrAbortHandler)
			})}}
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{WroteRequest: func(httptrace.WroteRequestInfo) {
				time.Sleep(time.Second)
				wrote.Store(true)
			}})
			r, _ := http.NewRequestWithContext(ctx, http.MethodPost, "http://h", strings.NewReader(tt.body+tt.rest))
			res, err := c.Do(r)
			if err == nil {
				res.Body.Close()
				t.Error("no error")
			}
			if got, want := wroteWhenRead.Load(), tt.rest == ""; got != want {
				t.Errorf("%+v: sent when read: %t", tt, got)
			}
			if !wrote.Load() {
				t.Errorf("%+v: failed before the request was known to be sent", tt)
			}
		})
	}
}
