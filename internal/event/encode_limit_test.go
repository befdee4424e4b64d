package event

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// countingReader counts what is read of it.
type countingReader struct {
	io.Reader
	n int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n += int64(n)
	return n, err
}

// endless reads as an endless body.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestTrapC14LimitOfTheEvent(t *testing.T) {
	for _, test := range []struct{ name, contentType, body string }{
		{"text", "text/plain", strings.Repeat("text", 500)},
		{"text with escapes", "text/plain", strings.Repeat("\"\n\x01", 500)},
		{"text that is not UTF-8", "text/plain", strings.Repeat("\xff", 500)},
		{"binary", "image/png", strings.Repeat("\x00", 500)},
		{"no body", "text/plain", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				body := post(r, test.contentType, test.body)
				size := int64(len(mustEncode(t, f, r, body)))
				for _, known := range []int64{int64(len(test.body)), -1} {
					r.Size = known
					if event, err := Encode(f, r, strings.NewReader(test.body), size); err != nil || int64(len(event)) != size {
						t.Errorf("size %d, at the limit: %d bytes, %v", known, len(event), err)
					}
					event, err := Encode(f, r, strings.NewReader(test.body), size-1)
					tooLarge, ok := errors.AsType[*TooLargeError](err)
					if !ok || tooLarge.Limit != size-1 || tooLarge.Size < size || event != nil {
						t.Errorf("size %d, a byte over the limit: %d bytes, %v", known, len(event), err)
					}
				}
			})
		})
	}
}

func TestTrapC14RefusedBeforeReading(t *testing.T) {
	const limit = 10_000
	for _, test := range []struct {
		name, contentType string
		size              int64
		refused           bool
	}{
		{"text that cannot fit", "text/plain", limit, true},
		{"text that fits", "text/plain", limit / 2, false},
		{"binary whose base64 cannot fit", "image/png", limit * 3 / 4, true},
		{"binary whose base64 fits", "image/png", limit / 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				r.Method, r.Size, r.Header["Content-Type"] = "POST", test.size, []string{test.contentType}
				body := &countingReader{Reader: io.LimitReader(endless{}, test.size)}
				_, err := Encode(f, r, body, limit)
				if isTooLarge(err) != test.refused {
					t.Error(err)
				}
				if refusedUnread := err != nil && body.n == 0; refusedUnread != test.refused {
					t.Errorf("%d bytes were read", body.n)
				}
			})
		})
	}
}

func TestTrapC18UnknownSizeStopsAtTheLimit(t *testing.T) {
	const limit = 100_000
	for _, contentType := range []string{"text/plain", "image/png"} {
		t.Run(contentType, func(t *testing.T) {
			eachFormat(t, func(t *testing.T, f Format) {
				r := newRequest("/")
				r.Method, r.Size, r.Header["Content-Type"] = "POST", -1, []string{contentType}
				body := &countingReader{Reader: endless{}}
				event, err := Encode(f, r, body, limit)
				tooLarge, ok := errors.AsType[*TooLargeError](err)
				if !ok || tooLarge.Size <= limit || tooLarge.Limit != limit || event != nil {
					t.Errorf("%v, %d bytes", err, len(event))
				}
				if body.n > limit {
					t.Errorf("%d bytes were read", body.n)
				}
			})
		})
	}
}

// The memory for a body is not set aside on a Request's word alone.
func TestEncodeHugeSize(t *testing.T) {
	r := newRequest("/")
	r.Method, r.Size, r.Header["Content-Type"] = "POST", 1<<39, []string{"text/plain"}
	if _, err := Encode(ALB, r, strings.NewReader("short"), 1<<40); err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
}
