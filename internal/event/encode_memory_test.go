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

// Memory of the caller's changes nothing of the event, whatever it holds and
// however large it is, and is used if it is large enough.
func TestEncodeInto(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		for name, body := range map[string]string{
			"no body": "", "text": "a \"text\" of some length\n", "binary": "\xff\x00\x01\x02", "long": strings.Repeat("long ", 2000),
		} {
			for _, size := range []int64{int64(len(body)), -1} {
				r := newRequest("/a?b=c")
				r.Method, r.Size = "POST", size
				want, err := Encode(f, r, strings.NewReader(body), noLimit)
				if err != nil {
					t.Fatal(err)
				}
				for _, room := range []int{0, 1, len(want) / 2, len(want) - 1, len(want), len(want) + len(want)/2 + 8192} {
					memory := bytes.Repeat([]byte{'\\'}, room)
					got, err := EncodeInto(memory, f, r, strings.NewReader(body), noLimit)
					if err != nil || !bytes.Equal(got, want) {
						t.Errorf("%s of size %d in %d bytes: %v\n got %s\nwant %s", name, size, room, err, got, want)
						continue
					}
					if enough := room > len(want)+len(want)/2; enough && !sameEnd(got, memory) {
						t.Errorf("%s of size %d in %d bytes: other memory was used", name, size, room)
					}
				}
			}
		}
	})
}

// sameEnd reports whether two slices, not empty, share their last byte of memory.
func sameEnd(a, b []byte) bool {
	return &a[:cap(a)][cap(a)-1] == &b[:cap(b)][cap(b)-1]
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
