package event

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// Pooled memory never reaches an event: what one event holds, no other writes.
func TestEncodeEventsShareNothing(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			f := Format(i%int(ALBMultiValue) + 1)
			body := strings.Repeat("text \"and\" more ", i*10)
			var first []byte
			for range 100 {
				r := newRequest("/a%20b?c=%64")
				r.Size = -1
				r.Header["X-Worker"] = []string{strings.Repeat("w", i+1)}
				event, err := Encode(f, r, strings.NewReader(body), noLimit)
				if err != nil {
					t.Error(err)
					return
				}
				if first == nil {
					first = bytes.Clone(event)
				}
				if !bytes.Equal(event, first) {
					t.Errorf("got %s\nwant %s", event, first)
					return
				}
				clear(event[:cap(event)])
			}
		})
	}
	wg.Wait()
}

// The order of Go's maps does not show.
func TestEncodeIsDeterministic(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		r := newRequest("/?b=1&a=2&b=3")
		r.StageVariables = map[string]string{"c": "1", "a": "2", "b": "3"}
		for _, name := range []string{"X-A", "x-a", "X-a", "Cookie", "cookie", "Content-Type", "content-type",
			"user-agent", "User-Agent", "X-FORWARDED-FOR", "X-Forwarded-For", "Zzz", "_", "-", "A_b", "A-b", "Ab"} {
			r.Header[name] = []string{"value of " + name, "second of " + name}
		}
		first := mustEncode(t, f, r, nil)
		for range 50 {
			if again := mustEncode(t, f, r, nil); !bytes.Equal(again, first) {
				t.Fatalf("got %s\nthen %s", first, again)
			}
		}
	})
}

// A request is only read, so that many may be made of one.
func TestEncodeLeavesTheRequestAlone(t *testing.T) {
	r := newRequest("/?a=1")
	r.Header["Connection"] = []string{"x-a"}
	r.Header["X-A"] = []string{" spaces ", "\r\n"}
	r.Header["Host"] = []string{"other"}
	header := r.Header.Clone()
	var wg sync.WaitGroup
	for f := RESTAPI; f <= ALBMultiValue; f++ {
		wg.Go(func() {
			for range 20 {
				if _, err := Encode(f, r, nil, noLimit); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(header) != len(r.Header) {
		t.Errorf("got %q, want %q", r.Header, header)
	}
	for name, values := range header {
		for i, value := range values {
			if r.Header[name][i] != value {
				t.Errorf("%s: got %q, want %q", name, r.Header[name][i], value)
			}
		}
	}
}
