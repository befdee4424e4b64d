package streamtest_test

import (
	"bufio"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// handshake is a handler that writes a line when the one before has been read:
// if anything on the way waited for more, nothing would ever arrive.
func handshake(read <-chan struct{}, zipped bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		out, flush := io.Writer(w), http.NewResponseController(w).Flush
		if zipped {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			out, flush = z, z.Flush
		}
		for range 3 {
			io.WriteString(out, "data: x\n")
			if flush() != nil {
				return
			}
			select {
			case <-read:
			case <-r.Context().Done():
				return
			}
		}
	})
}

// TestFirstLineBeforeTheSecond: with http.Client and with ReverseProxy, plain and
// compressed on the way.
func TestFirstLineBeforeTheSecond(t *testing.T) {
	read := make(chan struct{})
	functions := locallambda.Functions{
		"plain": locallambda.HTTP(handshake(read, false)),
		"gzip":  locallambda.HTTP(handshake(read, true)),
	}
	overTheWire(t, functions, func(t *testing.T, w wire) {
		rt := transport(w, vialambda.Auto)
		for name := range functions {
			proxy := httptest.NewServer(&httputil.ReverseProxy{
				Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: vialambda.Scheme, Host: name}) },
				Transport: rt,
			})
			defer proxy.Close()
			outside := &http.Client{Transport: &http.Transport{}}
			defer outside.CloseIdleConnections()
			for how, get := range map[string]func() (*http.Response, error){
				"http.Client": func() (*http.Response, error) {
					return (&http.Client{Transport: rt}).Get("http+lambda://" + name + "/")
				},
				"ReverseProxy": func() (*http.Response, error) { return outside.Get(proxy.URL) },
			} {
				resp, err := get()
				if err != nil {
					t.Fatal(err)
				}
				lines, n := bufio.NewScanner(resp.Body), 0
				for lines.Scan() {
					if lines.Text() != "data: x" {
						t.Errorf("%s, %s: %q", name, how, lines.Text())
					}
					n++
					read <- struct{}{}
				}
				if n != 3 || lines.Err() != nil {
					t.Errorf("%s, %s: %d lines, %v", name, how, n, lines.Err())
				}
				resp.Body.Close()
			}
		}
	})
}
