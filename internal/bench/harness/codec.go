package harness

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"time"

	"github.com/vialambda/vialambda/internal/bench/stats"
	"github.com/vialambda/vialambda/internal/bench/usage"
	"github.com/vialambda/vialambda/internal/bench/workload"
	"github.com/vialambda/vialambda/internal/event"
)

// Codec is what one translation costs, without any network.
type Codec struct {
	Name          string        // "encode a small request", "decode a small answer"
	Time          time.Duration // as go test -bench has it, most of the collector's work beside it
	Allocs, Bytes uint64
}

// Names of the translations that Results.Codec has.
const (
	EncodeSmall = "encode a small request"
	DecodeSmall = "decode a small answer"
)

// codec has a process of its own measure the translations, as everything is measured.
func (h *Harness) codec(ctx context.Context) ([]Codec, error) {
	const patience = time.Minute
	p, err := start(os.Environ(), h.Executable, "codec")
	if err != nil {
		return nil, err
	}
	defer p.stop()
	var measured []Codec
	if err := p.receive(ctx, &measured, patience); err != nil {
		return nil, fmt.Errorf("codec: %w", err)
	}
	return measured, nil
}

// MeasureCodec measures the translations of the small case. Every format has its own
// benchmark beside the code.
func MeasureCodec() ([]Codec, error) {
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
	request.Front = event.NewRESTFront(request) // as the Transport has it of a host that it remembers
	answer, want := c.Envelope(), c.Answer.Bytes()
	payload := make([]byte, len(answer))

	var memory []byte // used again, as the Transport does on awslambda.New
	encode, err := repeat(EncodeSmall, func() error {
		encoded, err := event.EncodeInto(memory, event.RESTAPI, request, nil, workload.MaxEvent)
		memory = encoded
		return err
	})
	if err != nil {
		return nil, err
	}
	decode, err := repeat(DecodeSmall, func() error {
		copy(payload, answer) // Decode may write to it
		response, err := event.Decode(event.RESTAPI, payload)
		if err == nil && !bytes.Equal(response.Body, want) {
			err = fmt.Errorf("body %q", response.Body)
		}
		return err
	})
	return []Codec{encode, decode}, err
}

// repeat runs once often enough for the clock, several times over, and returns
// the median.
func repeat(name string, once func() error) (Codec, error) {
	const rounds, times = 99, 20_000 // seconds, so that a short disturbance does not decide
	var took []time.Duration
	var mallocs, size []uint64
	for range rounds {
		runtime.GC()
		before := usage.Begin()
		began := time.Now()
		for range times {
			if err := once(); err != nil {
				return Codec{}, fmt.Errorf("%s: %w", name, err)
			}
		}
		elapsed := time.Since(began)
		used := usage.Since(before)
		took = append(took, elapsed/times)
		mallocs = append(mallocs, used.Mallocs/times)
		size = append(size, used.Bytes/times)
	}
	return Codec{Name: name, Time: stats.Median(took), Allocs: stats.Median(mallocs), Bytes: stats.Median(size)}, nil
}
