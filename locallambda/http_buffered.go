package locallambda

import (
	"net/http"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/event"
)

// bufferedWriter keeps a response to the handler's end. What is more than an
// answer can hold is not kept.
type bufferedWriter struct {
	responseHead
	body    []byte
	over    bool
	flushed bool
}

var _ http.Flusher = (*bufferedWriter)(nil)

func (w *bufferedWriter) Write(p []byte) (int, error) {
	if err := w.begin(); err != nil {
		return 0, err
	}
	if size := len(w.body) + len(p); size > maxAnswer {
		w.over = true
		return 0, &vialambda.TooLargeError{What: "answer", Size: int64(size), Limit: maxAnswer}
	}
	w.body = append(w.body, p...)
	return len(p), nil
}

// Flush fixes status and header, as if they had been sent.
func (w *bufferedWriter) Flush() {
	w.WriteHeader(http.StatusOK)
	if !w.flushed {
		w.flushed = true
		w.setType(w.body)
	}
}

// answer returns the answer in the event's format.
func (w *bufferedWriter) answer() ([]byte, error) {
	if w.over {
		return nil, sizeFault(maxAnswer).err("")
	}
	w.Flush()
	w.setLength(int64(len(w.body)))
	if w.head {
		w.body = nil
	}
	return event.AppendAnswer(nil, w.format, w.status, w.sent, w.body), nil
}
