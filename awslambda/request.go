package awslambda

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/vialambda/vialambda"
)

const (
	invokePath   = "/2015-03-31/functions/"
	invokeSuffix = "/invocations"
	streamPath   = "/2021-11-15/functions/"
	streamSuffix = "/response-streaming-invocations"
)

// url returns the URL of in's function. Name or ARN are one segment of the path.
func (e *endpoint) url(in *vialambda.Invocation) *url.URL {
	prefix, suffix := invokePath, invokeSuffix
	if in.Stream {
		prefix, suffix = streamPath, streamSuffix
	}
	u := &url.URL{Scheme: e.scheme, Host: e.addr, Path: e.path + prefix + in.Function + suffix}
	if escaped := escape(in.Function, unreserved); escaped != in.Function || e.escapedPath != e.path {
		u.RawPath = e.escapedPath + prefix + escaped + suffix
	}
	if in.Qualifier != "" {
		u.RawQuery = "Qualifier=" + escape(in.Qualifier, unreserved)
	}
	return u
}

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

// newRequest builds the signed request for in. Without keys in
// creds it is unsigned.
func (w *wire) newRequest(ctx context.Context, e *endpoint, in *vialambda.Invocation, creds *aws.Credentials, now time.Time) (*http.Request, error) {
	u := e.url(in)
	req := bare.WithContext(ctx)
	req.URL, req.Host, req.ContentLength = u, e.host, int64(len(in.Payload))
	if payload := in.Payload; len(payload) > 0 {
		// Exactly this type: of any other body, net/http sends the headers in a
		// packet of their own.
		req.Body = io.NopCloser(bytes.NewReader(payload))
		// So that net/http can take another connection if the one in its pool
		// turns out to be dead before anything was written.
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(payload)), nil }
	}
	var f fields
	e.fill(&f, in)
	var authorization string
	signed := creds.HasKeys()
	if signed && w.signer == nil {
		authorization = e.sign(message{u.EscapedPath(), u.RawQuery, &f, in.Payload}, creds, now)
	}
	req.Header = w.header(&f, authorization, in)
	if signed && w.signer != nil {
		req.Header = req.Header.Clone() // some of its values are other requests' too
		digest := sha256.Sum256(in.Payload)
		if err := w.signer.SignHTTP(ctx, *creds, req, hex.EncodeToString(digest[:]), e.service, e.region, now); err != nil {
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
