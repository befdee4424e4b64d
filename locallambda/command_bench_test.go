//go:build unix

package locallambda

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vialambda/vialambda"
)

// BenchmarkCommand measures a call of a warm function process beside the bare hop
// that it cannot do without: a server that does nothing but hand out the event and
// take the answer, to the same function.
func BenchmarkCommand(b *testing.B) {
	for _, size := range []int{100, 100_000} {
		payload := []byte(`{"do":"payload","text":"` + strings.Repeat("x", size) + `"}`)
		b.Run(fmt.Sprintf("bare hop/%d", size), func(b *testing.B) { benchmarkBareHop(b, payload) })
		for _, stream := range []bool{false, true} {
			b.Run(fmt.Sprintf("Command stream=%v/%d", stream, size), func(b *testing.B) {
				c := newCommand(b)
				in := &vialambda.Invocation{Function: "orders", Payload: payload, Stream: stream}
				ctx := withCall(context.Background(), newCall(name{Region: defaultRegion, Account: defaultAccount, Function: "orders"}))
				median(b, func() {
					res, err := c.Invoke(ctx, in)
					if err != nil {
						b.Fatal(err)
					}
					if n, err := io.Copy(io.Discard, res.Payload); n != int64(len(payload)) || err != nil {
						b.Fatal(n, err)
					}
					res.Payload.Close()
				})
			})
		}
	}
}

func benchmarkBareHop(b *testing.B, payload []byte) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	events, answers := make(chan []byte), make(chan []byte)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, r *http.Request) {
		select {
		case event := <-events:
			w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
			w.Write(event)
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/1/response", func(w http.ResponseWriter, r *http.Request) {
		answer := make([]byte, r.ContentLength)
		io.ReadFull(r.Body, answer)
		answers <- answer
		w.WriteHeader(http.StatusAccepted)
	})
	server := &http.Server{Handler: mux}
	go server.Serve(listener)
	defer server.Close()
	cmd := exec.Command(os.Args[0], "-test.run=^TestFunctionProcess$")
	cmd.Env = append(functionEnv("normal"), "AWS_LAMBDA_RUNTIME_API="+listener.Addr().String())
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	median(b, func() {
		events <- payload
		if answer := <-answers; len(answer) != len(payload) {
			b.Fatal(len(answer))
		}
	})
}

// median runs call and reports the median beside the mean.
func median(b *testing.B, call func()) {
	call()
	b.ReportAllocs()
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		call()
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "p50-ns")
}

// BenchmarkCommandColdStart measures a call that needs a new process.
func BenchmarkCommandColdStart(b *testing.B) {
	c := newCommand(b, mode("normal"))
	for b.Loop() {
		if _, err := c.Invoke(b.Context(), newEvent(task{Do: "exit"})); err != nil {
			b.Fatal(err)
		}
		c.pool.succeeded() // no pauses
	}
}
