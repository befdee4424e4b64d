package awslambda

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/aws/smithy-go/eventstream"

	"github.com/vialambda/vialambda"
)

// encodeFrame has the SDK encode a frame.
func encodeFrame(payload []byte, headers ...string) []byte {
	var message eventstream.Message
	for i := 0; i < len(headers); i += 2 {
		message.Headers.Set(headers[i], eventstream.StringValue(headers[i+1]))
	}
	message.Payload = payload
	var out bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&out, message); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// rawFrame makes a frame of b, the first n bytes of which are its headers.
func rawFrame(b []byte, n int) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(b)+16))
	out = binary.BigEndian.AppendUint32(out, uint32(n))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(out, b...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}

func chunkFrame(text string) []byte {
	return encodeFrame([]byte(text), ":message-type", "event", ":event-type", "PayloadChunk", ":content-type", "application/octet-stream")
}

func completeFrame(text string) []byte {
	return encodeFrame([]byte(text), ":message-type", "event", ":event-type", "InvokeComplete", ":content-type", "application/json")
}

// streamOf returns the Payload of a stream that consists of body.
func streamOf(t *testing.T, body io.Reader) (*stream, *vialambda.Result) {
	s := &stream{ctx: t.Context(), body: io.NopCloser(body)}
	s.frames.src = s.body
	s.Payload = s
	return s, &s.Result
}

// FuzzEventStream reads anything as a stream: whatever it is, reading ends, keeps to
// the source's length, and goes on to end in the same way. What the SDK's decoder
// takes for frames is read to the same bytes, however the source splits them.
func FuzzEventStream(f *testing.F) {
	whole := bytes.Join([][]byte{chunkFrame("hello "), chunkFrame(""), encodeFrame([]byte("x"), ":message-type", "event", ":event-type", "New"),
		chunkFrame("world"), completeFrame(`{"LogResult":"aGk="}`)}, nil)
	f.Add(whole, uint8(0))
	f.Add(whole[:len(whole)-3], uint8(1))
	f.Add(bytes.Join([][]byte{chunkFrame("a"), completeFrame(`{"ErrorCode":"Unhandled","ErrorDetails":"{}"}`)}, nil), uint8(2))
	f.Add(encodeFrame([]byte(`{"message":"m"}`), ":message-type", "exception", ":exception-type", "ServiceException"), uint8(3))
	f.Add(encodeFrame(nil, ":message-type", "error", ":error-code", "c", ":error-message", "m"), uint8(4))
	inner := chunkFrame("inner")
	f.Add(inner[12:len(inner)-4], uint8(128+5))
	f.Fuzz(func(t *testing.T, wire []byte, split uint8) {
		if split >= 128 { // headers of any kind in frames whose checksums are right
			wire = append(rawFrame(wire, len(wire)-len(wire)*int(split-128)/128), completeFrame("{}")...)
		}
		s, _ := streamOf(t, splitReader(wire, uint64(split)))
		got, err := io.ReadAll(onlyReader{s})
		if len(got) > len(wire) {
			t.Fatalf("%d bytes out of %d", len(got), len(wire))
		}
		if err == nil {
			err = io.EOF // ReadAll's nil
		}
		for range 2 {
			if n, again := s.Read(make([]byte, 10)); n != 0 || again != err {
				t.Fatalf("after %v: %d, %v", err, n, again)
			}
		}
		if cap(s.frames.headers) > maxFrameHeaders {
			t.Fatalf("%d bytes of headers are held", cap(s.frames.headers))
		}
		if errors.Is(err, errHeaders) {
			return // the SDK takes headers that end within a name
		}
		want, complete := sdkDecode(wire)
		if complete && !bytes.Equal(got, want) {
			t.Fatalf("got %q, the SDK %q (%v)", got, want, err)
		}
		if (err == io.EOF) != complete {
			t.Fatalf("ends in %v; complete by the SDK: %v", err, complete)
		}
	})
}

// onlyReader hides what else a reader can.
type onlyReader struct{ io.Reader }

// splitReader yields b in pieces of random lengths.
func splitReader(b []byte, seed uint64) io.Reader {
	r := rand.New(rand.NewPCG(seed, 1))
	return &pieces{b, func() int { return 1 + r.IntN(40) }}
}

type pieces struct {
	rest []byte
	size func() int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.size(), len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// sdkDecode decodes wire with the SDK's decoder and reports whether it ends in an
// InvokeComplete without an error.
func sdkDecode(wire []byte) (payload []byte, complete bool) {
	src := bytes.NewReader(wire)
	for {
		message, err := eventstream.NewDecoder().Decode(src, nil)
		if err != nil {
			return payload, false
		}
		text := func(name string) string {
			if v, ok := message.Headers.Get(name).(eventstream.StringValue); ok {
				return string(v)
			}
			return ""
		}
		switch text(":message-type") + "/" + text(":event-type") {
		case "event/PayloadChunk":
			payload = append(payload, message.Payload...)
		case "event/InvokeComplete":
			return payload, endsWell(message.Payload)
		default:
			if text(":message-type") != "event" {
				return payload, false
			}
		}
	}
}

func endsWell(text []byte) bool {
	s := &stream{body: io.NopCloser(strings.NewReader("")), ctx: context.Background()}
	return s.complete(text) == io.EOF
}

// TestEventStreamSplits reads frames split at every position, also one byte at a
// time and with its error beside the last bytes.
func TestEventStreamSplits(t *testing.T) {
	const want = "first second "
	wire := bytes.Join([][]byte{chunkFrame("first "), chunkFrame("second "), completeFrame(`{"LogResult":"bG9n"}`)}, nil)
	for cut := range len(wire) {
		s, result := streamOf(t, io.MultiReader(bytes.NewReader(wire[:cut]), bytes.NewReader(wire[cut:])))
		got, err := io.ReadAll(s)
		if err != nil || string(got) != want || string(result.LogTail) != "log" {
			t.Fatalf("cut at %d: %q, log %q, %v", cut, got, result.LogTail, err)
		}
	}
	for name, src := range map[string]io.Reader{
		"byte by byte": iotest.OneByteReader(bytes.NewReader(wire)),
		"error beside": iotest.DataErrReader(bytes.NewReader(wire)),
		"half reads":   iotest.HalfReader(bytes.NewReader(wire)),
	} {
		s, _ := streamOf(t, src)
		if got, err := io.ReadAll(iotest.OneByteReader(s)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestTrapD4Frames cuts a stream after every byte: never a clean end.
func TestTrapD4Frames(t *testing.T) {
	wire := bytes.Join([][]byte{chunkFrame("first "), chunkFrame("second "), completeFrame("{}")}, nil)
	for cut := range len(wire) {
		s, _ := streamOf(t, bytes.NewReader(wire[:cut]))
		_, err := io.ReadAll(s)
		failed, ok := errors.AsType[*vialambda.InvokeError](err)
		if !ok || !failed.MayHaveRun || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
}

// TestEventStreamDamage damages a stream in ways that must be noticed.
func TestEventStreamDamage(t *testing.T) {
	good := chunkFrame("hello")
	damaged := func(change func(b []byte) []byte) []byte {
		return change(bytes.Clone(good))
	}
	lengths := func(total, headers uint32) []byte {
		b := make([]byte, 12, 16)
		binary.BigEndian.PutUint32(b, total)
		binary.BigEndian.PutUint32(b[4:], headers)
		binary.BigEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[:8]))
		return append(b, 0, 0, 0, 0)
	}
	headers := binary.BigEndian.Uint32(good[4:])
	for name, wire := range map[string][]byte{
		"a bit of the lengths":    damaged(func(b []byte) []byte { b[3] ^= 1; return b }),
		"a bit of the headers":    damaged(func(b []byte) []byte { b[20] ^= 1; return b }),
		"a bit of the payload":    damaged(func(b []byte) []byte { b[len(b)-5] ^= 1; return b }),
		"a bit of the checksum":   damaged(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }),
		"too short":               lengths(15, 0),
		"headers past the end":    lengths(20, 5),
		"a frame over the limit":  append(lengths(maxFrame+1, headers)[:12], good[12:12+headers]...),
		"headers over the limit":  lengths(maxFrame, maxFrameHeaders+1),
		"a page":                  []byte("<html>not an event stream at all</html>"),
		"an unknown message type": encodeFrame([]byte("x"), ":message-type", "novel"),
		"no message type":         encodeFrame([]byte("x"), "other", "x"),
		"an end that is no JSON":  completeFrame("{"),
		"an end over the limit":   completeFrame(`{"ErrorDetails":"` + strings.Repeat("x", maxFrameText) + `"}`),
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := streamOf(t, bytes.NewReader(wire))
			_, err := io.ReadAll(s)
			failed, ok := errors.AsType[*vialambda.InvokeError](err)
			if !ok || !failed.MayHaveRun || !errors.Is(err, errFrame) || errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestEventStreamHeaders has headers of every type before those that count.
func TestEventStreamHeaders(t *testing.T) {
	var message eventstream.Message
	message.Headers = eventstream.Headers{
		{Name: "true", Value: eventstream.BoolValue(true)},
		{Name: "false", Value: eventstream.BoolValue(false)},
		{Name: "int8", Value: eventstream.Int8Value(1)},
		{Name: "int16", Value: eventstream.Int16Value(1)},
		{Name: "int32", Value: eventstream.Int32Value(1)},
		{Name: "int64", Value: eventstream.Int64Value(1)},
		{Name: "bytes", Value: eventstream.BytesValue("abc")},
		{Name: "uuid", Value: eventstream.UUIDValue{}},
		{Name: "time", Value: eventstream.TimestampValue{}},
		{Name: ":message-type", Value: eventstream.StringValue("event")},
		{Name: ":event-type", Value: eventstream.StringValue("PayloadChunk")},
	}
	message.Payload = []byte("hello")
	var wire bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&wire, message); err != nil {
		t.Fatal(err)
	}
	wire.Write(completeFrame("{}"))
	s, _ := streamOf(t, &wire)
	if got, err := io.ReadAll(s); err != nil || string(got) != "hello" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestFunctionErrorOfStream(t *testing.T) {
	for _, test := range []struct{ code, details, want string }{
		{"Sandbox.Timedout", `{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 1.00 seconds"}`,
			"Unhandled|Sandbox.Timedout|Task timed out after 1.00 seconds|"},
		{"Unhandled", `{"errorType":"ValueError","errorMessage":"boom","stackTrace":["a"]}`, `Unhandled|ValueError|boom|["a"]`},
		{"Handled", `{"errorMessage":"boom","trace":["b"]}`, `Handled|Handled|boom|["b"]`},
		{"Runtime.ExitError", "exit status 1", "Unhandled|Runtime.ExitError|exit status 1|"},
		{"Runtime.ExitError", "", "Unhandled|Runtime.ExitError||"},
	} {
		e := functionError(test.code, test.details)
		if got := fmt.Sprintf("%s|%s|%s|%s", e.Kind, e.Type, e.Message, e.Trace); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

// BenchmarkEventStream reads a stream of chunks as AWS sends them.
func BenchmarkEventStream(b *testing.B) {
	chunk := chunkFrame(strings.Repeat("x", 16<<10))
	wire := append(bytes.Repeat(chunk, 64), completeFrame("{}")...)
	buf := make([]byte, 32<<10)
	b.SetBytes(64 * 16 << 10)
	b.ReportAllocs()
	for b.Loop() {
		s := &stream{body: io.NopCloser(bytes.NewReader(wire)), ctx: b.Context()}
		s.frames.src = s.body
		for {
			if _, err := s.Read(buf); err != nil {
				if err != io.EOF {
					b.Fatal(err)
				}
				break
			}
		}
	}
}
