package awslambda

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

// octetStream is the Content-Type that the SDK gives a payload.
const octetStream = "application/octet-stream"

// fill sets the header fields of in that are signed, but for those that the
// signature itself brings.
func (e *endpoint) fill(f *fields, in *vialambda.Invocation) {
	f[host] = e.host
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
}

// bare is what WithContext copies, so that a request is made in one piece.
var bare = &http.Request{Method: http.MethodPost, ProtoMajor: 1, ProtoMinor: 1}

// newRequest builds the signed request for in, whose payload is read by way of body.
// Without keys in creds it is unsigned.
func (w *wire) newRequest(ctx context.Context, d *destination, in *vialambda.Invocation, body *bytes.Reader, creds *aws.Credentials, now time.Time) (*http.Request, error) {
	req := bare.WithContext(ctx)
	req.URL, req.Host, req.ContentLength = d.url, d.host, int64(len(in.Payload))
	if w.signer != nil || !w.http.traced {
		req.URL = new(*d.url) // who knows what they do to it
	}
	body.Reset(in.Payload)
	if payload := in.Payload; len(payload) > 0 {
		// Exactly this type: of any other body, net/http sends the headers in a
		// packet of their own.
		req.Body = io.NopCloser(body)
		// So that net/http can take another connection if the one in its pool
		// turns out to be dead before anything was written.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	}
	var f fields
	d.fill(&f, in)
	var authorization string
	signed := creds.HasKeys()
	if signed && w.signer == nil {
		authorization = d.sign(message{d.canonical, &f, in.Payload}, creds, now)
	}
	req.Header = w.header(&f, authorization, in)
	if signed && w.signer != nil {
		req.Header = req.Header.Clone() // some of its values are other requests' too
		digest := sha256.Sum256(in.Payload)
		if err := w.signer.SignHTTP(ctx, *creds, req, hex.EncodeToString(digest[:]), d.service, d.region, now); err != nil {
			return nil, err
		}
	}
	if !w.http.rawAnswers {
		req.Header["Accept-Encoding"] = w.identity
	}
	return req, nil
}

// headerNames are the fields as net/http spells them; "" are those that net/http
// writes by itself, and the Content-Type, which is always the same.
var headerNames = [fieldCount]string{
	clientContext:  "X-Amz-Client-Context",
	date:           "X-Amz-Date",
	durableName:    "X-Amz-Durable-Execution-Name",
	invocationType: "X-Amz-Invocation-Type",
	logType:        "X-Amz-Log-Type",
	securityToken:  "X-Amz-Security-Token",
	tenantID:       "X-Amz-Tenant-Id",
}

// header makes one allocation of all the values.
func (w *wire) header(f *fields, authorization string, in *vialambda.Invocation) http.Header {
	trace := w.trace.header(in)
	n := 2
	for i, value := range f {
		if value != "" && headerNames[i] != "" {
			n++
		}
	}
	h := make(http.Header, 8)
	values := make([]string, 0, n)
	set := func(name, value string) {
		if value != "" && name != "" {
			values = append(values, value)
			h[name] = values[len(values)-1 : len(values) : len(values)]
		}
	}
	for i, value := range f {
		set(headerNames[i], value)
	}
	set("Authorization", authorization)
	set("X-Amzn-Trace-Id", trace)
	if f[contentType] != "" {
		h["Content-Type"] = w.octetStream
	}
	h["User-Agent"] = w.userAgent
	return h
}
