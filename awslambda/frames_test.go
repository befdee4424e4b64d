package awslambda_test

import (
	"bytes"
	"net/http"

	"github.com/aws/smithy-go/eventstream"
)

// frameOf has the SDK encode a frame of an event stream.
func frameOf(payload string, headers ...string) []byte {
	var message eventstream.Message
	for i := 0; i < len(headers); i += 2 {
		message.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	message.Payload = []byte(payload)
	var out bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&out, message); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func chunk(text string) []byte {
	return frameOf(text, ":message-type", "event", ":event-type", "PayloadChunk", ":content-type", "application/octet-stream")
}

func complete(text string) []byte {
	return frameOf(text, ":message-type", "event", ":event-type", "InvokeComplete", ":content-type", "application/json")
}

// streaming answers as InvokeWithResponseStream does.
func streaming(write func(send func(frame []byte), r *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/vnd.amazon.eventstream")
		h.Set("X-Amzn-RequestId", "request-id")
		h.Set("X-Amz-Executed-Version", "3")
		w.WriteHeader(http.StatusOK)
		write(func(frame []byte) {
			w.Write(frame)
			http.NewResponseController(w).Flush()
		}, r)
	}
}
