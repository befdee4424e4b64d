package vialambda

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/vialambda/vialambda/internal/event"
)

// readRaw reads a body whole: with format Raw it is the payload as it stands.
func readRaw(body io.Reader, size, limit int64) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	if size > limit {
		return nil, &event.TooLargeError{Size: size, Limit: limit}
	}
	payload, err := readUpTo(body, size, limit)
	if err == nil && int64(len(payload)) > limit {
		err = &event.TooLargeError{Size: int64(len(payload)), Limit: limit}
	}
	return payload, err
}

// readUpTo reads r to its end, or one byte past limit. size is how much is
// expected, at most limit; <= 0 if that is not known.
func readUpTo(r io.Reader, size, limit int64) ([]byte, error) {
	const unknown = 4 << 10
	if size <= 0 {
		size = unknown
	}
	buf := make([]byte, 0, size+1) // one more, to meet the end without growing
	for {
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, nil
		case err != nil || int64(len(buf)) > limit:
			return buf, err
		case len(buf) == cap(buf):
			buf = append(buf, 0)[:len(buf)]
		}
	}
}

// rawResponse is the answer of a function that knows nothing of HTTP.
func rawResponse(payload []byte) event.Response {
	contentType := "application/octet-stream"
	if json.Valid(payload) {
		contentType = "application/json"
	}
	return event.Response{
		Status:        http.StatusOK,
		Header:        http.Header{"Content-Type": {contentType}},
		ContentLength: -1,
		Body:          payload,
	}
}
