package locallambda_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/aws/smithy-go/eventstream"

	"github.com/vialambda/vialambda"
	"github.com/vialambda/vialambda/internal/invokertest"
	"github.com/vialambda/vialambda/locallambda"
)

func TestContractInProcess(t *testing.T) {
	invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker { return functions })
}

func TestContractOverSocket(t *testing.T) {
	invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
		server := httptest.NewServer(functions)
		t.Cleanup(server.Close)
		return &wire{server.URL, server.Client()}
	})
}

func TestContractWithoutSocket(t *testing.T) {
	invokertest.Test(t, func(t *testing.T, functions locallambda.Functions) vialambda.Invoker {
		return &wire{"http://localhost", functions.Client()}
	})
}

// wire is an Invoker that speaks the Invoke API as plainly as possible: what it
// cannot say, the server has not told.
type wire struct {
	url    string
	client *http.Client
}

func (c *wire) CloseIdleConnections() { c.client.CloseIdleConnections() }

func (c *wire) Invoke(ctx context.Context, in *vialambda.Invocation) (*vialambda.Result, error) {
	path := "/2015-03-31/functions/" + url.PathEscape(in.Function) + "/invocations"
	if in.Stream {
		path = "/2021-11-15/functions/" + url.PathEscape(in.Function) + "/response-streaming-invocations"
	}
	if in.Qualifier != "" {
		path += "?Qualifier=" + url.QueryEscape(in.Qualifier)
	}
	if err := ctx.Err(); err != nil {
		return nil, &vialambda.InvokeError{Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, struct{ io.Reader }{bytes.NewReader(in.Payload)})
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(in.Payload))
	if in.LogTail {
		req.Header.Set("X-Amz-Log-Type", "Tail")
	}
	for name, value := range map[string]string{
		"X-Amz-Invocation-Type": in.Type.String(), "X-Amz-Tenant-Id": in.TenantID, "X-Amzn-Trace-Id": in.TraceHeader,
		"X-Amz-Durable-Execution-Name": in.DurableName, "X-Amz-Client-Context": base64.StdEncoding.EncodeToString(in.ClientContext),
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, &vialambda.InvokeError{Err: err, MayHaveRun: true}
	}
	h := res.Header
	if res.StatusCode >= 400 {
		return nil, readError(res)
	}
	tail, _ := base64.StdEncoding.DecodeString(h.Get("X-Amz-Log-Result"))
	result := &vialambda.Result{
		Status: res.StatusCode, Payload: &received{res.Body, ctx}, FunctionError: h.Get("X-Amz-Function-Error"),
		RequestID: h.Get("X-Amzn-RequestId"), Version: h.Get("X-Amz-Executed-Version"),
	}
	if len(tail) > 0 {
		result.LogTail = tail
	}
	if h.Get("Content-Type") == "application/vnd.amazon.eventstream" {
		result.Payload = &frames{ReadCloser: result.Payload, res: result}
	}
	return result, nil
}

func readError(res *http.Response) error {
	defer res.Body.Close()
	var body struct{ Reason, Message string }
	if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
		return err
	}
	after, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	code := res.Header.Get("X-Amzn-ErrorType")
	return &vialambda.InvokeError{
		Code: code, Status: res.StatusCode, Message: body.Message, Reason: body.Reason, RetryAfter: time.Duration(after) * time.Second,
		MayHaveRun: res.StatusCode >= 500 && code != "ResourceNotReadyException" && code != "KMSDisabledException",
	}
}

// received tells a cut by every protocol's error from an end by the context.
type received struct {
	io.ReadCloser
	ctx context.Context
}

func (r *received) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = cmp.Or(r.ctx.Err(), fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err))
	}
	return n, err
}

// frames reads the chunks of an event stream.
type frames struct {
	io.ReadCloser
	res   *vialambda.Result
	chunk []byte
	err   error
}

func (f *frames) Read(p []byte) (int, error) {
	for len(f.chunk) == 0 && f.err == nil {
		f.next()
	}
	if len(f.chunk) == 0 {
		return 0, f.err
	}
	n := copy(p, f.chunk)
	f.chunk = f.chunk[n:]
	return n, nil
}

func (f *frames) Close() error {
	f.chunk, f.err = nil, io.ErrClosedPipe
	return f.ReadCloser.Close()
}

func (f *frames) next() {
	m, err := eventstream.NewDecoder().Decode(f.ReadCloser, nil)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		f.err = err
		return
	}
	switch kind := m.Headers.Get(":event-type"); {
	case kind == nil:
		f.err = fmt.Errorf("exception %s: %s", m.Headers.Get(":exception-type"), m.Payload)
	case kind.String() == "PayloadChunk":
		f.chunk = m.Payload
	case kind.String() == "InvokeComplete":
		var end struct{ ErrorCode, ErrorDetails, LogResult string }
		var document struct {
			ErrorMessage, ErrorType string
			StackTrace              json.RawMessage
		}
		if f.err = json.Unmarshal(m.Payload, &end); f.err != nil {
			return
		}
		f.res.LogTail, _ = base64.StdEncoding.DecodeString(end.LogResult)
		f.err = io.EOF
		if end.ErrorCode != "" {
			json.Unmarshal([]byte(end.ErrorDetails), &document)
			f.err = &vialambda.FunctionError{
				Kind: "Unhandled", Type: end.ErrorCode, Message: document.ErrorMessage, Trace: document.StackTrace,
			}
		}
	default:
		f.err = fmt.Errorf("unknown event %s", kind)
	}
}
