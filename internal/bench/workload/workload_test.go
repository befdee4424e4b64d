package workload

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// maxAnswer is Lambda's limit of a buffered answer: 6 MiB and 100 bytes.
const maxAnswer = 6<<20 + 100

func TestEnvelopes(t *testing.T) {
	for _, c := range Cases() {
		if c.Stream > 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			payload := c.Envelope()
			if len(payload) > maxAnswer {
				t.Errorf("an answer of %d bytes, Lambda allows %d", len(payload), maxAnswer)
			}
			var answer events.APIGatewayProxyResponse
			if err := json.Unmarshal(payload, &answer); err != nil {
				t.Fatal(err)
			}
			if answer.StatusCode != 200 || answer.Headers["Content-Type"] != c.Answer.Type || answer.IsBase64Encoded != c.Answer.Binary {
				t.Errorf("status %d, headers %v, base64 %t", answer.StatusCode, answer.Headers, answer.IsBase64Encoded)
			}
			if !c.Answer.Binary && answer.Body != string(c.Answer.Bytes()) {
				t.Error("the body is not the answer")
			}
			var caller bytes.Buffer
			if err := c.WriteAnswer(&caller); err != nil || int64(caller.Len()) != c.Size() {
				t.Errorf("the caller gets %d bytes, Size says %d (%v)", caller.Len(), c.Size(), err)
			}
		})
	}
}

func TestBodies(t *testing.T) {
	for name, size := range map[string]int{JSON100K: 100 << 10, Up4M: 4 << 20} {
		if got := len(Find(name).Body.Bytes()); got != size {
			t.Errorf("%s: a body of %d bytes, want %d", name, got, size)
		}
	}
	for name, size := range map[string]int{JSON100K: 100 << 10, Down4M: 4 << 20, Down5M: 5 << 20} {
		if got := len(Find(name).Answer.Bytes()); got != size {
			t.Errorf("%s: an answer of %d bytes, want %d", name, got, size)
		}
	}
	for _, size := range []int{512, 1000, 100 << 10, 5 << 20} {
		if body := JSON(size); len(body) != size || !json.Valid(body) {
			t.Errorf("JSON(%d): %d bytes, valid: %t", size, len(body), json.Valid(body))
		}
	}
	if !bytes.Equal(Binary(1000), Binary(1000)) || !bytes.Equal(JSON(1000), JSON(1000)) {
		t.Error("two calls give different bytes: two processes would disagree")
	}
	if Find("none") != nil {
		t.Error("Find has found a case that there is not")
	}
}
