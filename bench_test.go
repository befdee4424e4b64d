package vialambda_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// BenchmarkRoundTrip is what the Transport itself costs: its Invoker answers at once.
func BenchmarkRoundTrip(b *testing.B) {
	const small = `{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"status\":\"UP\"}"}`
	large := `{"statusCode":200,"headers":{"Content-Type":"text/plain"},"body":"` + strings.Repeat("0123456789abcdef", 64<<10) + `"}`
	for _, bm := range []struct {
		name   string
		format vialambda.Format
		method string
		body   string
		answer string
	}{
		{"GET rest-api", vialambda.RESTAPI, "GET", "", small},
		{"GET http-api", vialambda.HTTPAPI, "GET", "", small},
		{"POST 1 KiB", vialambda.RESTAPI, "POST", strings.Repeat("x", 1<<10), small},
		{"GET 1 MiB", vialambda.RESTAPI, "GET", "", large},
	} {
		b.Run(bm.name, func(b *testing.B) {
			t := &vialambda.Transport{Format: bm.format, Invoker: answersAtOnce(bm.answer)}
			req, err := http.NewRequestWithContext(b.Context(), bm.method, "http+lambda://orders/items?limit=10", nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("User-Agent", "bench/1")
			req.Header.Set("Accept", "application/json")
			b.ReportAllocs()
			for b.Loop() {
				if bm.body != "" {
					req.Header.Set("Content-Type", "text/plain")
					req.Body, req.ContentLength = io.NopCloser(strings.NewReader(bm.body)), int64(len(bm.body))
				}
				resp, err := t.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
}

func answersAtOnce(answer string) vialambda.Invoker {
	return vialambda.InvokerFunc(func(context.Context, *vialambda.Invocation) (*vialambda.Result, error) {
		return &vialambda.Result{Payload: io.NopCloser(strings.NewReader(answer)), Size: int64(len(answer))}, nil
	})
}
