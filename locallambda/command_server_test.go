//go:build unix

package locallambda

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// What a process does reaches who calls the Invoke API: status, headers, body, and
// a stream's end.
func TestCommandBehindTheInvokeAPI(t *testing.T) {
	c := newCommand(t)
	server := httptest.NewServer(Functions{"orders": c})
	t.Cleanup(server.Close)
	invoke := func(path, event string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader(event))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Amz-Log-Type", "Tail")
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res, string(body)
	}
	const (
		buffered = "/2015-03-31/functions/orders/invocations"
		streamed = "/2021-11-15/functions/orders/response-streaming-invocations"
	)

	res, body := invoke(buffered, `{"do":"print","text":"hello\n"}`)
	id := res.Header.Get("X-Amzn-RequestId")
	log, err := base64.StdEncoding.DecodeString(res.Header.Get("X-Amz-Log-Result"))
	if res.StatusCode != 200 || parseSaid(t, body).Header["Lambda-Runtime-Aws-Request-Id"] != id || id == "" ||
		err != nil || !bytes.Contains(log, []byte("START RequestId: "+id+" Version: $LATEST\nhello\nEND RequestId: "+id)) {
		t.Errorf("%d %v\n%s\n%s", res.StatusCode, res.Header, body, log)
	}

	res, body = invoke(buffered, `{"do":"exit","code":7}`)
	want := `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: ` + res.Header.Get("X-Amzn-RequestId") +
		` Error: Runtime exited with error: exit status 7"}`
	if res.StatusCode != 200 || res.Header.Get("X-Amz-Function-Error") != "Unhandled" || body != want {
		t.Errorf("%d %v\n%s", res.StatusCode, res.Header, body)
	}

	res, body = invoke(streamed, `{"do":"stream, exit","size":2,"code":7}`)
	for _, part := range []string{"chunk 0\n", "chunk 1\n", "InvokeComplete", `"ErrorCode":"Runtime.ExitError"`, "exit status 7", `"LogResult":"`} {
		if res.StatusCode != 200 || !strings.Contains(body, part) {
			t.Errorf("%d: no %q in %q", res.StatusCode, part, body)
		}
	}
}
