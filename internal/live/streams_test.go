package live

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vialambda/vialambda"
)

// streams are the traps of InvokeWithResponseStream.
var streams = []check{
	{"D1 no prelude", "200 application/octet-stream abc", streamed(`{"chunks":["a","b","c"],"gap":20}`)},
	{"D1 prelude", "201 text/plain abc", streamed(`{"head":{"statusCode":201,"headers":{"content-type":"text/plain"}},"chunks":["a","bc"],"gap":20}`)},
	{"D2 a buffered function", "202 text/html abc", func(ctx context.Context, s *session) string {
		return s.send(ctx, streaming(), "http+lambda://"+s.function+"/", `{"answer":{"statusCode":202,"headers":{"content-type":"text/html"},"body":"abc"}}`)
	}},
	{"D2 a streaming function in a buffered call", "201 text/plain abc", func(ctx context.Context, s *session) string {
		return s.send(ctx, &vialambda.Transport{Format: vialambda.FunctionURL}, "http+lambda://"+s.stream+"/",
			`{"head":{"statusCode":201,"headers":{"content-type":"text/plain"}},"chunks":["abc"]}`)
	}},
	{"D7 failure before the first byte", "function error Planned", streamed(`{"fail":"boom"}`)},
	{"D7 failure after bytes", "200 application/octet-stream abc, then function error Planned", streamed(`{"chunks":["abc"],"gap":200,"fail":"boom"}`)},
	{"D7 exit after the start", "function error Runtime.ExitError", streamed(`{"exit":7}`)},
	{"D9 raw NDJSON", `200 application/octet-stream {"a":1}` + "\n" + `{"a":2}`, streamed(`{"chunks":["{\"a\":1}\n","{\"a\":2}"],"gap":20}`)},
	{"D8 closed early", `then "afterwards"`, func(ctx context.Context, s *session) string {
		t := streaming()
		t.Invoker = s.invoker
		for range 3 {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http+lambda://"+s.stream+"/", strings.NewReader(`{"chunks":["abc","def"],"gap":100}`))
			if err != nil {
				return err.Error()
			}
			resp, err := t.RoundTrip(req)
			if err != nil {
				return failure(err)
			}
			if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
				return failure(err)
			}
			resp.Body.Close()
		}
		got := s.send(ctx, streaming(), "http+lambda://"+s.stream+"/", `{"chunks":["afterwards"]}`)
		return fmt.Sprintf("then %q", strings.TrimPrefix(got, "200 application/octet-stream "))
	}},
}

func streaming() *vialambda.Transport {
	return &vialambda.Transport{Format: vialambda.FunctionURL, Mode: vialambda.Stream}
}

func streamed(body string) func(context.Context, *session) string {
	return func(ctx context.Context, s *session) string {
		return s.send(ctx, streaming(), "http+lambda://"+s.stream+"/", body)
	}
}
