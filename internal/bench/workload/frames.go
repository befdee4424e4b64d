package workload

import (
	"bytes"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// WritePayload writes what the Invoke API answers to a call of c: the answer in
// its envelope, or a stream as InvokeWithResponseStream sends it, frames of
// PayloadChunk and then InvokeComplete. It stops at the first error of w.
// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
func (c *Case) WritePayload(w io.Writer) error {
	if c.Stream == 0 {
		_, err := w.Write(c.Envelope())
		return err
	}
	return c.Frames().Write(w)
}

// Frames is a streamed answer, encoded.
type Frames struct {
	prelude, chunk, last, complete []byte
	chunks                         int64 // how often chunk is sent
}

// Frames encodes c's stream.
func (c *Case) Frames() *Frames {
	prelude := append([]byte(`{"statusCode":200,"headers":{"content-type":"`+c.Answer.Type+`"}}`), make([]byte, 8)...)
	body := Chunk()
	f := &Frames{
		prelude:  frame("PayloadChunk", "application/octet-stream", prelude),
		chunk:    frame("PayloadChunk", "application/octet-stream", body),
		complete: frame("InvokeComplete", "application/json", []byte("{}")),
		chunks:   c.Stream / int64(len(body)),
	}
	if rest := c.Stream % int64(len(body)); rest > 0 {
		f.last = frame("PayloadChunk", "application/octet-stream", body[:rest])
	}
	return f
}

// Write writes f to w until w returns an error.
func (f *Frames) Write(w io.Writer) error {
	if _, err := w.Write(f.prelude); err != nil {
		return err
	}
	for range f.chunks {
		if _, err := w.Write(f.chunk); err != nil {
			return err
		}
	}
	if _, err := w.Write(f.last); err != nil {
		return err
	}
	_, err := w.Write(f.complete)
	return err
}

func frame(event, contentType string, payload []byte) []byte {
	var message eventstream.Message
	message.Headers.Set(":message-type", eventstream.StringValue("event"))
	message.Headers.Set(":event-type", eventstream.StringValue(event))
	message.Headers.Set(":content-type", eventstream.StringValue(contentType))
	message.Payload = payload
	var buffer bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&buffer, message); err != nil {
		panic(err) // the message is of this package's own making
	}
	return buffer.Bytes()
}
