package event

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// A body that writes itself, in pieces of any size, makes the event that one that
// is read makes.
func TestEncodeBodyThatWritesItself(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, 2000)
	rand.NewChaCha8([32]byte{7}).Read(data)
	for range 500 {
		data := data[:1+random.IntN(len(data))]
		var pieces [][]byte
		for rest := data; len(rest) > 0; {
			n := random.IntN(min(len(rest), 1+random.IntN(300)) + 1) // may be 0
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		r := binaryPOST(len(data))
		want, err := Encode(FunctionURL, r, struct{ io.Reader }{bytes.NewReader(data)}, noLimit)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Encode(FunctionURL, r, &piecewise{pieces: pieces}, noLimit)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("of %d bytes in %d pieces: %v\ngot  %s\nwant %s", len(data), len(pieces), err, got, want)
		}
		got, err = Encode(FunctionURL, r, strings.NewReader(string(data)), noLimit)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("of a string of %d bytes: %v\ngot  %s\nwant %s", len(data), err, got, want)
		}
	}
}

func TestEncodeBodyThatWritesItselfWrongly(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name string
		body *piecewise
		want func(error) bool
	}{
		{"shorter", &piecewise{pieces: [][]byte{{1, 2}, {3}}}, func(err error) bool { return err == io.ErrUnexpectedEOF }},
		{"longer", &piecewise{pieces: [][]byte{{1, 2}, {3, 4, 5}}}, isLengthError},
		{"broken", &piecewise{pieces: [][]byte{{1, 2}}, err: broken}, func(err error) bool { return err == broken }},
		{"a longer string", &piecewise{text: "12345"}, isLengthError},
		{"longer, and silent about it", &piecewise{pieces: [][]byte{{1, 2}, {3, 4, 5}}, deaf: true}, isLengthError},
	} {
		t.Run(test.name, func(t *testing.T) {
			if event, err := Encode(FunctionURL, binaryPOST(4), test.body, noLimit); !test.want(err) {
				t.Errorf("error %v, event %s", err, event)
			}
		})
	}
}

func binaryPOST(size int) *Request {
	r := newRequest("/")
	r.Method, r.Size, r.Header["Content-Type"] = "POST", int64(size), []string{"image/png"}
	return r
}

// piecewise is a body that writes itself.
type piecewise struct {
	io.Reader
	pieces [][]byte
	text   string // after them
	err    error
	deaf   bool // to what Write returns
}

func (p *piecewise) WriteTo(w io.Writer) (n int64, err error) {
	for _, piece := range p.pieces {
		m, err := w.Write(piece)
		if n += int64(m); err != nil && !p.deaf {
			return n, err
		}
	}
	if p.text != "" {
		m, err := io.WriteString(w, p.text)
		return n + int64(m), err
	}
	return n, p.err
}

func TestEncodeBase64(t *testing.T) {
	data := make([]byte, 1000)
	rand.NewChaCha8([32]byte{3}).Read(data)
	for n := range data {
		want := base64.StdEncoding.EncodeToString(data[:n])
		if got := appendBase64([]byte("x"), data[:n:n]); string(got) != "x"+want {
			t.Fatalf("%d bytes: got %s, want x%s", n, got, want)
		}
	}
}
