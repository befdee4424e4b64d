package awslambda

import (
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// octetStream is the Content-Type that the SDK gives a payload.
const octetStream = "application/octet-stream"

// request is one request of the Invoke API.
type request struct {
	in     *vialambda.Invocation
	values [sentCount]string // of its header fields; an empty one is not sent
}

// What is sent beside the fields that are signed, and the User-Agent.
const (
	authorization = iota + fieldCount
	traceID
	sentCount
)

var sentNames = [sentCount]string{
	contentLength:  "Content-Length",
	contentType:    "Content-Type",
	host:           "Host",
	clientContext:  "X-Amz-Client-Context",
	date:           "X-Amz-Date",
	durableName:    "X-Amz-Durable-Execution-Name",
	invocationType: "X-Amz-Invocation-Type",
	logType:        "X-Amz-Log-Type",
	securityToken:  "X-Amz-Security-Token",
	tenantID:       "X-Amz-Tenant-Id",
	authorization:  "Authorization",
	traceID:        "X-Amzn-Trace-Id",
}

// fill sets the header fields of r.in but for those that the signature brings.
func (r *request) fill(d *destination, trace string) {
	in, f := r.in, &r.values
	f[host] = d.host
	if len(in.Payload) > 0 {
		f[contentLength] = strconv.Itoa(len(in.Payload))
		f[contentType] = octetStream
	}
	if len(in.ClientContext) > 0 {
		f[clientContext] = base64.StdEncoding.EncodeToString(in.ClientContext)
	}
	f[durableName] = in.DurableName
	if in.Type != vialambda.RequestResponse {
		f[invocationType] = in.Type.String()
	}
	if in.LogTail {
		f[logType] = "Tail"
	}
	f[tenantID] = in.TenantID
	f[traceID] = trace
}

// sign adds the signature. Without keys in creds r stays unsigned.
func (r *request) sign(d *destination, creds *aws.Credentials, now time.Time) {
	if creds.HasKeys() {
		r.values[authorization] = d.sign(message{d.canonical, (*fields)(r.values[:fieldCount]), r.in.Payload}, creds, now)
	}
}

// bare is what WithContext copies, so that a request is made in one piece.
var bare = &http.Request{Method: http.MethodPost, ProtoMajor: 1, ProtoMinor: 1}

// forNetHTTP returns r as net/http sends it.
func (w *wire) forNetHTTP(ctx context.Context, d *destination, r *request) *http.Request {
	req := bare.WithContext(ctx)
	req.URL, req.Host, req.ContentLength = d.url, d.host, int64(len(r.in.Payload))
	if w.signer != nil || !w.http.traced {
		req.URL = new(*d.url) // who knows what they do to it
	}
	if payload := r.in.Payload; len(payload) > 0 {
		// Exactly this type: of any other body, net/http sends the headers in a
		// packet of their own.
		req.Body = io.NopCloser(bytes.NewReader(payload))
		// So that net/http can take another connection if the one in its pool
		// turns out to be dead before anything was written.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	}
	req.Header = r.header()
	req.Header["User-Agent"] = []string{w.userAgent}
	if !w.http.rawAnswers {
		req.Header["Accept-Encoding"] = []string{"identity"}
	}
	return req
}

// header makes one allocation of all the values. Host and Content-Length are written by
// net/http itself.
func (r *request) header() http.Header {
	h := make(http.Header, 8)
	values := r.values // a copy that h keeps
	for i, name := range &sentNames {
		if values[i] != "" && field(i) != host && field(i) != contentLength {
			h[name] = values[i : i+1 : i+1]
		}
	}
	return h
}
