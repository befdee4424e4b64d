package harness

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/vialambda/vialambda/internal/bench/workload"
	"github.com/vialambda/vialambda/internal/event"
)

// Codec is what one translation costs, without any network.
type Codec struct {
	Name          string // "encode a small request", "decode a small answer"
	Took          time.Duration
	Allocs, Bytes int64
}

// Names of the translations that Results.Codec has.
const (
	EncodeSmall = "encode a small request"
	DecodeSmall = "decode a small answer"
)

// codec measures the translations of the small case. Every format has its own
// benchmark beside the code.
func codec() ([]Codec, error) {
	c := workload.Find(workload.Small)
	target, err := url.Parse(c.Path)
	if err != nil {
		return nil, err
	}
	request := &event.Request{
		Method: http.MethodGet, Path: target.Path, RawQuery: target.RawQuery,
		Header: c.Header(), Host: "small.lambda.internal",
		ID: [16]byte{1, 2, 3}, Time: time.Now(),
		SourceIP: "127.0.0.1", AccountID: "123456789012", APIID: "small",
		Stage: "$default", DomainName: "small.lambda.internal",
	}
	answer, want := c.Envelope(), c.Answer.Bytes()
	payload := make([]byte, len(answer))

	var failed error
	measure := func(name string, once func() error) Codec {
		result := testing.Benchmark(func(b *testing.B) {
			for b.Loop() {
				if err := once(); err != nil {
					failed = fmt.Errorf("%s: %w", name, err)
					b.FailNow()
				}
			}
		})
		return Codec{
			Name: name, Took: result.T / time.Duration(max(result.N, 1)),
			Allocs: result.AllocsPerOp(), Bytes: result.AllocedBytesPerOp(),
		}
	}
	measured := []Codec{
		measure(EncodeSmall, func() error {
			_, err := event.Encode(event.RESTAPI, request, nil, workload.MaxEvent)
			return err
		}),
		measure(DecodeSmall, func() error {
			copy(payload, answer) // Decode may write to it
			response, err := event.Decode(event.RESTAPI, payload)
			if err == nil && !bytes.Equal(response.Body, want) {
				err = fmt.Errorf("body %q", response.Body)
			}
			return err
		}),
	}
	return measured, failed
}
