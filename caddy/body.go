package caddyvialambda

import (
	"errors"
	"io"
	"sync"
)

// requestBody remembers why a request's body could not be read.
type requestBody struct {
	io.ReadCloser

	mu  sync.Mutex // it may be read by another goroutine
	err error
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.err = err
	}
	return n, err
}

func (b *requestBody) failed() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err
}

// responseBody is the body of an answer. Its Close ends the exchange.
type responseBody struct {
	io.ReadCloser
	end func()
}

func (b *responseBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}

// WriteTo lets io.Copy do without a buffer where the body does.
func (b *responseBody) WriteTo(w io.Writer) (int64, error) {
	if to, ok := b.ReadCloser.(io.WriterTo); ok {
		return to.WriteTo(w)
	}
	return io.Copy(w, struct{ io.Reader }{b.ReadCloser})
}
