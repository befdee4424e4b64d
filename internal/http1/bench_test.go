//go:build unix

package http1

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

// BenchmarkRoundTrip makes small calls to a server in this process, with a Pool and with
// net/http's transport.
func BenchmarkRoundTrip(b *testing.B) {
	for _, scheme := range []struct {
		name   string
		secure bool
	}{{"plain", false}, {"TLS", true}} {
		b.Run(scheme.name+"/http1", func(b *testing.B) {
			s := listen(b, scheme.secure, echo)
			request := post("{}")
			b.ReportAllocs()
			for b.Loop() {
				resp, err := s.pool.RoundTrip(b.Context(), request)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
			}
		})
		b.Run(scheme.name+"/net_http", func(b *testing.B) {
			s := listen(b, scheme.secure, echo)
			transport := &http.Transport{DialContext: s.pool.Dial, TLSClientConfig: s.pool.TLS}
			defer transport.CloseIdleConnections()
			url := "http://" + s.pool.Addr
			if scheme.secure {
				url = "https://" + s.pool.Addr
			}
			body := []byte("{}")
			b.ReportAllocs()
			for b.Loop() {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(body))
				if err != nil {
					b.Fatal(err)
				}
				resp, err := transport.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}
