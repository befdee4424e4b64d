package workload

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
)

// smallDocument is what a small request is answered with.
const smallDocument = `{"id":42,"name":"Zoë","tags":["a","b"],"price":12.5,"stock":{"berlin":3,"lyon":0}}`

// Binary returns n bytes that do not compress. The same n gives the same bytes.
func Binary(n int) []byte {
	source := rand.NewChaCha8([32]byte{1})
	body := make([]byte, n)
	source.Read(body) //nolint:errcheck // never fails
	return body
}

// JSON returns a JSON document of exactly n bytes, n at least 512: an array of
// objects with prose in several scripts, as an export has them. Inside the
// string of a Lambda answer, escaped, it grows by less than a tenth.
func JSON(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	body := append(make([]byte, 0, n), '[')
	for i := 0; ; i++ {
		item := fmt.Appendf(nil, `{"id":%d,"price":%.2f,"title":"%s","text":"%s","sold":%t},`,
			i, random.Float64()*1000, prose(random, 4), prose(random, 24), i%3 == 0)
		if len(body)+len(item)+64 > n {
			break
		}
		body = append(body, item...)
	}
	body = append(body, `{"end":"`...)
	for len(body) < n-len(`"}]`) {
		body = append(body, '.')
	}
	return append(body, `"}]`...)
}

func prose(random *rand.Rand, words int) []byte {
	vocabulary := [...]string{
		"export", "größer", "crème", "naïve", "łódź", "данные", "привет", "数据", "東京", "ελλάδα",
		"order", "invoice", "customer", "delivered", "quantity", "warehouse", "señor", "straße", "€", "–",
	}
	var text []byte
	for i := range words {
		if i > 0 {
			text = append(text, ' ')
		}
		text = append(text, vocabulary[random.IntN(len(vocabulary))]...)
	}
	return text
}

// Envelope returns an answer as a function behind API Gateway's Lambda proxy
// integration returns it (payload format 1.0).
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
func Envelope(body []byte, contentType string, binary bool) []byte {
	envelope := struct {
		Status  int               `json:"statusCode"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
		Base64  bool              `json:"isBase64Encoded"`
	}{
		Status:  200,
		Headers: map[string]string{"Content-Type": contentType, "Cache-Control": "no-store", "X-Request-Id": "7d1f"},
		Body:    string(body),
		Base64:  binary,
	}
	if binary {
		envelope.Body = body // encoding/json makes []byte base64
	}
	return marshal(envelope)
}

// Envelope returns c's answer in its envelope. A stream has none.
func (c *Case) Envelope() []byte {
	return Envelope(c.Answer.Bytes(), c.Answer.Type, c.Answer.Binary)
}

// WriteAnswer writes the body that the caller of c gets.
func (c *Case) WriteAnswer(w io.Writer) error {
	if c.Stream == 0 {
		_, err := w.Write(c.Answer.Bytes())
		return err
	}
	chunk := Chunk()
	for left := c.Stream; left > 0; left -= int64(len(chunk)) {
		if _, err := w.Write(chunk[:min(left, int64(len(chunk)))]); err != nil {
			return err
		}
	}
	return nil
}

// Chunk returns what streams repeat.
func Chunk() []byte { return Binary(64 << 10) }

// marshal encodes v as most Lambda runtimes do, without HTML escaping.
func marshal(v any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic(err) // v is of this package's own making
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))
}
