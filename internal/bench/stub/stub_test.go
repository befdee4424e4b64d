package stub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/vialambda/vialambda/internal/bench/workload"
)

const event = `{"body":null,"isBase64Encoded":false}`

func startStub(t *testing.T, useTLS bool) (*Stub, *http.Client) {
	t.Helper()
	s, err := Start(useTLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(s.CA))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, MaxIdleConnsPerHost: 100}
	t.Cleanup(transport.CloseIdleConnections)
	return s, &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func invoke(t *testing.T, s *Stub, client *http.Client, path, event string) (*http.Response, []byte) {
	t.Helper()
	response, err := client.Post(s.URL+path, "application/octet-stream", strings.NewReader(event))
	if err != nil {
		t.Error(err)
		return &http.Response{}, nil
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response, body
}

func buffered(function string) string { return "/2015-03-31/functions/" + function + "/invocations" }

func TestAnswers(t *testing.T) {
	s, client := startStub(t, false)
	for _, c := range workload.Cases() {
		if c.Stream > 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			response, body := invoke(t, s, client, buffered(c.Name), event)
			if response.StatusCode != 200 || response.ProtoMajor != 1 {
				t.Fatalf("%s %s: %.200s", response.Proto, response.Status, body)
			}
			if !bytes.Equal(body, c.Envelope()) {
				t.Errorf("%d bytes, not the envelope of %d", len(body), len(c.Envelope()))
			}
			if response.ContentLength != int64(len(body)) {
				t.Errorf("Content-Length %d, body %d", response.ContentLength, len(body))
			}
			for _, name := range []string{"X-Amzn-Requestid", "X-Amz-Executed-Version"} {
				if response.Header.Get(name) == "" {
					t.Errorf("no %s", name)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	s, client := startStub(t, false)
	for _, c := range []struct {
		name, path, event string
		status            int
		code              string
	}{
		{"unknown function", buffered("nobody"), event, 404, "ResourceNotFoundException"},
		{"streaming function, buffered", buffered(workload.Stream200), event, 404, "ResourceNotFoundException"},
		{"buffered function, streamed", "/2021-11-15/functions/small/response-streaming-invocations", event, 404, "ResourceNotFoundException"},
		{"no event", buffered(workload.Small), "", 400, "InvalidRequestContentException"},
		{"event over 6 MiB", buffered(workload.Small), strings.Repeat(" ", workload.MaxEvent+1), 400, "InvalidRequestContentException"},
		{"inspected event that is no JSON", buffered(workload.Inspect), "{{", 400, "InvalidRequestContentException"},
		{"inspected event with bad base64", buffered(workload.Inspect), `{"body":"?","isBase64Encoded":true}`, 400, "InvalidRequestContentException"},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := invoke(t, s, client, c.path, c.event)
			if response.StatusCode != c.status || response.Header.Get("X-Amzn-Errortype") != c.code {
				t.Errorf("%s %s, want %d %s: %.200s", response.Status, response.Header.Get("X-Amzn-Errortype"), c.status, c.code, body)
			}
		})
	}
}

func TestInspect(t *testing.T) {
	s, client := startStub(t, false)
	for name, c := range map[string]struct{ event, body string }{
		"text":   {`{"body":"größer","isBase64Encoded":false}`, "größer"},
		"base64": {`{"body":"` + base64.StdEncoding.EncodeToString([]byte("\x00\xff")) + `","isBase64Encoded":true}`, "\x00\xff"},
		"null":   {`{"body":null}`, ""},
		"absent": {`{}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, body := invoke(t, s, client, buffered(workload.Inspect), c.event)
			var answer struct{ Body string }
			if err := json.Unmarshal(body, &answer); err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256([]byte(c.body))
			if answer.Body != hex.EncodeToString(sum[:]) {
				t.Errorf("%s is not the SHA-256 of %q", answer.Body, c.body)
			}
		})
	}
}

func TestStream(t *testing.T) {
	s, client := startStub(t, false)
	c := workload.Find(workload.Stream200)
	response, err := client.Post(s.URL+"/2021-11-15/functions/"+c.Name+"/response-streaming-invocations", "", strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if got := response.Header.Get("Content-Type"); got != "application/vnd.amazon.eventstream" {
		t.Errorf("Content-Type %q", got)
	}
	want := sha256.New()
	if err := c.WriteAnswer(want); err != nil {
		t.Fatal(err)
	}
	got, size := sha256.New(), int64(0)
	decoder := eventstream.NewDecoder()
	var buffer [128 << 10]byte
	for frame := 0; ; frame++ {
		message, err := decoder.Decode(response.Body, buffer[:0])
		if err != nil {
			t.Fatalf("frame %d: %v", frame, err)
		}
		if message.Headers.Get(":event-type").String() == "InvokeComplete" {
			if string(message.Payload) != "{}" {
				t.Errorf("InvokeComplete says %s", message.Payload)
			}
			break
		}
		if frame == 0 {
			metadata, ok := bytes.CutSuffix(message.Payload, make([]byte, 8))
			if !ok || !json.Valid(metadata) {
				t.Errorf("the stream begins with %q", message.Payload)
			}
			continue
		}
		got.Write(message.Payload)
		size += int64(len(message.Payload))
	}
	if size != c.Stream || !bytes.Equal(got.Sum(nil), want.Sum(nil)) {
		t.Errorf("%d bytes, want %d; or other ones", size, c.Stream)
	}
	if rest, err := io.ReadAll(response.Body); err != nil || len(rest) > 0 {
		t.Errorf("%d bytes after InvokeComplete, %v", len(rest), err)
	}
}

func TestCounts(t *testing.T) {
	for name, useTLS := range map[string]bool{"plain": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			s, client := startStub(t, useTLS)
			for range 3 {
				invoke(t, s, client, buffered(workload.Small), event)
			}
			invoke(t, s, client, buffered(workload.Small), "") // no event, no call
			got := s.Stats()
			want := Stats{Connections: 1, Open: 1, Calls: 3, CPU: got.CPU}
			if useTLS {
				want.Handshakes = 1
			}
			if got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			if got.CPU <= 0 {
				t.Error("no CPU time was used")
			}
		})
	}
}

// TestBarrier makes calls that can only end if the stub sees them all at once,
// each on a connection of its own.
func TestBarrier(t *testing.T) {
	s, client := startStub(t, false)
	const n = 20
	for range 2 {
		var calls sync.WaitGroup
		for range n {
			calls.Go(func() { invoke(t, s, client, buffered(workload.BarrierPrefix+"20"), event) })
		}
		calls.Wait()
	}
	if got := s.Stats(); got.Connections != n || got.Calls != 2*n || got.Waiting != 0 {
		t.Errorf("%+v, want %d connections, %d calls, none waiting", got, n, 2*n)
	}
}

func TestHold(t *testing.T) {
	s, client := startStub(t, false)
	const n = 5
	var calls sync.WaitGroup
	for range n {
		calls.Go(func() {
			if response, body := invoke(t, s, client, buffered(workload.Hold), event); response.StatusCode != 200 {
				t.Errorf("%s %s", response.Status, body)
			}
		})
	}
	await(t, s, n)
	response, err := client.Post(s.Control+"/release", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	calls.Wait()

	response, err = client.Get(s.Control + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var got Stats
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil || got.Calls != n || got.Waiting != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestGone has a caller give up: it must not be waited for, nor counted.
func TestGone(t *testing.T) {
	s, client := startStub(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+buffered(workload.Hold), strings.NewReader(event))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() {
		response, err := client.Do(request)
		if err == nil {
			response.Body.Close()
		}
		done <- err
	}()
	await(t, s, 1)
	cancel()
	if err := <-done; err == nil {
		t.Error("a call that was given up has succeeded")
	}
	await(t, s, 0)
}

func await(t *testing.T, s *Stub, waiting int64) {
	t.Helper()
	for s.Stats().Waiting != waiting {
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(time.Millisecond):
		}
	}
}

func TestProcess(t *testing.T) {
	in, hangUp := io.Pipe()
	out, lines := io.Pipe()
	ended := make(chan error)
	go func() { ended <- Main(in, lines, true) }()
	var ready Ready
	if err := json.NewDecoder(out).Decode(&ready); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(ready.URL, "https://127.0.0.1:") || !strings.HasPrefix(ready.Control, "http://127.0.0.1:") || ready.CA == "" {
		t.Errorf("%+v", ready)
	}
	hangUp.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
