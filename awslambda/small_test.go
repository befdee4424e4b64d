package awslambda

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// compareWithNetHTTP has the bytes of a small request read by net/http, and compares them
// with what that would have sent itself.
func compareWithNetHTTP(t *testing.T, d *destination, r *request, want *http.Request) {
	t.Helper()
	for _, value := range &r.values {
		if !isClean(value) {
			return // net/http would have refused it
		}
	}
	wire := d.appendRequest([]byte("before"), r)[len("before"):]
	rest := bufio.NewReader(bytes.NewReader(wire))
	got, err := http.ReadRequest(rest)
	if err != nil {
		t.Fatalf("%v: %q", err, wire)
	}
	body, err := io.ReadAll(got.Body)
	if err != nil || !bytes.Equal(body, r.in.Payload) || rest.Buffered() != 0 {
		t.Errorf("payload %q, %v, and %d bytes more", body, err, rest.Buffered())
	}
	header := want.Header.Clone()
	header.Set("Content-Length", "0")
	for name, values := range header {
		values[0] = strings.Trim(values[0], " \t")
		if name == "Content-Length" && r.values[contentLength] != "" {
			values[0] = r.values[contentLength]
		}
	}
	if !reflect.DeepEqual(got.Header, header) {
		t.Errorf("header\n got %q\nwant %q", got.Header, header)
	}
	if got.Method != want.Method || got.RequestURI != want.URL.RequestURI() || got.Host != want.Host || got.Proto != "HTTP/1.1" {
		t.Errorf("%s %s of %s", got.Method, got.RequestURI, got.Host)
	}
}

// TestNoHeaderField says that nothing is sent of an invocation with a line break in what
// should be the value of a header field.
func TestNoHeaderField(t *testing.T) {
	calls := 0
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls++ }))
	t.Cleanup(server.Close)
	const split = "a\r\nX-Amz-Log-Type: Tail"
	for name, test := range map[string]struct {
		in    vialambda.Invocation
		creds aws.Credentials
	}{
		"tenant":     {vialambda.Invocation{Function: "f", TenantID: split}, aws.Credentials{}},
		"durable":    {vialambda.Invocation{Function: "f", DurableName: split}, aws.Credentials{}},
		"trace":      {vialambda.Invocation{Function: "f", TraceHeader: split}, aws.Credentials{}},
		"access key": {vialambda.Invocation{Function: "f"}, aws.Credentials{AccessKeyID: split}},
		"token":      {vialambda.Invocation{Function: "f"}, aws.Credentials{SessionToken: split}},
		"region":     {vialambda.Invocation{Function: "arn:aws:lambda:" + split + ":123456789012:function:f"}, aws.Credentials{}},
	} {
		test.creds.AccessKeyID += "AKID"
		test.creds.SecretAccessKey = "secret"
		client := New(aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(server.URL), Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return test.creds, nil
		})})
		_, err := client.Invoke(t.Context(), &test.in)
		if failed, ok := errors.AsType[*vialambda.InvokeError](err); !ok || failed.MayHaveRun {
			t.Errorf("%s: %v", name, err)
		}
		client.CloseIdleConnections()
	}
	if calls != 0 {
		t.Errorf("%d calls were sent", calls)
	}
}
