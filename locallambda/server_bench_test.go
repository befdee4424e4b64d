package locallambda_test

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// BenchmarkServer is an Invoke of a function that does nothing, by each way
// there is to it.
func BenchmarkServer(b *testing.B) {
	functions := locallambda.Functions{"fn": vialambda.InvokerFunc(echo)}
	server := httptest.NewServer(functions)
	defer server.Close()
	for name, invoker := range map[string]vialambda.Invoker{
		"in process":       functions,
		"without a socket": &wire{"http://localhost", functions.Client()},
		"over a socket":    &wire{server.URL, server.Client()},
	} {
		b.Run(name, func(b *testing.B) {
			in := &vialambda.Invocation{Function: "fn", Payload: []byte(`{"a":1}`)}
			for b.Loop() {
				res, err := invoker.Invoke(b.Context(), in)
				if err != nil {
					b.Fatal(err)
				}
				res.Payload.Close()
			}
		})
	}
}

// BenchmarkServerStream moves 200 MB through the server and a connection. What
// the heap has grown by is measured at the end of the stream, before it is
// collected.
func BenchmarkServerStream(b *testing.B) {
	const size = 200_000_000
	server := httptest.NewServer(locallambda.Functions{"fn": writing(size)})
	defer server.Close()
	b.SetBytes(size)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if end, _ := lastOf(b, server.Client(), server.URL+streamPath); !strings.Contains(end, "InvokeComplete") {
			b.Fatalf("the stream ended with %q", end)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(int64(after.HeapInuse)-int64(before.HeapInuse))/(1<<20), "heap-MiB")
}
