package locallambda_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// The function goes on when its caller has hung up.
func TestServerRunsToTheEnd(t *testing.T) {
	for _, path := range []string{invokePath, streamPath} {
		t.Run(path, func(t *testing.T) {
			begun, goOn, logged := make(chan struct{}), make(chan struct{}), make(chan locallambda.Entry, 1)
			s := &locallambda.Server{
				Log: func(e locallambda.Entry) { logged <- e },
				Functions: locallambda.Functions{
					"fn": vialambda.InvokerFunc(func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
						close(begun)
						<-goOn
						if ctx.Err() != nil {
							return nil, ctx.Err()
						}
						return reply("null")(ctx, in)
					}),
				},
			}
			ctx, hangUp := context.WithCancel(t.Context())
			returned := make(chan struct{})
			go func() {
				defer close(returned)
				defer func() { recover() }()
				s.ServeHTTP(httptest.NewRecorder(), post(path, "").WithContext(ctx))
			}()
			<-begun
			hangUp()
			<-returned
			close(goOn)
			if e := <-logged; e.Err != nil || e.Status != 200 || e.Function != "fn" {
				t.Errorf("ended as %+v", e)
			}
			if err := s.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestServerClose(t *testing.T) {
	begun := make(chan struct{})
	s := &locallambda.Server{Functions: locallambda.Functions{
		"fn": vialambda.InvokerFunc(func(ctx context.Context, _ *vialambda.Invocation) (*vialambda.Result, error) {
			close(begun)
			<-ctx.Done()
			return nil, ctx.Err()
		}),
	}}
	answered := make(chan int, 1)
	go func() {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, post(invokePath, ""))
		answered <- w.Code
	}()
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(ctx); err == nil || err.Error() != "1 invocations had not ended: context canceled" {
		t.Errorf("Close: %v", err)
	}
	if status := <-answered; status != 500 {
		t.Errorf("the invocation was answered with %d", status)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Errorf("second Close: %v", err)
	}
	for _, path := range []string{invokePath, streamPath} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, post(path, ""))
		if w.Code != 503 {
			t.Errorf("after Close: %d %s", w.Code, w.Body)
		}
	}
}

// Whatever comes, there is an answer with a request id, and an entry that says
// the same.
func FuzzServer(f *testing.F) {
	f.Add("POST", invokePath, "RequestResponse", "Tail", "e30=", "7", []byte("{}"))
	f.Add("POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Afn/invocations", "DryRun", "None", "", "$LATEST", []byte{})
	f.Add("POST", streamPath, "Event", "x", "\xff", "a b", []byte("nul"))
	f.Add("GET", "//functions///", "", "", "", "%", []byte(nil))
	f.Fuzz(func(t *testing.T, method, path, invocationType, logType, clientContext, qualifier string, body []byte) {
		r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+path, bytes.NewReader(body))
		if err != nil {
			t.Skip()
		}
		r.URL.RawQuery = "Qualifier=" + url.QueryEscape(qualifier)
		r.Header["X-Amz-Invocation-Type"] = []string{invocationType}
		r.Header["X-Amz-Log-Type"] = []string{logType}
		r.Header["X-Amz-Client-Context"] = []string{clientContext}
		var entry locallambda.Entry
		s := &locallambda.Server{
			Functions: locallambda.Functions{"fn": vialambda.InvokerFunc(echo)},
			Log:       func(e locallambda.Entry) { entry = e },
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
		id := w.Header().Get("X-Amzn-RequestId")
		if w.Code == http.StatusAccepted {
			entry.Status += w.Code // an Event's run has no status
		}
		if r.Host == "localhost" && (len(id) != 36 || entry.RequestID != id || entry.Status != w.Code) {
			t.Errorf("%d, request id %q, logged %+v", w.Code, id, entry)
		}
		if w.Code >= 400 && w.Code != 421 && w.Header().Get("X-Amzn-ErrorType") != entry.Code {
			t.Errorf("%s, logged %+v", w.Header().Get("X-Amzn-ErrorType"), entry)
		}
	})
}
