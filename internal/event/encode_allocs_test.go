//go:build !race

package event // not under the race detector, which makes sync.Pool forget at random

import (
	"bytes"
	"io"
	"runtime"
	"strings"
	"testing"
)

func TestEncodeAllocations(t *testing.T) {
	text := []byte(`[{"id":1234567,"name":"a name","tags":["a","b"]}]`)
	eachFormat(t, func(t *testing.T, f Format) {
		for _, test := range []struct {
			name, contentType string
			body              []byte
			most              float64
		}{
			{"small GET", "", nil, 1},
			{"small JSON", "application/json", text, 1},
			{"binary", "image/png", bytes.Repeat([]byte{0xff}, 100_000), 2},
		} {
			r := smallGET()
			var body io.Reader
			reader := bytes.NewReader(test.body)
			if test.body != nil {
				r.Method, r.Size, body = "POST", int64(len(test.body)), reader
				r.Header["Content-Type"] = []string{test.contentType}
			}
			got := testing.AllocsPerRun(200, func() {
				reader.Reset(test.body)
				if _, err := Encode(f, r, body, noLimit); err != nil {
					t.Fatal(err)
				}
			})
			if got > test.most {
				t.Errorf("%s: %v allocations, want at most %v", test.name, got, test.most)
			}
		}
	})
}

// A binary body of known size costs one buffer as long as the event.
func TestEncodeMemoryOfBinaryBody(t *testing.T) {
	const size = 4 << 20
	data := make([]byte, size)
	for name, body := range map[string]io.Reader{"bytes": bytes.NewReader(data), "a string": strings.NewReader(string(data))} {
		r := newRequest("/")
		r.Method, r.Size, r.Header["Content-Type"] = "POST", size, []string{"image/png"}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		event, err := Encode(RESTAPI, r, body, noLimit)
		runtime.ReadMemStats(&after)
		if err != nil {
			t.Fatal(err)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > size*14/10 {
			t.Errorf("%s: %d bytes were allocated for an event of %d", name, allocated, len(event))
		}
	}
}
