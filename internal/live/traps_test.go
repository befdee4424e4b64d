package live

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vialambda/vialambda"
)

// traps are what goes wrong elsewhere, seen through a Transport.
var traps = []check{
	{"A1 function error", "function error Planned", post(vialambda.HTTPAPI, `{"fail":"boom"}`)},
	{"A2 function error that looks like an answer", "200 Unhandled: Planned", of(plan(`{"fail":"{\"statusCode\":200}"}`))},
	{"A6 Event", "202 ", of(vialambda.Invocation{Type: vialambda.Event, Payload: []byte(`{"answer":1}`)})},
	{"A6 DryRun", "204 ", of(vialambda.Invocation{Type: vialambda.DryRun, Payload: []byte(`{"answer":1}`)})},
	{"B1 no status, HTTP API", `200 application/json {"hello":"world"}`, post(vialambda.HTTPAPI, `{"answer":{"hello":"world"}}`)},
	{"B2 string, function URL", "200 application/json hello", post(vialambda.FunctionURL, `{"answer":"hello"}`)},
	{"B9 NUL in base64", "200 application/octet-stream a\x00\xff", post(vialambda.RESTAPI,
		`{"answer":{"statusCode":200,"headers":{"content-type":"application/octet-stream"},"isBase64Encoded":true,"body":"YQD/"}}`)},
	{"C1 case of the name", "refused: 404 ResourceNotFoundException, may have run false", func(ctx context.Context, s *session) string {
		return s.invoke(ctx, vialambda.Invocation{Function: swapCase(s.function)})
	}},
	{"C2 qualifier in the URL", "refused: 404 ResourceNotFoundException, may have run false", func(ctx context.Context, s *session) string {
		return s.send(ctx, &vialambda.Transport{}, "http+lambda://vialambda-nowhere."+s.function+"/", "")
	}},
	{"C19 the event arrives as it was made, REST API", "the same", arrives(vialambda.RESTAPI)},
	{"C19 the event arrives as it was made, HTTP API", "the same", arrives(vialambda.HTTPAPI)},
	{"C19 the event arrives as it was made, function URL", "the same", arrives(vialambda.FunctionURL)},
	{"C19 the event arrives as it was made, ALB", "the same", arrives(vialambda.ALB)},
}

func post(f vialambda.Format, body string) func(context.Context, *session) string {
	return func(ctx context.Context, s *session) string {
		return s.send(ctx, &vialambda.Transport{Format: f}, "http+lambda://"+s.function+"/", body)
	}
}

// send sends a POST with t and says in a line what came back.
func (s *session) send(ctx context.Context, t *vialambda.Transport, url, body string) string {
	t.Invoker = s.invoker
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err.Error()
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return failure(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	said := fmt.Sprintf("%d %s %s", resp.StatusCode, resp.Header.Get("Content-Type"), clip(string(data)))
	if err != nil {
		said += ", then " + failure(err)
	}
	return said
}

// arrives compares the event that was sent with what the function saw.
func arrives(f vialambda.Format) func(context.Context, *session) string {
	return func(ctx context.Context, s *session) string {
		var sent []byte
		t := &vialambda.Transport{Format: f, DisableCompression: true, Invoker: vialambda.InvokerFunc(
			func(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
				sent = in.Payload
				return s.invoker.Invoke(ctx, in)
			})}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http+lambda://"+s.function+"/a%2Fb/ü?x=<1>&x=2&y=%26", strings.NewReader("<ü&\"\x01\u2028>"))
		if err != nil {
			return err.Error()
		}
		req.Header = http.Header{"Cookie": {`a=b c; j={"x":1}`}, "Content-Type": {"text/plain"}, "X-Probe": {"1", "2"}}
		resp, err := t.RoundTrip(req)
		if err != nil {
			return failure(err)
		}
		defer resp.Body.Close()
		seen, err := io.ReadAll(resp.Body)
		switch {
		case err != nil:
			return failure(err)
		case canonical(seen) != canonical(sent):
			return "sent " + canonical(sent) + ", the function saw " + canonical(seen)
		}
		return "the same"
	}
}

// canonical returns JSON without what its spelling adds.
func canonical(data []byte) string {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err.Error()
	}
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func swapCase(name string) string {
	if upper := strings.ToUpper(name); upper != name {
		return upper
	}
	return strings.ToLower(name)
}
