package awslambda

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
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

// newRequest builds the signed request for in of what o has for it. Without keys in
// creds it is unsigned.
func (w *wire) newRequest(ctx context.Context, d *destination, in *vialambda.Invocation, o *outgoing, creds *aws.Credentials, now time.Time) (*http.Request, error) {
	req := bare.WithContext(ctx)
	req.URL, req.Host, req.ContentLength = d.url, d.host, int64(len(in.Payload))
	if w.signer != nil || !w.http.traced {
		req.URL = new(*d.url) // who knows what they do to it
	}
	if len(in.Payload) > 0 {
		req.Body = o.reader
		// So that net/http can take another connection if the one in its pool
		// turns out to be dead before anything was written.
		req.GetBody = o.reread
	}
	d.fill(o.signed(), in)
	signed := creds.HasKeys()
	if signed && w.signer == nil {
		o.values[authorization] = d.sign(message{d.canonical, o.signed(), in.Payload}, creds, now)
	}
	o.values[traceID] = w.trace.header(in)
	req.Header = o.makeHeader(w.octetStream, w.userAgent)
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
