package event

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
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
		got, err := encodeFrom(r, &piecewise{pieces: pieces})
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
			if event, err := encodeFrom(binaryPOST(4), test.body); !test.want(err) {
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

// encodeFrom is Encode of a body that it has write itself.
func encodeFrom(r *Request, body io.WriterTo) ([]byte, error) {
	w, err := newBodyWriter(nil, FunctionURL, r, r.Size, noLimit)
	if err == nil {
		err = w.encodeFrom(body)
	}
	if err != nil {
		return nil, err
	}
	return w.finish()
}

// What http.NewRequest makes of bodies in memory is taken for what it is.
func TestEncodeBodyInMemory(t *testing.T) {
	for _, body := range []io.Reader{bytes.NewReader([]byte("a")), bytes.NewBufferString("a"), strings.NewReader("a")} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://h", body)
		if err != nil {
			t.Fatal(err)
		}
		if any(inMemory(body)) != any(body) || any(inMemory(request.Body)) != any(body) {
			t.Errorf("%T is not taken for one in memory", body)
		}
		if inMemory(io.LimitReader(body, 1)) != nil || inMemory(io.NopCloser(io.MultiReader(body))) != nil {
			t.Errorf("what reads from %T is taken for one in memory", body)
		}
	}
}

// A body says what its Read says, as it does to net/http, whatever it embeds.
func TestEncodeBodyWithReadOfItsOwn(t *testing.T) {
	got, err := Encode(FunctionURL, binaryPOST(4), &masked{bytes.NewReader([]byte{0, 1, 2, 3})}, noLimit)
	if err != nil {
		t.Fatal(err)
	}
	if want := base64.StdEncoding.EncodeToString([]byte{0xff, 0xfe, 0xfd, 0xfc}); !bytes.Contains(got, []byte(`"body":"`+want+`"`)) {
		t.Errorf("got %s", got)
	}
}

type masked struct{ *bytes.Reader }

func (m *masked) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	for i := range p[:n] {
		p[i] ^= 0xff
	}
	return n, err
}

// piecewise is a body that writes itself.
type piecewise struct {
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
