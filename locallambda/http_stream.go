package locallambda

import (
	"io"
	"net/http"

	"github.com/vialambda/vialambda/internal/event"
)

// streamWriter passes a response on as it is written.
type streamWriter struct {
	responseHead
	out     io.Writer
	begun   bool  // the prelude is out
	dropped int64 // of the body of a HEAD
}

var _ http.Flusher = (*streamWriter)(nil)

func (w *streamWriter) Write(p []byte) (int, error) {
	if err := w.begin(); err != nil {
		return 0, err
	}
	if !w.begun {
		w.setType(p)
	}
	if w.head {
		w.dropped += int64(len(p))
		return len(p), nil
	}
	if err := w.writePrelude(); err != nil {
		return 0, err
	}
	return w.out.Write(p)
}

// Flush is FlushError without the error.
func (w *streamWriter) Flush() { w.FlushError() } //nolint:errcheck // there is nowhere to report it

// FlushError sends status and header; what has been written has gone out.
func (w *streamWriter) FlushError() error {
	w.WriteHeader(http.StatusOK)
	return w.writePrelude()
}

func (w *streamWriter) finish() error {
	w.WriteHeader(http.StatusOK)
	w.setLength(w.dropped)
	return w.writePrelude()
}

func (w *streamWriter) writePrelude() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := w.out.Write(event.AppendPrelude(nil, w.format, w.status, w.sent))
	return err
}
