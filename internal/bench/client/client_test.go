package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/vialambda/vialambda/internal/bench/stub"
	"github.com/vialambda/vialambda/internal/bench/workload"
)

// fake is a contender that needs no network.
type fake func(function string, w io.Writer) error

func (f fake) call(_ context.Context, function string, w io.Writer) error { return f(function, w) }

func sumOf(text string) Sum {
	sum := sha256.Sum256([]byte(text))
	return Sum{SHA: hex.EncodeToString(sum[:]), Size: int64(len(text))}
}

func TestRound(t *testing.T) {
	const calls = 100
	var made, at, most atomic.Int64
	meet := make(chan struct{})
	r := &runner{ctx: t.Context(), spec: &Spec{Function: "f", InFlight: 4}, want: sumOf("hello"), contender: fake(func(_ string, w io.Writer) error {
		most.Store(max(most.Load(), at.Add(1)))
		defer at.Add(-1)
		n := made.Add(1)
		switch { // the first four meet, so that they are in flight at once
		case n < 4:
			<-meet
		case n == 4:
			close(meet)
		}
		switch n {
		case 50:
			return errors.New("boom")
		case 51:
			_, err := io.WriteString(w, "hell")
			return err
		}
		_, err := io.WriteString(w, "hello")
		return err
	})}
	m := r.round("f", calls)
	if m.Calls != calls || made.Load() != calls {
		t.Errorf("%d calls measured, %d made, want %d", m.Calls, made.Load(), calls)
	}
	if m.Failed != 2 || m.FirstError == "" || m.err() == nil {
		t.Errorf("%d failed (%s), want the error and the short body", m.Failed, m.FirstError)
	}
	if most.Load() != 4 {
		t.Errorf("%d in flight, want 4", most.Load())
	}
	if m.Latency.P50 <= 0 || m.Latency.Max < m.Latency.P50 || m.Wall <= 0 {
		t.Errorf("%+v", m)
	}
}

// TestBarrierFails has one of the calls fail that wait for each other.
func TestBarrierFails(t *testing.T) {
	var made atomic.Int64
	r := &runner{ctx: t.Context(), spec: &Spec{Function: "f", InFlight: 4}}
	r.contender = waiter(func(ctx context.Context) error {
		if made.Add(1) == 3 {
			return errors.New("boom")
		}
		<-ctx.Done()
		return ctx.Err()
	})
	m := r.warm()
	if m.Failed != 4 || m.FirstError != "boom" {
		t.Errorf("%d failed, the first with %q", m.Failed, m.FirstError)
	}
}

type waiter func(context.Context) error

func (f waiter) call(ctx context.Context, _ string, _ io.Writer) error { return f(ctx) }

func TestCheck(t *testing.T) {
	spec := &Spec{Function: "f", BodySHA: sumOf("sent").SHA}
	for name, c := range map[string]struct {
		received, sent string
		err            string
	}{
		"all right":        {"answer", "sent", ""},
		"wrong answer":     {"other", "sent", "received"},
		"wrong body":       {"answer", "other", "sent"},
		"function refuses": {"fail", "sent", "refused"},
	} {
		t.Run(name, func(t *testing.T) {
			r := &runner{ctx: t.Context(), spec: spec, want: sumOf("answer"), contender: fake(func(function string, w io.Writer) error {
				if c.received == "fail" {
					return errors.New("refused")
				}
				text := c.received
				if function == workload.Inspect {
					text = sumOf(c.sent).SHA
				}
				_, err := io.WriteString(w, text)
				return err
			})}
			err := r.check()
			if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v, want %q", err, c.err)
			}
		})
	}
}

func TestPeak(t *testing.T) {
	const size = 32 << 20
	ballast := make([]byte, 3*size) // was there before, so it does not count
	r := &runner{ctx: t.Context(), spec: &Spec{Function: "f", InFlight: 1}, contender: fake(func(_ string, w io.Writer) error {
		sink.Store(new(make([]byte, size)))
		return nil
	})}
	defer sink.Store(nil)
	got, err := r.peak()
	runtime.KeepAlive(ballast)
	if err != nil || got.Heap < size || got.Heap > 2*size {
		t.Errorf("a peak of %d bytes, %v; %d were allocated", got.Heap, err, size)
	}
}

var sink atomic.Pointer[[]byte] // keeps the compiler from leaving the allocation out

// TestProtocol speaks with Main as the harness does.
func TestProtocol(t *testing.T) {
	s, err := stub.Start(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	c := workload.Find(workload.Small)
	var payload bytes.Buffer
	if err := c.WritePayload(&payload); err != nil {
		t.Fatal(err)
	}
	spec := Spec{
		Contender: Plain, Endpoint: s.URL, Function: c.Name, Method: c.Method, Path: c.Path, Header: c.Header(),
		BodySHA: sumOf("").SHA, Answer: sumOf(string(c.Answer.Bytes())), Payload: sumOf(payload.String()), InFlight: 3,
	}
	in, commands := io.Pipe()
	out, replies := io.Pipe()
	ended := make(chan error)
	go func() { ended <- Main(in, replies) }()
	encoder, decoder := json.NewEncoder(commands), json.NewDecoder(out)
	ask := func(line any) Reply {
		t.Helper()
		var reply Reply
		if err := encoder.Encode(line); err != nil {
			t.Fatal(err)
		}
		if err := decoder.Decode(&reply); err != nil {
			t.Fatal(err)
		}
		return reply
	}

	for _, line := range []any{spec, Command{Op: "check"}, Command{Op: "warm"}, Command{Op: "peak"}} {
		if reply := ask(line); reply.Error != "" {
			t.Errorf("%+v: %s", line, reply.Error)
		}
	}
	if m := ask(Command{Op: "round", Calls: 10}).Measured; m.Calls != 10 || m.Failed != 0 || m.Mallocs == 0 {
		t.Errorf("%+v", m)
	}
	if m := ask(Command{Op: "barrier", Calls: 6}).Measured; m.Calls != 6 || m.Failed != 0 {
		t.Errorf("%+v", m)
	}
	ask(Command{Op: "hold", Calls: 2})
	if memory := ask(Command{Op: "memory"}).Memory; memory.Heap == 0 || memory.Stack == 0 {
		t.Errorf("%+v", memory)
	}
	response, err := http.Post(s.Control+"/release", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if reply := ask(Command{Op: "dance"}); !strings.Contains(reply.Error, "dance") {
		t.Errorf("an unknown command: %+v", reply)
	}
	commands.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// cutsBody is what smithy-go's body is to net/http.
type cutsBody struct{ *bytes.Reader }

func (cutsBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }
func (cutsBody) Close() error                     { return nil }

func TestTrapE11HidesWriterTo(t *testing.T) {
	s, err := stub.Start(false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/2015-03-31/functions/small/invocations",
		cutsBody{bytes.NewReader([]byte(`{"body":null}`))})
	if err != nil {
		t.Fatal(err)
	}
	response, err := noWriterTo{awshttp.NewBuildableClient()}.Do(request)
	if err != nil {
		t.Fatal(err) // WriteTo was called
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
}

func TestDefaultMost(t *testing.T) {
	if got := awshttp.NewBuildableClient().GetTransport().MaxConnsPerHost; got != DefaultMost {
		t.Errorf("the SDK's client opens %d connections, DefaultMost says %d", got, DefaultMost)
	}
}
