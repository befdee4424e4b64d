package streamtest_test

import (
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/locallambda"
)

// maxGrowth is how much the heap may grow while a stream of any length goes
// through it.
const maxGrowth = 8 << 20

// heap follows the heap's peak.
type heap struct{ before, peak uint64 }

func startHeap() *heap {
	runtime.GC()
	h := &heap{}
	h.look()
	h.before, h.peak = h.peak, 0
	return h
}

func (h *heap) look() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.peak = max(h.peak, m.HeapAlloc)
}

func (h *heap) growth() int64 { return int64(h.peak) - int64(h.before) }

// bytesOf is a handler that writes n bytes.
func bytesOf(n int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		io.Copy(struct{ io.Writer }{w}, io.LimitReader(zeros{}, n))
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// collectOften lets the collector run early, so that the heap's peak is what is
// held and not what waits to be collected. The SDK makes much of that: with the
// default, a heap that has 9 MB before a stream doubles, however long the stream.
func collectOften(t testing.TB) {
	old := debug.SetGCPercent(10)
	t.Cleanup(func() { debug.SetGCPercent(old) })
}

// drain reads a response of n bytes and returns how much the heap grew.
func drain(t testing.TB, rt http.RoundTripper, n int64) int64 {
	t.Helper()
	h := startHeap()
	resp, err := send(t.Context(), rt, "GET", "http+lambda://bytes/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	buf := make([]byte, 64<<10)
	var read, looked int64
	for {
		k, err := resp.Body.Read(buf)
		read += int64(k)
		if read-looked >= 1<<20 {
			looked = read
			h.look()
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	h.look()
	if read != n {
		t.Fatalf("%d bytes, want %d", read, n)
	}
	return h.growth()
}

// TestHeapOfAStream has client, API and function in this process: the heap of
// all three together grows by less than maxGrowth.
func TestHeapOfAStream(t *testing.T) {
	const size = 32 << 20
	functions := locallambda.Functions{"bytes": locallambda.HTTP(bytesOf(size))}
	overTheWire(t, functions, func(t *testing.T, w wire) {
		if strings.HasSuffix(t.Name(), "FromSDK") {
			collectOften(t)
		}
		growth := drain(t, transport(w, vialambda.Stream), size)
		t.Logf("%d MiB through client, API and function: the heap grew by %.1f MiB", size>>20, float64(growth)/(1<<20))
		if growth > maxGrowth {
			t.Errorf("the heap grew by %d bytes, allowed are %d", growth, maxGrowth)
		}
	})
}

// BenchmarkStream200MB sends the longest stream that there is and reports the
// growth of the heap, of client, API and function together.
func BenchmarkStream200MB(b *testing.B) {
	const size = 200 << 20
	functions := locallambda.Functions{"bytes": locallambda.HTTP(bytesOf(size - 1<<10))} // beside the metadata
	for name, sdk := range map[string]bool{"New": false, "FromSDK": true} {
		b.Run(name, func(b *testing.B) {
			if sdk {
				collectOften(b)
			}
			url, _ := serve(b, functions)
			rt := transport(client(b, url, sdk), vialambda.Stream)
			b.SetBytes(size)
			var most int64
			for b.Loop() {
				most = max(most, drain(b, rt, size-1<<10))
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-heap")
			if most > maxGrowth {
				b.Errorf("the heap grew by %d bytes, allowed are %d", most, maxGrowth)
			}
		})
	}
}
