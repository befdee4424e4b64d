package vialambda_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/vialambda/vialambda"
)

// The X-Ray header of the Invoke call and that in the event are the same, and
// both continue the request's trace, whichever header that came with.
func TestTraceHeaders(t *testing.T) {
	const (
		trace  = "0af7651916cd43dd8448eb211c80319c"
		parent = "b7ad6b7169203331"
		xray   = "Root=1-0af76519-16cd43dd8448eb211c80319c;Parent=b7ad6b7169203331;Sampled="
	)
	for _, tc := range []struct{ name, header, value, want string }{
		{"X-Ray", "X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-bd862e3fe1be46a994272793"},
		{"W3C, sampled", "Traceparent", "00-" + trace + "-" + parent + "-01", xray + "1"},
		{"W3C, not sampled", "Traceparent", "00-" + trace + "-" + parent + "-00", xray + "0"},
		{"W3C, other flags", "Traceparent", "00-" + trace + "-" + parent + "-0b", xray + "1"},
		{"W3C, other flags, not sampled", "Traceparent", "00-" + trace + "-" + parent + "-fa", xray + "0"},
		{"W3C of a later version", "Traceparent", "01-" + trace + "-" + parent + "-01-more", xray + "1"},
		{"W3C of version 00 with more", "Traceparent", "00-" + trace + "-" + parent + "-01-more", ""},
		{"W3C of version ff", "Traceparent", "ff-" + trace + "-" + parent + "-01", ""},
		{"W3C without a trace", "Traceparent", "00-" + strings.Repeat("0", 32) + "-" + parent + "-01", ""},
		{"W3C without a parent", "Traceparent", "00-" + trace + "-" + strings.Repeat("0", 16) + "-01", ""},
		{"W3C in capitals", "Traceparent", "00-" + strings.ToUpper(trace) + "-" + parent + "-01", ""},
		{"W3C cut", "Traceparent", "00-" + trace + "-" + parent, ""},
		{"too long for a header", "X-Amzn-Trace-Id", "Root=" + strings.Repeat("1", 1<<10), ""},
		{"with a tab", "X-Amzn-Trace-Id", "Root=1\t", ""},
		{"none", "X-Other", "1", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := answering(ok)
			req := newRequest(t, "GET", "http+lambda://f/", nil)
			req.Header[tc.header] = []string{tc.value}
			resp, err := (&vialambda.Transport{Invoker: f, Format: vialambda.HTTPAPI}).RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if got := f.last(t).TraceHeader; got != tc.want {
				t.Errorf("the call has %q, want %q", got, tc.want)
			}
			if len(req.Header) != 1 {
				t.Errorf("the request was changed: %v", req.Header)
			}
			var event struct{ Headers map[string]string }
			if err := json.Unmarshal(f.last(t).Payload, &event); err != nil {
				t.Fatal(err)
			}
			got := event.Headers["x-amzn-trace-id"]
			if tc.want != "" && got != tc.want || tc.want == "" && got == "" {
				t.Errorf("the event has %q, want %q", got, tc.want)
			}
			if tc.header == "Traceparent" && event.Headers["traceparent"] != tc.value {
				t.Errorf("traceparent became %q", event.Headers["traceparent"])
			}
		})
	}
}
