package locallambda

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/aws/smithy-go/eventstream"
)

// What is encoded here, the SDK's decoder must read, whole and in order.
func FuzzEventStream(f *testing.F) {
	f.Add([]byte("chunk"), "Sandbox.Timedout", `{"errorMessage":"ü"}`, "bG9n")
	f.Add([]byte(nil), "", "", "")
	f.Add(bytes.Repeat([]byte{0, 0xff}, 70_000), "<&>", "\x00\xff", "\u2028")
	f.Fuzz(func(t *testing.T, payload []byte, code, details, log string) {
		stream := appendChunk(nil, payload)
		stream = appendComplete(stream, complete{ErrorCode: code, ErrorDetails: details, LogResult: log})
		stream = appendException(stream, "ServiceException", details)

		r, decoder := bytes.NewReader(stream), eventstream.NewDecoder()
		next := func(want map[string]string) []byte {
			m, err := decoder.Decode(r, nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range want {
				if got := m.Headers.Get(name); got == nil || got.String() != value {
					t.Errorf("%s: %v, want %s", name, got, value)
				}
			}
			return m.Payload
		}
		got := next(map[string]string{":message-type": "event", ":event-type": "PayloadChunk", ":content-type": "application/octet-stream"})
		if !bytes.Equal(got, payload) {
			t.Errorf("payload of %d bytes became one of %d", len(payload), len(got))
		}
		got = next(map[string]string{":message-type": "event", ":event-type": "InvokeComplete", ":content-type": "application/json"})
		var end complete
		if err := json.Unmarshal(got, &end); err != nil || end.LogResult != toUTF8(log) || end.ErrorCode != toUTF8(code) || end.ErrorDetails != toUTF8(details) {
			t.Errorf("%s: %v", got, err)
		}
		if code == "" && details == "" && log == "" && string(got) != "{}" {
			t.Errorf("an end without an error is %q", got)
		}
		got = next(map[string]string{":message-type": "exception", ":exception-type": "ServiceException"})
		var exception struct{ Message string }
		if err := json.Unmarshal(got, &exception); err != nil || exception.Message != toUTF8(details) {
			t.Errorf("%s: %v", got, err)
		}
		if r.Len() != 0 {
			t.Errorf("%d bytes are left", r.Len())
		}
	})
}

// toUTF8 is what JSON makes of s.
func toUTF8(s string) string { return string([]rune(s)) }
