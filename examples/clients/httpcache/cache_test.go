package httpcache_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/examples/clients/httpcache"
	"github.com/vialambda/vialambda/locallambda"
)

func TestWhatIsStored(t *testing.T) {
	type fields = map[string]string
	big := strings.Repeat("x", 2<<20)
	for _, tc := range []struct {
		name, method string
		mode         vialambda.Mode
		sent, resent fields // header fields of the first request and of the second
		answer       fields
		status       int
		body         string
		calls        int
	}{
		{name: "fresh", answer: fields{"Cache-Control": "max-age=60"}, calls: 1},
		{name: "nothing said", calls: 2},
		{name: "no-store", answer: fields{"Cache-Control": "no-store, max-age=60"}, calls: 2},
		{name: "POST", method: "POST", answer: fields{"Cache-Control": "max-age=60"}, calls: 2},
		{name: "404", status: 404, answer: fields{"Cache-Control": "max-age=60"}, calls: 2},
		{name: "500", status: 500, answer: fields{"Cache-Control": "max-age=60"}, calls: 2},
		{name: "Vary, the same", answer: fields{"Cache-Control": "max-age=60", "Vary": "Accept-Language"},
			sent: fields{"Accept-Language": "de"}, resent: fields{"Accept-Language": "de"}, calls: 1},
		{name: "Vary, another", answer: fields{"Cache-Control": "max-age=60", "Vary": "Accept-Language"},
			sent: fields{"Accept-Language": "de"}, resent: fields{"Accept-Language": "fr"}, calls: 2},
		{name: "Vary *", answer: fields{"Cache-Control": "max-age=60", "Vary": "*"}, calls: 2},
		{name: "another's credentials", answer: fields{"Cache-Control": "max-age=60"},
			sent: fields{"Authorization": "Basic YTpi"}, resent: fields{"Authorization": "Basic Yzpk"}, calls: 2},
		{name: "none after credentials", answer: fields{"Cache-Control": "max-age=60"},
			sent: fields{"Cookie": "session=1"}, calls: 2},
		{name: "a range", answer: fields{"Cache-Control": "max-age=60"}, resent: fields{"Range": "bytes=0-1"}, calls: 2},
		{name: "gzip on the way", answer: fields{"Cache-Control": "max-age=60", "Content-Encoding": "gzip"}, body: "small", calls: 1},
		{name: "gzip of too much", answer: fields{"Cache-Control": "max-age=60", "Content-Encoding": "gzip"}, body: big, calls: 2},
		{name: "too long", answer: fields{"Cache-Control": "max-age=60"}, body: big, calls: 2},
		{name: "a stream", mode: vialambda.Stream, answer: fields{"Cache-Control": "max-age=60"}, calls: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			calls := &locallambda.Counter{Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, value := range tc.answer {
					w.Header().Set(name, value)
				}
				if tc.status != 0 {
					w.WriteHeader(tc.status)
				}
				if tc.answer["Content-Encoding"] == "gzip" {
					z := gzip.NewWriter(w)
					defer z.Close()
					io.WriteString(z, tc.body)
					return
				}
				io.WriteString(w, tc.body)
			}))}
			transport := httpcache.New(&vialambda.Transport{Invoker: calls, Mode: tc.mode}, 10)
			for i, header := range []fields{tc.sent, tc.resent} {
				req, err := http.NewRequestWithContext(t.Context(), "GET", "http+lambda://shop/", nil)
				if err != nil {
					t.Fatal(err)
				}
				if tc.method != "" {
					req.Method = tc.method
				}
				for name, value := range header {
					req.Header.Set(name, value)
				}
				if body := read(t, transport, req); body != tc.body {
					t.Errorf("answer %d has %d bytes, want %d", i+1, len(body), len(tc.body))
				}
			}
			if calls.Total() != tc.calls {
				t.Errorf("%d calls, want %d", calls.Total(), tc.calls)
			}
		})
	}
}

// A function error is an error each time and is not stored; an answer that says
// stale-if-error outlives it, in the time that it says.
func TestFunctionErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := false
		app := http.NewServeMux()
		app.HandleFunc("/brittle", func(w http.ResponseWriter, _ *http.Request) {
			if failing {
				panic("broken")
			}
			w.Header().Set("Cache-Control", "max-age=10")
		})
		app.HandleFunc("/sturdy", func(w http.ResponseWriter, _ *http.Request) {
			if failing {
				panic("broken")
			}
			w.Header().Set("Cache-Control", "max-age=10, stale-if-error=3600")
		})
		calls := &locallambda.Counter{Invoker: locallambda.HTTP(app)}
		client := &http.Client{Transport: httpcache.New(&vialambda.Transport{Invoker: calls}, 10)}
		get := func(path string, after time.Duration) error {
			time.Sleep(after)
			resp, err := client.Get("http+lambda://shop" + path)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			_, err = io.Copy(io.Discard, resp.Body)
			return err
		}
		for _, step := range []struct {
			path   string
			after  time.Duration
			broken bool
			fails  bool
			calls  int
		}{
			{"/brittle", 0, false, false, 1},
			{"/sturdy", 0, false, false, 2},
			{"/brittle", 9 * time.Second, true, false, 2}, // fresh: not even asked
			{"/brittle", 2 * time.Second, true, true, 3},
			{"/brittle", 0, true, true, 4}, // nor is the error remembered
			{"/sturdy", 0, true, false, 5},
			{"/sturdy", 2 * time.Hour, true, true, 6},
			{"/sturdy", 0, false, false, 7},
		} {
			failing = step.broken
			err := get(step.path, step.after)
			if (err != nil) != step.fails || calls.Total() != step.calls {
				t.Errorf("%+v: %v and %d calls", step, err, calls.Total())
			}
		}
	})
}

// With ErrorResponses a failed function is answered for with a 502, which is as
// little stored.
func TestErrorResponses(t *testing.T) {
	calls := &locallambda.Counter{Invoker: locallambda.HTTP(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("broken") }))}
	client := &http.Client{Transport: httpcache.New(&vialambda.Transport{Invoker: calls, ErrorResponses: true}, 10)}
	for range 2 {
		resp, err := client.Get("http+lambda://shop/")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 502 || resp.Header.Get("X-From-Cache") != "" {
			t.Errorf("%s, %v", resp.Status, resp.Header)
		}
	}
	if calls.Total() != 2 {
		t.Errorf("%d calls", calls.Total())
	}
}

// An answer of which only a part was read is not stored.
func TestHalfRead(t *testing.T) {
	calls := &locallambda.Counter{Invoker: locallambda.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, strings.Repeat("x", 100))
	}))}
	client := &http.Client{Transport: httpcache.New(&vialambda.Transport{Invoker: calls}, 10)}
	for range 2 {
		resp, err := client.Get("http+lambda://shop/")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
			t.Error(err)
		}
		resp.Body.Close()
	}
	if calls.Total() != 2 {
		t.Errorf("%d calls", calls.Total())
	}
}

func read(t *testing.T, transport http.RoundTripper, req *http.Request) string {
	t.Helper()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}
